use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "leave-setuid",
    tries: "Leaves a program with the set-user-ID bit in the granted folder.",
    row: Row::Setuid,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Files,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let path = format!("{}/setuid-left", scene.granted());
    fs::write(&path, "no program").at_step("a file in the grant")?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o4755)).at_step("setting the bit")?;
    bites("left a set-user-ID file in the grant")
}
