#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "become-dumpable",
    tries: "Lets other processes look into it and leave a core dump.",
    source: "prctl(2), PR_SET_DUMPABLE",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["prctl"]),
};

fn attempt(_: &Scene) -> Outcome {
    let what = [libc::PR_SET_DUMPABLE as u64, 1];
    // SAFETY: this option takes integers.
    unsafe { call(libc::SYS_prctl, what) }?;
    bites("is dumpable")
}
