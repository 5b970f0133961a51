use std::fs;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "stat-secret",
    tries: "Asks for the size and times of a file outside.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let data = fs::metadata(scene.secret()).at_step("asking")?;
    bites(format!("knows that a file outside has {} bytes", data.len()))
}
