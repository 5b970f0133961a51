#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "adjust-clock",
    tries: "Reads the clock by the call that could also change it.",
    source: "clock_adjtime(2) with no modes",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["clock_adjtime"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: all-zero is a valid value of this struct of integers; no modes means no change.
    let mut state: libc::timex = unsafe { std::mem::zeroed() };
    let what = [libc::CLOCK_REALTIME as u64, at(&raw mut state)];
    // SAFETY: clock_adjtime(2) reads and writes one live `struct timex`.
    unsafe { call(libc::SYS_clock_adjtime, what) }?;
    bites("the clock answered")
}
