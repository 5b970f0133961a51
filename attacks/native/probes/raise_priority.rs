use rustix::process::{getpriority_process, setpriority_process};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "raise-priority",
    tries: "Takes precedence over all others.",
    row: Row::Scheduling,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let present = getpriority_process(None).needed("its priority")?;
    setpriority_process(None, -20).at_step("raising its priority")?;
    setpriority_process(None, present).needed("lowering it again")?;
    bites("took the highest priority")
}
