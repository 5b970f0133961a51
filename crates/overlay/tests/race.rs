//! Someone on the host swaps files and folders for symlinks while a plugin works: nothing outside
//! is ever read or written.

#![cfg(target_os = "linux")]

mod common;

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use aether_overlay::{Quota, Resolution, apply};
use common::{Lab, tree};
use rustix::fs::{CWD, RenameFlags, renameat_with};

const ROUNDS: usize = 20_000;
const SECRET: &str = "the secret outside";

/// Exchanges the folder `d` and the file `f` with symlinks to what is outside, until told to stop;
/// counts the rounds. What the overlay moves at that moment may be missing: then not.
fn swap(host: &Path, outside: &Path, stop: &AtomicBool, rounds: &AtomicUsize) {
    symlink(outside, host.join("d.link")).unwrap();
    symlink(outside.join("x"), host.join("f.link")).unwrap();
    while !stop.load(Ordering::Relaxed) {
        for name in ["d", "f", "d", "f"] {
            let link = host.join(format!("{name}.link"));
            let _ = renameat_with(CWD, host.join(name), CWD, link, RenameFlags::EXCHANGE);
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
    (lab, rounds.into_inner())
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
    let (_, rounds) = race(resolution, ROUNDS, |lab| {
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
    race(Resolution::Auto, 2_000, |lab| {
        let _ = lab.append("/w/d/x", "+");
        if let Ok(text) = lab.read("/w/d/x") {
            assert!(!text.contains(SECRET), "escaped");
        }
        let _ = lab.rename("/w/f", "/w/g");
        assert_ne!(lab.read("/w/g").as_deref(), Ok(SECRET), "escaped");
        // Begin again with nothing changed.
        let host = lab.host("");
        let mounts = vec![aether_overlay::Mount::folder(common::path("/w"), host)];
        let config = aether_overlay::OverlayConfig { mounts, ..Default::default() };
        lab.overlay = aether_overlay::Overlay::new(config).unwrap();
    });
}

#[test]
fn applying_does_not_escape() {
    let mut number = 0;
    race(Resolution::Auto, 500, |lab| {
        let host = lab.host("");
        let mounts = vec![aether_overlay::Mount::folder(common::path("/w"), host)];
        let config = aether_overlay::OverlayConfig { mounts, ..Default::default() };
        lab.overlay = aether_overlay::Overlay::new(config).unwrap();
        number += 1;
        let _ = lab.write("/w/d/x", &format!("written {number}"));
        let _ = lab.write(&format!("/w/d/sub/new {number}"), "written");
        let _ = lab.remove_file("/w/d/sub/y");
        let _ = lab.write("/w/f", &format!("written {number}"));
        apply(&lab.overlay.changeset(), |_| true);
    });
}
