#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call, child};

pub(super) const ATTACK: Attack = Attack {
    name: "fork-by-clone",
    tries: "Makes a copy of itself.",
    source: "clone(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["clone"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: clone(2) without CLONE_VM and with a null stack returns twice, like fork; `child`
    // ends the copy.
    child(unsafe { call(libc::SYS_clone, [libc::SIGCHLD as u64]) })?;
    bites("made a child")
}
