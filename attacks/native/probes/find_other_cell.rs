use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "find-other-cell",
    tries: "Finds another cell in the list of processes.",
    row: Row::Cells,
    needs: &[Need::Neighbour],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    match reach::processes_with(&format!("neighbour\0--scene\0{}", scene.to_json())).first() {
        Some(pid) => bites(format!("saw another cell, process {pid}")),
        None => Err(Miss::absent("sees no other cell")),
    }
}
