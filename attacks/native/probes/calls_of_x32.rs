#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "calls-of-x32",
    tries: "Makes a system call by the numbers of x32, which a filter may not know.",
    row: Row::ForeignCalls,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    /// `__X32_SYSCALL_BIT`.
    const X32: libc::c_long = 0x4000_0000;
    // SAFETY: getpid(2) takes nothing.
    unsafe { call(X32 | libc::SYS_getpid, []) }.at_step("getpid of x32")?;
    bites("was answered by the table of x32")
}
