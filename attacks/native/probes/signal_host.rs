use rustix::process::{Pid, test_kill_process};

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "signal-host",
    tries: "Signals the host, its launcher and a process of the same user; here with the signal that only asks.",
    row: Row::Processes,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    any([scene.host, scene.victim].into_iter().filter_map(Pid::from_raw).map(|pid| {
        test_kill_process(pid).at_step("signalling")?;
        bites(format!("may signal process {}", pid.as_raw_nonzero()))
    }))
}
