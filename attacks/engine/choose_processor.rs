#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "choose-processor",
    tries: "Chooses on which processor it runs, to sit beside a victim.",
    source: "sched_setaffinity(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["sched_setaffinity"]),
};

fn attempt(_: &Scene) -> Outcome {
    // Any of the first 64: no change on a smaller machine.
    let processors = u64::MAX;
    // SAFETY: sched_setaffinity(2) reads as many bytes as it is told, from a live u64.
    unsafe { call(libc::SYS_sched_setaffinity, [0, 8, at(&raw const processors)]) }?;
    bites("chose its processors")
}
