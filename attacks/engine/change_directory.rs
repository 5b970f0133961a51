#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "change-directory",
    tries: "Moves its working folder.",
    source: "chdir(2); runc CVE-2024-21626 began in a leaked working folder",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["chdir"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: chdir(2) reads a path, here a static C string.
    unsafe { call(libc::SYS_chdir, [at(c"/".as_ptr())]) }?;
    bites("is in /")
}
