use std::fs;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "remove-in-readonly",
    tries: "Removes and renames in a folder that is granted for reading.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Files,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let file = format!("{}/data.txt", scene.readonly());
    any([
        fs::rename(&file, format!("{}/renamed.txt", scene.readonly())).at_step("renaming"),
        fs::rename(&file, format!("{}/taken.txt", scene.granted())).at_step("taking"),
        fs::remove_file(&file).at_step("removing"),
    ]
    .map(|done| done.and_then(|()| bites("removed a file that is granted for reading"))))
}
