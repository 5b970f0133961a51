use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "list-processes",
    tries: "Finds a process of the machine in the list of processes.",
    row: Row::Processes,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    match reach::processes_with(&format!("victim\0{}", scene.id)).first() {
        Some(pid) => bites(format!("saw process {pid} of the machine")),
        None => Err(Miss::absent("sees no process of the machine")),
    }
}
