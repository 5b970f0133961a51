use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "stay-by-double-fork",
    tries: "Leaves a grandchild whose parent has ended.",
    row: Row::Orphans,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Process,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    if parts::fork()? {
        match parts::fork() {
            Ok(true) => parts::stay(),
            _ => parts::end(),
        }
    }
    bites("left a grandchild")
}
