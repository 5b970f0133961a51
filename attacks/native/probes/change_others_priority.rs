use rustix::process::{Pid, getpriority_process, setpriority_process};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "change-others-priority",
    tries: "Sets the priority of a process of the same user, to its present value.",
    row: Row::Scheduling,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let victim = Pid::from_raw(scene.victim);
    let present = getpriority_process(victim).at_step("asking its priority")?;
    setpriority_process(victim, present).at_step("setting its priority")?;
    bites("may set another's priority")
}
