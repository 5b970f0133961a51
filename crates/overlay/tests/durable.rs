//! What is said to be done survives a crash of the machine: each changed name is synced, and what is
//! replaced or removed goes only after that.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aether_overlay::{Atomicity, LastLink, Mount, Overlay, OverlayConfig};
use common::kill::{Act, Hits, Stored, calls, can_kill, killed};
use common::{Lab, fill, path, say};
use tempfile::TempDir;

/// Not a test of its own: what the others run and look at.
#[test]
fn child() {
    common::kill::child();
    child_that_writes_through();
}

fn stored(top: &Path, lab: &Lab) -> Stored {
    Stored::new(top, &[&lab.overlay.changeset()], Atomicity::Each)
}

/// The calls by which something was changed or synced, with the paths of their descriptors.
fn traced(stored: &Stored) -> Vec<String> {
    let log = stored.log();
    common::kill::trace(stored, &log);
    let text = fs::read_to_string(log).unwrap();
    let about = |line: &&str| {
        ["renameat2(", "unlinkat(", "fsync(", "syncfs(", "mkdirat("]
            .iter()
            .any(|call| line.contains(call))
    };
    text.lines().filter(about).map(str::to_owned).collect()
}

fn position(calls: &[String], what: &[&str]) -> usize {
    let found = calls.iter().position(|call| what.iter().all(|part| call.contains(part)));
    found.unwrap_or_else(|| panic!("no call with {what:?} in\n{}", calls.join("\n")))
}

fn last(calls: &[String], what: &[&str]) -> usize {
    let found = calls.iter().rposition(|call| what.iter().all(|part| call.contains(part)));
    found.unwrap_or_else(|| panic!("no call with {what:?} in\n{}", calls.join("\n")))
}

#[test]
fn folders_that_are_made_on_the_way_are_synced() {
    if !can_kill() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap();
    let mut lab = Lab::mounted(dir, vec![Mount::folder(path("/w"), top.join("p/q/out"))]);
    lab.mkdir_all("/w/a/b").unwrap();
    lab.write("/w/a/b/n", "n").unwrap();
    let calls = traced(&stored(&top, &lab));
    for folder in ["", "/p", "/p/q", "/p/q/out", "/p/q/out/a", "/p/q/out/a/b"] {
        position(&calls, &["fsync(", &format!("<{}{folder}>", top.display())]);
    }
}

/// A move to another file system is a copy: the copy is certain before the original goes.
#[test]
fn what_moves_to_another_file_system_is_certain_before_it_goes() {
    let Ok(other) = tempfile::tempdir_in("/dev/shm") else {
        say("SKIPPED: there is no second file system");
        return;
    };
    if !can_kill() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (top, there) = (dir.path().canonicalize().unwrap(), other.path().canonicalize().unwrap());
    if top.metadata().unwrap().dev() == there.metadata().unwrap().dev() {
        say("SKIPPED: there is no second file system");
        return;
    }
    fill(&top.join("host"), &[("a", "a")]);
    let mounts =
        vec![Mount::folder(path("/w"), top.join("host")), Mount::folder(path("/o"), &there)];
    let mut lab = Lab::mounted(dir, mounts);
    lab.rename("/w/a", "/o/a").unwrap();
    let calls = traced(&stored(&top, &lab));
    let original = last(&calls, &["unlinkat(", &format!("<{}/host>", top.display())]);
    let copy = position(&calls, &["fsync(", &format!("<{}/.aether-", there.display())]);
    let placed = position(&calls, &["renameat2(", &format!("<{}>", there.display())]);
    let synced =
        position(&calls[placed..], &["fsync(", &format!("<{}>", there.display())]) + placed;
    assert!(copy < placed && placed < synced && synced < original, "{}", calls.join("\n"));
}

