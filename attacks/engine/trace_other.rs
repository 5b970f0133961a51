#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Need, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "trace-other",
    tries: "Traces another cell.",
    source: "ptrace(2), firejail CVE-2017-5206",
    needs: &[Need::Victim],
    attempt,
    refused: Refused::Syscalls(&["ptrace"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let what = [u64::from(libc::PTRACE_SEIZE), scene.victim.pid as u64];
    // SAFETY: PTRACE_SEIZE with no options touches no memory; it ends with this process.
    unsafe { call(libc::SYS_ptrace, what) }?;
    bites("traces another process")
}
