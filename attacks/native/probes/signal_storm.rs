use rustix::process::{Pid, Signal, kill_process};

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "signal-storm",
    tries: "Sends a hundred thousand signals, such as are ignored, to the host.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

const MOST: u32 = 100_000;

fn attempt(scene: &Scene) -> Outcome {
    let host = Pid::from_raw(scene.host).ok_or_else(|| Miss::inconclusive("no host"))?;
    for _ in 0..MOST {
        kill_process(host, Signal::URG).at_step("signalling")?;
    }
    bites(format!("sent {MOST} signals"))
}