/// Many folders are synced with their file systems: with each of them.
#[test]
fn a_file_system_within_a_granted_folder_is_synced_too() {
    if !can_kill() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap();
    fill(&top.join("host"), &[("nested/", "")]);
    let mut lab = Lab::mounted(dir, vec![Mount::folder(path("/w"), top.join("host"))]);
    for folder in 0..10 {
        lab.mkdir(&format!("/w/{folder}")).unwrap();
        lab.write(&format!("/w/{folder}/n"), "n").unwrap();
    }
    lab.mkdir("/w/nested/d").unwrap();
    let stored = stored(&top, &lab);
    let log = top.join("log");
    let script = format!(
        "mount -t tmpfs none {0}/host/nested && exec strace -f -qq -y -o {0}/log \"$@\"",
        top.display()
    );
    let mut inside = common::kill::command("unshare", &stored, Act::Apply);
    inside.args(["-Urm", "sh", "-c", &script, "sh"]);
    inside.arg(std::env::current_exe().unwrap()).args(["--exact", "child", "--test-threads=1"]);
    let out = inside.stderr(Stdio::piped()).output().unwrap();
    if !log.exists() {
        say(&format!("SKIPPED: nothing can be mounted: {}", String::from_utf8_lossy(&out.stderr)));
        return;
    }
    assert!(out.status.success());
    let text = fs::read_to_string(&log).unwrap();
    let calls: Vec<String> = text.lines().map(str::to_owned).collect();
    let made = position(&calls, &["mkdirat(", &format!("<{}/host/nested>", top.display())]);
    position(&calls[made..], &["syncfs(", &format!("<{}/host/nested>", top.display())]);
    let outer = calls[made..].iter().filter(|call| call.contains("syncfs(")).count();
    assert!(outer >= 2, "the outer one as well");
}

/// Whoever writes through hears that it is not certain to last.
#[test]
fn what_is_written_through_and_not_certain_is_an_error() {
    if !can_kill() {
        return;
    }
    let lab = Lab::new(&[("a", "old")]);
    let written = |fault: Option<&str>| {
        let told = written_through(&lab.host(""), fault);
        (told, fs::read_to_string(lab.host("a")).unwrap())
    };
    assert_eq!(written(None), ("Ok(())".to_owned(), "new".to_owned()));
    fs::write(lab.host("a"), "old").unwrap();
    // The first one is that of the content.
    let (told, _) = written(Some("fsync:error=EIO:when=2+"));
    assert!(told.contains("Io(5)"), "{told}");
}

/// What a process is told that writes through to the file `a` of a folder.
fn written_through(host: &Path, fault: Option<&str>) -> String {
    let told = host.with_extension("told");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null"]);
    if let Some(fault) = fault {
        strace.args(["-e", &format!("inject={fault}")]);
    }
    strace.arg(std::env::current_exe().expect("a program"));
    strace.args(["--exact", "child", "--test-threads=1"]);
    strace.env("OVERLAY_TEST_THROUGH", host).stdout(Stdio::null());
    assert!(strace.status().expect("strace").success());
    fs::read_to_string(told).expect("what was told")
}

/// What it does.
fn child_that_writes_through() {
    let Some(host) = std::env::var_os("OVERLAY_TEST_THROUGH").map(PathBuf::from) else { return };
    let mounts = vec![Mount::folder(path("/w"), &host)];
    let config = OverlayConfig { mounts, ..OverlayConfig::default() };
    let mut overlay = Overlay::new(config).expect("an overlay");
    let at = overlay.resolve(&path("/w/a"), LastLink::Follow).expect("a path");
    let told = overlay.write_through(&at, b"new".to_vec());
    fs::write(host.with_extension("told"), format!("{told:?}")).expect("written");
}

/// What stands under temporary names, of missing mounts too, stands in the mounts.
#[test]
fn nothing_is_staged_outside_of_a_mount_that_is_missing() {
    if !can_kill() {
        return;
    }
    let begun = || -> (TempDir, PathBuf, Stored) {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        fs::create_dir(top.join("host")).unwrap();
        let mounts = vec![
            Mount::folder(path("/w"), top.join("host/p/out")),
            Mount::file(path("/f"), top.join("host/q/file")),
        ];
        let kept = tempfile::tempdir().unwrap();
        let mut lab = Lab::mounted(kept, mounts);
        lab.write("/w/n", "n").unwrap();
        lab.mkdir("/w/d").unwrap();
        lab.write("/w/d/n", "n").unwrap();
        lab.write("/f", "f").unwrap();
        let stored = stored(&top, &lab);
        (dir, top, stored)
    };
    let (_dir, _, whole) = begun();
    let calls = calls(&whole, Act::Apply, &[], &whole.log());
    let (mut seen, mut hits) = (0, Hits::default());
    for (call, time) in calls.kills() {
        let (_dir, top, stored) = begun();
        hits.note(killed(&stored, Act::Apply, &[], call, time));
        for line in common::tree(&top.join("host")) {
            if line.contains(".aether-") {
                seen += 1;
                let inside = line.starts_with("p/out/") || line.starts_with("q/");
                assert!(inside, "killed at {call} {time}: {line}");
            }
        }
    }
    assert!(seen > 0);
    hits.check();
}
