//! What is of Windows alone: names that it reads as others, links and junctions, folders that are
//! held, files that are in use or read-only.

#![cfg(windows)]

mod common;

use std::fs::{self, File, OpenOptions};
use std::os::windows::fs::{OpenOptionsExt, symlink_dir, symlink_file};
use std::path::{Path, PathBuf};
use std::process::Command;

use aether_overlay::{
    Atomicity, Changeset, HostProblem, JournalError, Kind, Mount, Outcome, Overlay, OverlayConfig,
    Resumed, SetupError, SpecialKind, apply, apply_journalled, journal_waits, resume,
};
use common::{Lab, outcomes, path, say, tree};

const HOST: &[(&str, &str)] = &[("a", "old a"), ("README", "read me"), ("d/x", "old x")];

/// Names of which Windows makes others, or devices, or streams, or aliases.
const NOT_CANONICAL: &[&str] = &[
    "C:", "C:x", "a:s", "a::$DATA", "NUL", "nul.txt", "COM1", "a.", "a ", "A~1", "README~1", "x\\y",
];

#[test]
fn names_that_windows_reads_as_others_reach_nothing() {
    let before = ["README=read me", "a=old a", "d/", "d/x=old x"];
    for name in NOT_CANONICAL {
        for at in [format!("/w/{name}"), format!("/w/d/{name}"), format!("/w/{name}/n")] {
            let mut lab = Lab::new(HOST);
            assert_eq!(lab.read(&at), Err("EINVAL"), "{at}");
            assert_eq!(lab.write(&at, "x"), Err("EINVAL"), "{at}");
            assert_eq!(lab.mkdir(&at), Err("EINVAL"), "{at}");
            assert_eq!(lab.rename("/w/a", &at), Err("EINVAL"), "{at}");
            assert_eq!(lab.remove_file(&at), Err("EINVAL"), "{at}");
            assert!(lab.at(&at).unwrap_err().is_exception(), "{at}: told to whoever watches");
            assert!(apply(&lab.overlay.changeset(), |_| true).is_complete());
            assert_eq!(tree(&lab.host("")), before, "{at}");
        }
    }
    assert!(aether_path::VirtualPath::parse("/w/../x").is_err(), "and this is no path at all");
}

/// A program can have made files of such names. They are seen, and left alone.
#[test]
fn what_has_such_a_name_is_listed_and_of_no_use() {
    let lab = Lab::new(HOST);
    for name in ["a.", "NUL"] {
        fs::write(lab.host(name), "odd").unwrap();
    }
    assert_eq!(lab.list("/w").unwrap(), ["NUL", "README", "a", "a.", "d"]);
    let listing = lab.overlay.list(&lab.at("/w").unwrap(), |_| true).unwrap();
    assert_eq!(listing.entries[0].stat.kind, Kind::Special(SpecialKind::Unknown));
    assert_eq!((lab.read("/w/NUL"), lab.read("/w/a.")), (Err("EINVAL"), Err("EINVAL")));
    assert_eq!(lab.read("/w/a").as_deref(), Ok("old a"));
}

#[test]
fn every_spelling_is_one_file() {
    let mut lab = Lab::new(HOST);
    assert_eq!(lab.read("/w/readme").as_deref(), Ok("read me"));
    assert_eq!(lab.read("/w/D/X").as_deref(), Ok("old x"));
    lab.write("/w/ReadMe", "new").unwrap();
    lab.write("/w/README", "newer").unwrap();
    assert_eq!(lab.mkdir("/w/D"), Err("EEXIST"));
    assert_eq!(lab.changes(), ["~ /w/README"]);
    assert!(apply(&lab.overlay.changeset(), |_| true).is_complete());
    assert_eq!(tree(&lab.host("")), ["README=newer", "a=old a", "d/", "d/x=old x"]);
}

fn open(host: impl Into<PathBuf>) -> Result<Overlay, SetupError> {
    let mounts = vec![Mount::folder(path("/w"), host)];
    Overlay::new(OverlayConfig { mounts, ..OverlayConfig::default() })
}

