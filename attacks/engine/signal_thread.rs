#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "signal-thread",
    tries: "Signals a thread with another signal than the one that abort(3) needs.",
    source: "tgkill(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["tgkill"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let host = scene.host as u64;
    // SAFETY: tgkill(2) takes integers; signal 0 is only checked.
    unsafe { call(libc::SYS_tgkill, [host, host, 0]) }?;
    bites("may signal its host")
}
