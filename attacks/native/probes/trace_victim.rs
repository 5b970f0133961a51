#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "trace-victim",
    tries: "Attaches to a process of the same user, to trace it.",
    row: Row::Processes,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    // SAFETY: PTRACE_SEIZE stops nobody and passes no memory; the kernel detaches when this ends.
    unsafe { call(libc::SYS_ptrace, [u64::from(libc::PTRACE_SEIZE), scene.victim as u64, 0, 0]) }
        .at_step("attaching")?;
    bites("traces another process")
}
