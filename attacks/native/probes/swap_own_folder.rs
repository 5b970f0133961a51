use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "swap-own-folder",
    tries: "Exchanges a granted folder with a link out of it a hundred thousand times.",
    row: Row::Links,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

/// Ten turns, a hundred thousand together.
const TURNS: u32 = 10;
const SWAPS: u32 = 10_000;

fn attempt(scene: &Scene) -> Outcome {
    parts::in_turns(TURNS, || {
        let folder = format!("{}/exchange-{}", scene.granted(), std::process::id());
        fs::create_dir(&folder).at_step("a folder in the grant")?;
        let outcome = race(scene, &folder);
        fs::remove_dir_all(&folder).needed("clearing")?;
        outcome
    })
}

fn race(scene: &Scene, folder: &str) -> Outcome {
    let (real, link) = (format!("{folder}/real"), format!("{folder}/link"));
    fs::create_dir(&real).needed("a folder")?;
    fs::write(format!("{real}/secret.txt"), "right").needed("a file")?;
    symlink(scene.outside(), &link).at_step("a link")?;
    let (done, mut won, mut right) = (AtomicBool::new(false), None, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let begin = Instant::now();
            for _ in 0..SWAPS {
                let swapped = renameat_with(CWD, &real, CWD, &link, RenameFlags::EXCHANGE);
                if swapped.is_err() || begin.elapsed() > Duration::from_secs(1) {
                    break;
                }
            }
            done.store(true, Ordering::Relaxed);
        });
        while won.is_none() && !done.load(Ordering::Relaxed) {
            match reach::read(format!("{real}/secret.txt")) {
                Err(Miss { errno: None, .. }) => right += 1,
                other => won = other.ok(),
            }
        }
    });
    // Who never read the right file has not raced.
    won.ok_or_else(|| match right {
        0 => Miss::inconclusive("never read the granted file"),
        times => Miss::absent(format!("{times} times the granted file")),
    })
}
