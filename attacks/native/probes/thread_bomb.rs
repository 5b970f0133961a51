use std::thread;
use std::time::Duration;

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "thread-bomb",
    tries: "Starts sixty-four threads.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Told,
    attempt,
};

const MOST: u32 = 64;

fn attempt(_: &Scene) -> Outcome {
    let start = || thread::Builder::new().spawn(|| thread::sleep(Duration::from_millis(500)));
    let threads: Result<Vec<_>, _> = (0..MOST).map(|_| start()).collect();
    let threads = threads.at_step("a thread")?;
    for thread in threads {
        thread.join().map_err(|_| Miss::inconclusive("a thread died"))?;
    }
    bites(format!("had {MOST} threads"))
}
