use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "open-process-handle",
    tries: "Opens a handle of a process of the same user.",
    row: Row::Processes,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let pid = Pid::from_raw(scene.victim).ok_or_else(|| Miss::inconclusive("no victim"))?;
    pidfd_open(pid, PidfdFlags::empty()).at_step("a handle")?;
    bites("holds a handle of another process")
}
