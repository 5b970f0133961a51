use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "raise-limits",
    tries: "Raises a hard limit of its own by one.",
    row: Row::Scheduling,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // The run gives it a finite limit, so that there is something to raise.
    let limit = getrlimit(Resource::Core);
    let raised = Rlimit { maximum: limit.maximum.map(|maximum| maximum + 1), ..limit };
    if limit.maximum.is_none() {
        return Err(Miss::inconclusive("there is no limit"));
    }
    setrlimit(Resource::Core, raised).at_step("raising the limit")?;
    bites("raised a hard limit")
}