#[test]
fn only_one_spelling_of_a_folder_on_a_drive_can_be_mounted() {
    let lab = Lab::new(HOST);
    let host = lab.host("").to_str().unwrap().trim_end_matches('\\').to_owned();
    for good in [host.clone(), host.to_uppercase(), host.replace(r"\\?\", ""), format!(r"{host}\")]
    {
        open(&good).unwrap_or_else(|error| panic!("{good}: {error}"));
    }
    for relative in ["host", r"C:host", r"\host", r"C:\a\..\b"] {
        assert!(matches!(open(relative), Err(SetupError::NotAbsolute { .. })), "{relative}");
    }
    for bad in [
        r"\\server\share\x",
        r"\\?\UNC\server\share\x",
        r"\\.\C:\x",
        r"\\?\Volume{b75e2c83-0000-0000-0000-602f00000000}\x",
        r"C:\a:b",
        r"C:\NUL",
        r"\\?\C:\a.",
        r"C:\PROGRA~1",
        r"C:\$MFT",
    ] {
        let error = open(bad).unwrap_err();
        let unsupported =
            matches!(error, SetupError::Mount { problem: HostProblem::Unsupported, .. });
        assert!(unsupported, "{bad}: {error:?}");
    }
}

const SHARING_VIOLATION: Option<i32> = Some(32);

#[test]
fn a_mounted_folder_and_those_around_it_stay_where_they_are() {
    let lab = Lab::new(&[("p/q/x", "x")]);
    let overlay = open(lab.host("p/q")).unwrap();
    let away = lab.host("away");
    for name in ["p/q", "p"] {
        let moved = fs::rename(lab.host(name), &away).unwrap_err();
        assert_eq!(moved.raw_os_error(), SHARING_VIOLATION, "{name}");
        assert!(fs::remove_dir_all(lab.host(name)).is_err(), "{name}");
    }
    // What is in it does not.
    fs::write(lab.host("p/q/y"), "y").unwrap();
    fs::rename(lab.host("p/q/y"), lab.host("p/q/z")).unwrap();
    drop(overlay);
    fs::rename(lab.host("p"), &away).unwrap();
}

/// A link or a junction at `at`; `None`, and it is said, where it cannot be made. Wine makes none.
fn link(what: &str, at: &Path, to: &Path) -> Option<()> {
    let made = match what {
        "a link to a file" => symlink_file(to, at),
        "a link to a folder" => symlink_dir(to, at),
        _ => Command::new("cmd").args(["/c", "mklink", "/J"]).arg(at).arg(to).output().map(drop),
    };
    let there = made.and_then(|()| at.symlink_metadata());
    if there.is_err() {
        say(&format!("not tried, it cannot be made here: {what}"));
    }
    there.ok().map(drop)
}

/// Needs a real Windows.
#[test]
fn links_and_junctions_are_seen_and_never_followed() {
    for what in ["a link to a folder", "a junction"] {
        let mut lab = Lab::new(HOST);
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "secret").unwrap();
        let Some(()) = link(what, &lab.host("l"), outside.path()) else { continue };
        assert_eq!(lab.stat("/w/l").kind, Kind::Symlink, "{what}");
        assert_eq!(lab.read("/w/l/secret"), Err("ELOOP"), "{what}");
        assert_eq!(lab.write("/w/l/new", "x"), Err("ELOOP"), "{what}");
        assert_eq!(lab.list("/w/l"), Err("ELOOP"), "{what}");
        assert_eq!(lab.readlink("/w/l"), Err("ELOOP"), "{what}");
        assert_eq!(lab.remove_tree("/w/l"), Err("ELOOP"), "{what}");
        let error = open(lab.host("l")).unwrap_err();
        let link = matches!(error, SetupError::Mount { problem: HostProblem::Symlink, .. });
        assert!(link, "{what}: {error:?}");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1, "{what}");
    }
    let lab = Lab::new(HOST);
    if link("a link to a file", &lab.host("l"), &lab.host("a")).is_some() {
        assert_eq!(lab.read("/w/l"), Err("ELOOP"));
    }
}

/// Needs a real Windows.
#[test]
fn a_junction_that_appears_is_a_conflict() {
    let mut lab = Lab::new(HOST);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("x"), "old x").unwrap();
    lab.write("/w/d/x", "new x").unwrap();
    lab.write("/w/d/n", "new n").unwrap();
    let changeset = lab.overlay.changeset();
    fs::rename(lab.host("d"), lab.host("kept")).unwrap();
    let Some(()) = link("a junction", &lab.host("d"), outside.path()) else { return };
    assert_eq!(outcomes(&apply(&changeset, |_| true)), ["/w/d/n Symlink", "/w/d/x Symlink"]);
    assert_eq!(tree(outside.path()), ["x=old x"]);
}

