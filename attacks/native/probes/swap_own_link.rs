use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "swap-own-link",
    tries: "Swaps a link in the granted folder a hundred thousand times while it opens it.",
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
        let folder = format!("{}/swap-{}", scene.granted(), std::process::id());
        fs::create_dir(&folder).at_step("a folder in the grant")?;
        let outcome = race(scene, &folder);
        fs::remove_dir_all(&folder).needed("clearing")?;
        outcome
    })
}

fn race(scene: &Scene, folder: &str) -> Outcome {
    let (link, next) = (format!("{folder}/link"), format!("{folder}/next"));
    fs::write(format!("{folder}/right"), "right").needed("a file")?;
    symlink("right", &link).at_step("a link")?;
    let (done, mut won, mut right) = (AtomicBool::new(false), None, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let begin = Instant::now();
            for turn in 0..SWAPS {
                let target = if turn % 2 == 0 { scene.secret() } else { "right".to_owned() };
                let swapped = symlink(target, &next).and_then(|()| fs::rename(&next, &link));
                if swapped.is_err() || begin.elapsed() > Duration::from_secs(1) {
                    break;
                }
            }
            done.store(true, Ordering::Relaxed);
        });
        while won.is_none() && !done.load(Ordering::Relaxed) {
            match reach::read(&link) {
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
