#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "read-implies-execute",
    tries: "Becomes a process whose readable memory is executable.",
    source: "personality(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["personality"]),
};

fn attempt(_: &Scene) -> Outcome {
    let wanted = libc::READ_IMPLIES_EXEC as u64;
    // SAFETY: personality(2) takes flags; they change what later mappings of this process can do.
    unsafe { call(libc::SYS_personality, [wanted]) }?;
    bites("what it maps from now on is executable")
}
