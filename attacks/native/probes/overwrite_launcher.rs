use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "overwrite-launcher",
    tries: "Opens the programs of its parent and of the first process to write them.",
    row: Row::Launcher,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let parent = std::os::unix::process::parent_id();
    any([parent, 1].map(|pid| reach::writable_program(&format!("/proc/{pid}/exe"))))
}
