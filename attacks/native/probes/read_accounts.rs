use std::fs;

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-accounts",
    tries: "Reads who has an account on the machine.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let accounts = fs::read_to_string("/etc/passwd").at_step("/etc/passwd")?;
    // A made-up file with a few names tells nothing.
    match accounts.lines().count() {
        0..=4 => Err(Miss::absent("a file with few names")),
        names => bites(format!("read {names} accounts")),
    }
}
