use std::fs;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "move-out",
    tries: "Moves a file from the grant to outside.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Files,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let from = format!("{}/moved", scene.granted());
    fs::write(&from, "moved").at_step("a file in the grant")?;
    let moved = fs::rename(&from, format!("{}/moved", scene.outside()));
    if moved.is_err() {
        fs::remove_file(&from).needed("removing it")?;
    }
    moved.at_step("moving")?;
    bites("moved a file outside")
}
