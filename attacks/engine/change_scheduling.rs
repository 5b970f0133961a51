#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "change-scheduling",
    tries: "Changes how it is scheduled, here to the modest way.",
    source: "sched_setscheduler(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["sched_setscheduler"]),
};

fn attempt(_: &Scene) -> Outcome {
    let priority = 0i32;
    let what = [0, libc::SCHED_BATCH as u64, at(&raw const priority)];
    // SAFETY: sched_setscheduler(2) reads one live int.
    unsafe { call(libc::SYS_sched_setscheduler, what) }?;
    bites("is scheduled as it likes")
}
