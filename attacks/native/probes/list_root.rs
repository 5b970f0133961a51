use std::fs;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "list-root",
    tries: "Lists folders of the machine that no program needs.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    any(["/boot", "/srv", "/var/lib/dpkg", "/var/cache", "/lost+found"].map(|folder| {
        match fs::read_dir(folder).at_step(folder)?.flatten().next() {
            Some(entry) => bites(format!("saw {}", entry.path().display())),
            None => Err(Miss::absent(format!("{folder} is empty"))),
        }
    }))
}
