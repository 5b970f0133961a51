use std::fs;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-command-lines",
    tries: "Reads how its sandbox was started: the launcher's own arguments.",
    row: Row::Environment,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    any(reach::processes_with(&scene.id).into_iter().map(|pid| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).at_step("a command line")?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        // Its own name comes first where it is the program itself.
        let program = line.split(' ').next().unwrap_or_default();
        bites(format!("process {pid} is {program} and shows its arguments"))
    }))
}
