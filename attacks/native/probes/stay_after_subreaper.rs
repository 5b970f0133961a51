use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "stay-after-subreaper",
    tries: "Leaves a grandchild that a child adopted, and the child too.",
    row: Row::Orphans,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Process,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    if parts::fork()? {
        let _adopts = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        match parts::fork() {
            Ok(_) => parts::stay(),
            Err(_) => parts::end(),
        }
    }
    bites("left an adopter")
}
