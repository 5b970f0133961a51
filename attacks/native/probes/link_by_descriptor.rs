use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "link-by-descriptor",
    tries: "Reads a file outside by a link to the root that it keeps in /proc.",
    row: Row::Links,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let secret = scene.secret();
    any(["/proc/self/root", "/proc/thread-self/root", "/proc/1/root", "/dev/fd/../../../.."]
        .map(|root| reach::read(format!("{root}{secret}"))))
}
