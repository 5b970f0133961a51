#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "make-counter",
    tries: "Makes a counter that is a descriptor, for signals between processes.",
    source: "eventfd(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["eventfd2"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: eventfd2(2) takes integers.
    unsafe { call(libc::SYS_eventfd2, []) }?;
    bites("has a counter")
}
