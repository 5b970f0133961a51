#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "check-access",
    tries: "Asks whether a file is there.",
    source: "faccessat2(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["faccessat2"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: faccessat2(2) reads a path, here a static C string.
    unsafe { call(libc::SYS_faccessat2, [HERE, at(c"/etc/shadow".as_ptr())]) }?;
    bites("/etc/shadow is there")
}
