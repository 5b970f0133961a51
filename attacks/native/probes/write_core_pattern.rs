use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "write-core-pattern",
    tries: "Opens the file that names a program which the kernel runs for each crash, and writes nothing.",
    row: Row::Machine,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    reach::writable("/proc/sys/kernel/core_pattern")
}
