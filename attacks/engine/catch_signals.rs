#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "catch-signals",
    tries: "Makes a descriptor for its signals.",
    source: "signalfd(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["signalfd4"]),
};

/// No signal.
static NONE: u64 = 0;

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: signalfd4(2) reads 8 bytes of a signal set, here a static one.
    unsafe { call(libc::SYS_signalfd4, [u64::MAX, at(&raw const NONE), 8]) }?;
    bites("has a descriptor")
}
