//! Someone on the host swaps files and folders for symlinks while a plugin works: nothing outside
//! is ever read or written.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use aether_overlay::{
    Atomicity, Mount, Overlay, OverlayConfig, Quota, Resolution, apply, apply_journalled,
};
use common::{Lab, path, say, tree};
use rustix::fs::{CWD, RenameFlags, renameat_with};

const ROUNDS: usize = 20_000;
const SECRET: &str = "the secret outside";

/// How often something is tried: by default so often, and of `OVERLAY_TEST_RACES` so many tenths,
/// which all together are ten.
fn iterations(default: usize, tenths: usize) -> usize {
    let asked = std::env::var("OVERLAY_TEST_RACES").ok();
    asked.map_or(default, |asked| asked.parse::<usize>().expect("a number") * tenths / 10)
}

/// Exchanges the folder `d` and the file `f` with symlinks to what is outside, until told to stop;
/// counts the rounds. What the overlay moves at that moment may be missing: then not.
fn swap(host: &Path, outside: &Path, stop: &AtomicBool, rounds: &AtomicUsize) {
    symlink(outside, host.join("d.link")).unwrap();
    symlink(outside.join("x"), host.join("f.link")).unwrap();
    while !stop.load(Ordering::Relaxed) {
        for name in ["d", "f", "d", "f"] {
            let link = host.join(format!("{name}.link"));
            let still = STILL.lock();
            let _ = renameat_with(CWD, host.join(name), CWD, link, RenameFlags::EXCHANGE);
            drop(still);
            thread::yield_now();
        }
        rounds.fetch_add(1, Ordering::Relaxed);
    }
}

