use std::fs;

use rustix::fs::OFlags;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-other-cell",
    tries: "Opens the memory of another cell.",
    row: Row::Cells,
    needs: &[Need::Neighbour],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    any(reach::processes_with(&format!("neighbour\0--scene\0{}", scene.to_json())).into_iter().map(
        |pid| {
            fs::read(format!("/proc/{pid}/maps")).at_step("the map of its memory")?;
            reach::open(format!("/proc/{pid}/mem"), OFlags::RDONLY)?;
            bites(format!("may read the memory of another cell, process {pid}"))
        },
    ))
}
