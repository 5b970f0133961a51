#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "signal-thread-legacy",
    tries: "Signals a thread by the older call for it.",
    source: "tkill(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["tkill"]),
};

fn attempt(scene: &Scene) -> Outcome {
    // SAFETY: tkill(2) takes integers; signal 0 is only checked.
    unsafe { call(libc::SYS_tkill, [scene.host as u64]) }?;
    bites("may signal its host")
}