/// Ends the swapping also when an assertion fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `act` again and again while the host swaps; it fails the test itself when it sees an escape.
fn race(resolution: Resolution, iterations: usize, mut act: impl FnMut(&mut Lab)) -> (Lab, usize) {
    let mut lab = Lab::with(
        &[("d/x", "inside"), ("d/sub/y", "inside"), ("f", "inside")],
        Quota::default(),
        resolution,
    );
    let outside = lab.dir.path().join("outside");
    common::fill(&outside, &[("x", SECRET), ("sub/y", SECRET)]);
    let before = tree(&outside);
    let (stop, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    let host = lab.host("");
    thread::scope(|scope| {
        scope.spawn(|| swap(&host, &outside, &stop, &rounds));
        let _stop = Stop(&stop);
        for _ in 0..iterations {
            act(&mut lab);
        }
    });
    assert_eq!(tree(&outside), before, "the outside was written to");
    for name in ["x", "sub/y"] {
        let links = fs::metadata(outside.join(name)).unwrap().nlink();
        assert_eq!(links, 1, "the outside {name} has another name");
    }
    let inside = tree(&host);
    assert!(!inside.iter().any(|line| line.ends_with(&format!("={SECRET}"))), "{inside:?}");
    let rounds = rounds.into_inner();
    say(&format!("tried {iterations} times against {rounds} rounds of four exchanges"));
    (lab, rounds)
}

/// Held for each exchange, and by whoever wants none for a moment.
static STILL: Mutex<()> = Mutex::new(());

/// Begins again with nothing changed.
fn begin_again(lab: &mut Lab) {
    let mounts = vec![Mount::folder(path("/w"), lab.host(""))];
    let config = OverlayConfig { mounts, ..OverlayConfig::default() };
    lab.overlay = Overlay::new(config).unwrap();
}

/// The attack bites: who lets the kernel follow symlinks reads the secret.
#[test]
fn a_reader_that_follows_symlinks_escapes() {
    let mut escapes = 0;
    race(Resolution::Auto, ROUNDS, |lab| {
        for at in ["d/x", "f", "d/sub/y"] {
            // The overlay's own order: look first, then open.
            let path = lab.host(at);
            if path.symlink_metadata().is_ok_and(|meta| meta.is_file()) {
                escapes +=
                    usize::from(std::fs::read_to_string(&path).is_ok_and(|text| text == SECRET));
            }
        }
    });
    assert!(escapes > 0, "the race was never won, so it proves nothing");
}

fn read_while_swapped(resolution: Resolution) {
    let mut answers = std::collections::BTreeMap::new();
    let (_, rounds) = race(resolution, iterations(ROUNDS, 2), |lab| {
        for at in ["/w/d/x", "/w/f", "/w/d/sub/y"] {
            let answer = lab.read(at);
            assert_ne!(answer.as_deref(), Ok(SECRET), "{at} escaped");
            *answers.entry(answer.unwrap_or_else(str::to_owned)).or_insert(0) += 1;
        }
        // Resolved before the swap, used after it.
        if let Ok(at) = lab.at("/w/d/sub/y") {
            thread::yield_now();
            let bytes = lab.overlay.read(&at, 0, 100).map(|chunk| chunk.bytes);
            assert_ne!(bytes.as_deref(), Ok(SECRET.as_bytes()), "escaped after resolution");
        }
        if let Ok(names) = lab.list("/w/d") {
            assert_eq!(names, ["sub", "x"]);
        }
    });
    // The race was one: the swapped state was met, and the plain one too.
    assert!(rounds > 10, "{rounds} swaps");
    assert!(answers.get("inside").is_some_and(|count| *count > 10), "{answers:?}");
    assert!(answers.len() > 1, "{answers:?}");
}

#[test]
fn reads_do_not_escape() {
    read_while_swapped(Resolution::Auto);
}

#[test]
fn reads_do_not_escape_when_walking() {
    read_while_swapped(Resolution::Walk);
}

#[test]
fn copies_up_do_not_escape() {
    race(Resolution::Auto, iterations(2_000, 2), |lab| {
        let _ = lab.append("/w/d/x", "+");
        if let Ok(text) = lab.read("/w/d/x") {
            assert!(!text.contains(SECRET), "escaped");
        }
        let _ = lab.rename("/w/f", "/w/g");
        assert_ne!(lab.read("/w/g").as_deref(), Ok(SECRET), "escaped");
        begin_again(lab);
    });
}

/// What is written, made, removed and renamed, and what of it is put back.
#[test]
fn applying_does_not_escape() {
    let mut number = 0;
    let (mut made, mut refused) = (0, 0);
    race(Resolution::Auto, iterations(500, 4), |lab| {
        begin_again(lab);
        number += 1;
        let new = format!("/w/d/sub/new {}", number % 10);
        let _ = lab.write("/w/d/x", &format!("written {number}"));
        let _ = lab.write(&new, "written");
        let _ = lab.remove_file("/w/d/sub/y");
        let _ = lab.write("/w/f", &format!("written {number}"));
        let _ = lab.rename("/w/d/sub/y2", "/w/d/y3");
        let changeset = lab.overlay.changeset();
        let reports = match number % 3 {
            0 => vec![apply(&changeset, |_| true)],
            kind => {
                let atomicity = if kind == 1 { Atomicity::Each } else { Atomicity::All };
                let journal = lab.dir.path().join(format!("journal {number}"));
                apply_journalled(&[&changeset], |_, _| true, atomicity, &journal).unwrap()
            }
        };
        let complete = reports.iter().all(|report| report.is_complete());
        *(if complete { &mut made } else { &mut refused }) += 1;
        // What was left under temporary names in a folder that was away at that moment, and what
        // was removed.
        if number % 50 == 0 {
            tidy(&lab.host(""));
        }
    });
    say(&format!("{made} were made, {refused} were not"));
    assert!(made > 0 && refused > 0, "the race was none: {made} made, {refused} refused");
}

/// Makes the inside as it was, whatever stands where at the moment.
fn tidy(host: &Path) {
    let _still = STILL.lock();
    let folders = ["d", "d.link"].into_iter().map(|name| host.join(name));
    for folder in folders.filter(|folder| !folder.is_symlink()) {
        let names = ["sub/y", "sub/y2"].into_iter();
        names.for_each(|name| drop(fs::write(folder.join(name), "inside")));
        for folder in [folder.join("sub"), folder] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.file_name().to_string_lossy().starts_with(".aether-") {
                    drop(fs::remove_file(entry.path()));
                }
            }
        }
    }
}
