#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "copy-descriptor-by-fcntl",
    tries: "Copies a descriptor to a number of its choice.",
    source: "fcntl(2), F_DUPFD",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["fcntl"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: this command takes integers.
    unsafe { call(libc::SYS_fcntl, [3, libc::F_DUPFD as u64, 10]) }?;
    bites("has a copy")
}
