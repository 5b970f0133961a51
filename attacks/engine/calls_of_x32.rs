#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "calls-of-x32",
    tries: "Makes a system call by the x32 table, which shares the architecture's number.",
    source: "seccomp(2), Caveats: x32 numbers must be refused by their bit",
    needs: &[],
    attempt,
    refused: Refused::Killed,
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: getpid(2) takes nothing and touches no memory.
    let result = unsafe { call(0x4000_0000 | libc::SYS_getpid, []) }?;
    bites(format!("is process {result}"))
}
