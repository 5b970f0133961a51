#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call, child};

pub(super) const ATTACK: Attack = Attack {
    name: "fork-by-clone3",
    tries: "Makes a copy of itself by the newest call for it, whose flags are behind a pointer.",
    source: "clone3(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["clone3"]),
};

fn attempt(_: &Scene) -> Outcome {
    // `struct clone_args` of 64 bytes; the fifth word is the signal at the child's end.
    let how = [0, 0, 0, 0, libc::SIGCHLD as u64, 0, 0, 0];
    // SAFETY: clone3(2) reads a `struct clone_args` of the given size, live; without CLONE_VM it
    // returns twice, like fork; `child` ends the copy.
    child(unsafe { call(libc::SYS_clone3, [at(&raw const how), 64]) })?;
    bites("made a child")
}
