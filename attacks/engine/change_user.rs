#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "change-user",
    tries: "Changes its user, here to the one that it is.",
    source: "setresuid(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["setresuid"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: setresuid(2) takes integers; -1 leaves a number as it is.
    unsafe { call(libc::SYS_setresuid, [u64::MAX; 3]) }?;
    bites("set its user")
}
