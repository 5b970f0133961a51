use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "overwrite-own-program",
    tries: "Opens its own program by its link in /proc to write it.",
    row: Row::Launcher,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    reach::writable_program("/proc/self/exe")
}
