#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "copy-descriptor",
    tries: "Copies a descriptor.",
    source: "dup(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["dup"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: dup(2) takes an integer.
    unsafe { call(libc::SYS_dup, [3]) }?;
    bites("has a copy")
}
