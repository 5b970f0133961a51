#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Need, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "abort-other",
    tries: "Sends another cell the one signal that it may send itself.",
    source: "tgkill(2) with SIGABRT, which abort(3) needs",
    needs: &[Need::Victim],
    attempt,
    refused: Refused::Syscalls(&["tgkill"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let victim = scene.victim.pid as u64;
    // SAFETY: tgkill(2) takes integers; the victim is a process made to be ended.
    unsafe { call(libc::SYS_tgkill, [victim, victim, libc::SIGABRT as u64]) }?;
    bites("aborted another process")
}
