use std::time::{Duration, Instant};

use crate::parts;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "follow-swapped-link",
    tries: "Reads a link in the granted folder that somebody swaps a hundred thousand times.",
    row: Row::Links,
    needs: &[Need::Swapper],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

const TURNS: u32 = 4;

fn attempt(scene: &Scene) -> Outcome {
    parts::in_turns(TURNS, || race(scene))
}

fn race(scene: &Scene) -> Outcome {
    let link = format!("{}/link", scene.granted());
    let (begin, mut inside) = (Instant::now(), 0);
    let mut last = Miss::inconclusive("the link was never read");
    while begin.elapsed() < Duration::from_millis(500) {
        match reach::read(&link) {
            Ok(won) => return bites(format!("{won}, after {inside} right ones")),
            // Another file than the secret: the granted one.
            Err(Miss { errno: None, .. }) => inside += 1,
            Err(miss) => last = miss,
        }
    }
    if inside == 0 {
        Err(last)
    } else {
        Err(Miss::absent(format!("{inside} times the granted file")))
    }
}
