use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "processor-hog",
    tries: "Computes for two seconds of processor time.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let begin = Instant::now();
    let mut sum = 0u64;
    // On a busy machine two seconds of a processor take longer.
    while begin.elapsed() < Duration::from_secs(15) {
        for number in 0..1_000_000u64 {
            sum = std::hint::black_box(sum.wrapping_add(number));
        }
        if clock_gettime(ClockId::ProcessCPUTime).tv_sec >= 2 {
            return bites("used two seconds of a processor");
        }
    }
    Err(Miss::limited("did not get two seconds of a processor in fifteen"))
}
