use std::fs;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "link-to-secret",
    tries: "Makes a hard link in the granted folder to a file outside and reads it.",
    row: Row::Links,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let link = format!("{}/hard-{}", scene.granted(), std::process::id());
    fs::hard_link(scene.secret(), &link).at_step("linking")?;
    let read = reach::read(&link);
    fs::remove_file(&link).needed("removing the link")?;
    read
}
