use std::fs;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "create-outside",
    tries: "Makes a file beside the grant.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Files,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    fs::write(format!("{}/planted", scene.outside()), "planted").at_step("writing outside")?;
    bites("planted a file outside")
}
