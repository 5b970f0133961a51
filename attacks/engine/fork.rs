#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call, child};

pub(super) const ATTACK: Attack = Attack {
    name: "fork",
    tries: "Makes a copy of itself by the oldest call for it.",
    source: "fork(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["fork"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: fork(2) returns twice; `child` ends the copy.
    child(unsafe { call(libc::SYS_fork, []) })?;
    bites("made a child")
}
