#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "raise-io-privilege",
    tries: "Asks for the processor's input and output ports.",
    source: "iopl(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["iopl"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: iopl(2) takes a level and changes this process only; no port is used.
    unsafe { call(libc::SYS_iopl, [3]) }?;
    bites("may use every port")
}
