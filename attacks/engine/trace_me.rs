#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "trace-me",
    tries: "Lets its parent trace it, whose rights the kernel once took for its own.",
    source: "ptrace(2), CVE-2019-13272",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["ptrace"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: PTRACE_TRACEME uses no other argument and touches no memory.
    unsafe { call(libc::SYS_ptrace, [u64::from(libc::PTRACE_TRACEME)]) }?;
    bites("is traced by its host")
}
