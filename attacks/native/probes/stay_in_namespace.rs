use rustix::thread::UnshareFlags;

use crate::apart;
use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "stay-in-namespace",
    tries: "Leaves a child in a process namespace of its own.",
    row: Row::Orphans,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Process,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    apart::enter(UnshareFlags::NEWUSER | UnshareFlags::NEWPID)?;
    if parts::fork()? {
        parts::stay();
    }
    bites("left a first process")
}