#[test]
fn a_link_that_a_plugin_makes_stays_in_the_overlay() {
    let mut lab = Lab::new(HOST);
    lab.symlink("a", "/w/l").unwrap();
    assert_eq!(lab.read("/w/l").as_deref(), Ok("old a"));
    lab.write("/w/d/x", "new x").unwrap();
    let report = apply(&lab.overlay.changeset(), |_| true);
    assert_eq!(outcomes(&report), ["/w/d/x Applied", "/w/l Failed(Unsupported)"]);
    assert_eq!(tree(&lab.host("")), ["README=read me", "a=old a", "d/", "d/x=new x"]);
}

fn set_read_only(at: &Path, read_only: bool) {
    let mut permissions = at.metadata().unwrap().permissions();
    permissions.set_readonly(read_only);
    fs::set_permissions(at, permissions).unwrap();
}

#[test]
fn read_only_files_are_replaced_renamed_and_removed() {
    let mut lab = Lab::new(&[("a", "a"), ("b", "b"), ("c", "c"), ("k", "k")]);
    for name in ["a", "b", "c", "k"] {
        set_read_only(&lab.host(name), true);
    }
    fs::hard_link(lab.host("k"), lab.host("l")).unwrap();
    assert_eq!(lab.stat("/w/a").mode, 0o444);
    lab.write("/w/a", "new a").unwrap();
    lab.rename("/w/b", "/w/moved").unwrap();
    lab.remove_file("/w/c").unwrap();
    lab.remove_file("/w/k").unwrap();
    let report = apply(&lab.overlay.changeset(), |_| true);
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(tree(&lab.host("")), ["a=new a", "l=k", "moved=b"]);
    for name in ["a", "moved", "l"] {
        let at = lab.host(name);
        assert!(at.metadata().unwrap().permissions().readonly(), "{name} stays so");
        set_read_only(&at, false);
    }
}

#[test]
fn a_mode_is_whether_a_file_is_read_only() {
    let mut lab = Lab::new(HOST);
    lab.set_mode("/w/a", 0o444).unwrap();
    lab.set_mode("/w/d/x", 0o755).unwrap();
    lab.write("/w/n", "n").unwrap();
    lab.set_mode("/w/n", 0o600).unwrap();
    lab.mkdir("/w/private").unwrap();
    lab.set_mode("/w/private", 0o700).unwrap();
    let report = apply(&lab.overlay.changeset(), |_| true);
    let refused = ["/w/d/x", "/w/n", "/w/private"].map(|at| format!("{at} Failed(Unsupported)"));
    assert_eq!(outcomes(&report)[0], "/w/a Applied");
    assert_eq!(outcomes(&report)[1..], refused);
    assert!(!lab.host("n").exists() && !lab.host("private").exists());
    let permissions = |name: &str| lab.host(name).metadata().unwrap().permissions();
    assert_eq!((permissions("a").readonly(), permissions("d/x").readonly()), (true, false));
    set_read_only(&lab.host("a"), false);
}

#[test]
fn times_are_set() {
    let mut lab = Lab::new(HOST);
    lab.set_times("/w/a", -1_500).unwrap();
    lab.set_times("/w/d", 86_400_123).unwrap();
    assert!(apply(&lab.overlay.changeset(), |_| true).is_complete());
    let fresh = open(lab.host("")).unwrap();
    let modified = |at| {
        let at = fresh.resolve(&path(at), aether_overlay::LastLink::Keep).unwrap();
        fresh.stat(&at).unwrap().modified
    };
    assert_eq!((modified("/w/a"), modified("/w/d")), (-1_500, 86_400_123));
}

