use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "write-kernel-log",
    tries: "Opens the log of the kernel for writing, and writes nothing.",
    row: Row::Machine,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    reach::writable("/dev/kmsg")
}
