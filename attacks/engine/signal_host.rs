#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "signal-host",
    tries: "Signals its host, here with the signal that only asks.",
    source: "kill(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["kill"]),
};

fn attempt(scene: &Scene) -> Outcome {
    // SAFETY: kill(2) takes integers; signal 0 is only checked.
    unsafe { call(libc::SYS_kill, [scene.host as u64]) }?;
    bites("may signal its host")
}
