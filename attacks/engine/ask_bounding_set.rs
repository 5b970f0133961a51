#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "ask-bounding-set",
    tries: "Asks which capabilities it could gain.",
    source: "prctl(2), PR_CAPBSET_READ",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["prctl"]),
};

fn attempt(_: &Scene) -> Outcome {
    let what = [libc::PR_CAPBSET_READ as u64, 21];
    // SAFETY: this option takes integers.
    unsafe { call(libc::SYS_prctl, what) }?;
    bites("knows its bounding set")
}
