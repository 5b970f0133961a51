#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "adopt-orphans",
    tries: "Becomes the parent of orphaned processes.",
    source: "prctl(2), PR_SET_CHILD_SUBREAPER",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["prctl"]),
};

fn attempt(_: &Scene) -> Outcome {
    let what = [libc::PR_SET_CHILD_SUBREAPER as u64, 1];
    // SAFETY: this option takes integers.
    unsafe { call(libc::SYS_prctl, what) }?;
    bites("adopts orphans")
}
