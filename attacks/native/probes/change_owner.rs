use std::fs;
use std::os::unix::fs::{MetadataExt, chown};

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "change-owner",
    tries: "Gives a file outside, and one granted for reading, to the owner it has.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    any([scene.secret(), format!("{}/data.txt", scene.readonly())].map(|path| {
        let owner = fs::metadata(&path).at_step(&path)?;
        chown(&path, Some(owner.uid()), Some(owner.gid())).at_step(&path)?;
        bites(format!("may give {path} away"))
    }))
}
