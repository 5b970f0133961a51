use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-environments",
    tries: "Reads the environment of every process it sees, its parent's and the first's among them.",
    row: Row::Processes,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    any(reach::processes().into_iter().map(|pid| reach::read(format!("/proc/{pid}/environ"))))
}
