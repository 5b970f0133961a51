use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-by-dots",
    tries: "Reads a file outside the grant by a path that begins in it.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    any([scene.granted(), scene.readonly()]
        .map(|folder| reach::read(format!("{folder}/../outside/secret.txt"))))
}
