#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "make-timer",
    tries: "Makes a timer that is a descriptor.",
    source: "timerfd_create(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["timerfd_create"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: timerfd_create(2) takes integers.
    unsafe { call(libc::SYS_timerfd_create, [libc::CLOCK_MONOTONIC as u64]) }?;
    bites("has a timer")
}
