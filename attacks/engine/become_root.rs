#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "become-root",
    tries: "Becomes the machine's root.",
    source: "setuid(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["setuid"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: setuid(2) takes an integer.
    unsafe { call(libc::SYS_setuid, [0]) }?;
    bites("is root")
}
