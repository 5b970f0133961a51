use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "press-system-keys",
    tries: "Opens the file that crashes or restarts the machine by a letter, and writes nothing.",
    row: Row::Machine,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    reach::writable("/proc/sysrq-trigger")
}
