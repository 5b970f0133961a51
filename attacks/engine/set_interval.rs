#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "set-interval",
    tries: "Sets an interval timer, here to none.",
    source: "setitimer(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["setitimer"]),
};

/// Disarms the timer.
static NONE: [u64; 4] = [0; 4];

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: setitimer(2) reads a `struct itimerval`, 32 bytes, and allows a null old one.
    unsafe { call(libc::SYS_setitimer, [libc::ITIMER_VIRTUAL as u64, at(NONE.as_ptr())]) }?;
    bites("set a timer")
}
