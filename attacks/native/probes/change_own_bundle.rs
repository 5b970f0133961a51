use std::fs;
use std::path::Path;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "change-own-bundle",
    tries: "Puts a file beside its own program, where its manifest would be.",
    row: Row::OwnPolicy,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Files,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let program = std::env::current_exe().needed("its own path")?;
    let folder = program.parent().unwrap_or(Path::new("/"));
    fs::write(folder.join("planted"), "planted").at_step("writing beside its program")?;
    bites("planted a file beside its program")
}