/// It keeps its name, and nothing is left beside it.
#[test]
fn a_file_that_somebody_else_keeps_to_himself_is_not_replaced() {
    const FILE_SHARE_READ: u32 = 1;
    let mut lab = Lab::new(HOST);
    lab.write("/w/a", "new a").unwrap();
    lab.write("/w/d/x", "new x").unwrap();
    let changeset = lab.overlay.changeset();
    let kept = OpenOptions::new().read(true).share_mode(FILE_SHARE_READ).open(lab.host("a"));
    let report = apply(&changeset, |_| true);
    assert_eq!(outcomes(&report), ["/w/a Failed(Io(32))", "/w/d/x Applied"]);
    drop(kept.unwrap());
    assert_eq!(tree(&lab.host("")), ["README=read me", "a=old a", "d/", "d/x=new x"]);
    assert!(apply(&changeset, |_| true).is_complete());
    assert_eq!(fs::read_to_string(lab.host("a")).unwrap(), "new a");
}

#[test]
fn paths_longer_than_windows_takes_by_itself() {
    let long = ["l".repeat(100), "o".repeat(100), "n".repeat(100)].join("/");
    let mut lab = Lab::new(&[(&format!("{long}/x"), "x")]);
    assert_eq!(lab.read(&format!("/w/{long}/x")).as_deref(), Ok("x"));
    lab.write(&format!("/w/{long}/y"), "y").unwrap();
    lab.rename(&format!("/w/{long}/x"), &format!("/w/{long}/z")).unwrap();
    assert!(apply(&lab.overlay.changeset(), |_| true).is_complete());
    let mut names: Vec<_> = fs::read_dir(lab.host(&long.replace('/', "\\"))).unwrap().collect();
    names.sort_by_key(|entry| entry.as_ref().unwrap().file_name());
    let names: Vec<_> = names.into_iter().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["y", "z"]);
}

fn busy() -> Lab {
    let mut lab = Lab::new(HOST);
    lab.write("/w/a", "new a").unwrap();
    lab.rename("/w/README", "/w/d/README").unwrap();
    lab.remove_file("/w/d/x").unwrap();
    lab.mkdir_all("/w/e/f").unwrap();
    lab.write("/w/e/f/n", "n").unwrap();
    lab
}

const DONE: &[&str] = &["a=new a", "d/", "d/README=read me", "e/", "e/f/", "e/f/n=n"];

#[test]
fn a_changeset_is_kept_and_applied_under_a_journal() {
    let lab = busy();
    let store = lab.dir.path().join("store");
    lab.overlay.changeset().save(&store).unwrap();
    let changeset = Changeset::load(&store).unwrap();
    assert_eq!(changeset, lab.overlay.changeset());
    let journal = lab.dir.path().join("journal");
    let reports = apply_journalled(&[&changeset], |_, _| true, Atomicity::All, &journal).unwrap();
    assert!(reports.iter().all(|report| report.is_complete()), "{reports:?}");
    assert_eq!(reports[0].not_durable, None);
    assert_eq!(tree(&lab.host("")), DONE);
    assert!(!journal.exists());
    assert!(!journal_waits(&journal).unwrap());
}

#[test]
fn a_journal_that_somebody_holds_is_in_use() {
    let lab = busy();
    let changeset = lab.overlay.changeset();
    let journal = lab.dir.path().join("journal");
    let held = File::options().write(true).create(true).truncate(false).open(&journal).unwrap();
    held.try_lock().unwrap();
    let applied = apply_journalled(&[&changeset], |_, _| true, Atomicity::All, &journal);
    assert!(matches!(applied, Err(JournalError::InUse { .. })), "{applied:?}");
    drop(held);
    assert_eq!(resume(&[&changeset], &journal).unwrap(), Resumed::Nothing, "nothing was begun");
    assert_eq!(tree(&lab.host("")), ["README=read me", "a=old a", "d/", "d/x=old x"]);
}

#[test]
fn one_file_that_is_in_use_and_nothing_is_done() {
    const FILE_SHARE_READ: u32 = 1;
    let lab = busy();
    let changeset = lab.overlay.changeset();
    let journal = lab.dir.path().join("journal");
    let kept = OpenOptions::new().read(true).share_mode(FILE_SHARE_READ).open(lab.host("d/x"));
    let reports = apply_journalled(&[&changeset], |_, _| true, Atomicity::All, &journal).unwrap();
    let made = |outcome: &Outcome| *outcome == Outcome::Applied;
    assert_eq!(reports[0].with(made).count(), 0, "{reports:?}");
    drop(kept.unwrap());
    assert_eq!(tree(&lab.host("")), ["README=read me", "a=old a", "d/", "d/x=old x"]);
    assert!(!journal.exists());
}
