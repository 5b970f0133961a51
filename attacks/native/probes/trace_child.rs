#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "trace-child",
    tries: "Traces a child of its own, by which filters were passed before.",
    row: Row::Processes,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    parts::in_child(|| {
        // SAFETY: PTRACE_TRACEME takes no memory; this child makes no call that would stop it.
        unsafe { call(libc::SYS_ptrace, [u64::from(libc::PTRACE_TRACEME), 0, 0, 0]) }
            .at_step("asking to be traced")?;
        bites("traces a child")
    })
}
