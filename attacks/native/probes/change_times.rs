use std::fs::File;
use std::time::UNIX_EPOCH;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "change-times",
    tries: "Changes the times of a file outside, and of one granted for reading.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Files,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    any([scene.secret(), format!("{}/data.txt", scene.readonly())].map(|path| {
        let file = File::open(&path).at_step(&path)?;
        file.set_modified(UNIX_EPOCH).at_step("setting its time")?;
        bites(format!("set the time of {path}"))
    }))
}
