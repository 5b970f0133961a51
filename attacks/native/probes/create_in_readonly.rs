use std::fs;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "create-in-readonly",
    tries: "Makes a file in a folder that is granted for reading.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Files,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    fs::write(format!("{}/planted", scene.readonly()), "planted").at_step("writing")?;
    bites("planted a file in a folder for reading")
}
