#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "set-timer",
    tries: "Makes a timer of the process.",
    source: "timer_create(2), CVE-2017-18344",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["timer_create"]),
};

fn attempt(_: &Scene) -> Outcome {
    let mut id = 0i32;
    // SAFETY: timer_create(2) allows a null event and writes one int to a live variable.
    unsafe { call(libc::SYS_timer_create, [libc::CLOCK_MONOTONIC as u64, 0, at(&raw mut id)]) }?;
    bites("has a timer")
}
