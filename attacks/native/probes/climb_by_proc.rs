use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "climb-by-proc",
    tries: "Reads a file by the roots and working folders of other processes.",
    row: Row::Descriptors,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let mut pids = reach::processes();
    pids.push(std::process::id().cast_signed());
    any(pids.into_iter().flat_map(|pid| {
        let root = format!("/proc/{pid}/root{}", scene.secret());
        [root, format!("/proc/{pid}/cwd/secret.txt")].map(reach::read)
    }))
}
