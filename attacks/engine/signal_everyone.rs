#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "signal-everyone",
    tries: "Signals every process that it may, here with the signal that only asks.",
    source: "kill(2) with process -1",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["kill"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: kill(2) takes integers; signal 0 is only checked.
    unsafe { call(libc::SYS_kill, [u64::MAX]) }?;
    bites("may signal others")
}
