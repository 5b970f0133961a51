#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "signal-everyone",
    tries: "Signals every process that it may; here with the signal that only asks.",
    row: Row::Processes,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    // SAFETY: kill(2) takes integers; signal 0 is only checked.
    unsafe { call(libc::SYS_kill, [u64::MAX, 0]) }.at_step("signalling")?;
    if scene.in_machines("pid") {
        bites("may signal others")
    } else {
        Err(Miss::absent("others of its own namespace only"))
    }
}
