use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "change-mode",
    tries: "Changes the mode of a file outside, and of one granted for reading.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Files,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    any([scene.secret(), format!("{}/data.txt", scene.readonly())].map(|path| {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).at_step(&path)?;
        bites(format!("set the mode of {path}"))
    }))
}
