#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "lock-memory",
    tries: "Locks memory, so that it cannot be swapped out.",
    source: "mlock(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["mlock"]),
};

static WORD: u32 = 7;

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: mlock(2) pins the page of a static; it changes no byte.
    unsafe { call(libc::SYS_mlock, [at(&raw const WORD), 4]) }?;
    bites("locked memory")
}
