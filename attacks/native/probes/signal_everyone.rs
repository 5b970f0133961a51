#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
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

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: kill(2) takes integers; signal 0 is only checked.
    unsafe { call(libc::SYS_kill, [u64::MAX, 0]) }.at_step("signalling")?;
    bites("may signal others")
}
