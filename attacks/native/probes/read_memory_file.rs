use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-memory-file",
    tries: "Reads the memory of a process of the same user by its file.",
    row: Row::Processes,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let file = File::open(format!("/proc/{}/mem", scene.victim)).at_step("opening its memory")?;
    let mut bytes = [0; 32];
    file.read_exact_at(&mut bytes, scene.address).at_step("reading")?;
    reach::shows_secret(&bytes, "in another's memory")
}
