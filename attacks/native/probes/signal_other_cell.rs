use rustix::process::{Pid, test_kill_process};

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "signal-other-cell",
    tries: "Signals another cell, here with the signal that only asks.",
    row: Row::Cells,
    needs: &[Need::Neighbour],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let found = reach::processes_with(&format!("neighbour\0--scene\0{}", scene.to_json()));
    any(found.into_iter().filter_map(Pid::from_raw).map(|pid| {
        test_kill_process(pid).at_step("signalling")?;
        bites(format!("may signal another cell, process {}", pid.as_raw_nonzero()))
    }))
}
