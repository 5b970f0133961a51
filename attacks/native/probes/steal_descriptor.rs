use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "steal-descriptor",
    tries: "Copies a descriptor out of another process by its handle.",
    row: Row::Processes,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let parent = std::os::unix::process::parent_id().cast_signed();
    let candidates = [scene.victim, parent, 1].into_iter().filter_map(Pid::from_raw);
    any(candidates.map(|pid| {
        let handle = pidfd_open(pid, PidfdFlags::empty()).at_step("a handle")?;
        pidfd_getfd(&handle, 0, PidfdGetfdFlags::empty()).at_step("copying a descriptor")?;
        bites(format!("took a descriptor of process {}", pid.as_raw_nonzero()))
    }))
}
