#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Miss, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "invite-tracer",
    tries: "Invites every process to trace it.",
    source: "prctl(2), PR_SET_PTRACER: the key to Yama's lock",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["prctl"]),
};

fn attempt(_: &Scene) -> Outcome {
    let what = [libc::PR_SET_PTRACER as u64, u64::MAX];
    // SAFETY: this option takes integers.
    match unsafe { call(libc::SYS_prctl, what) } {
        Err(libc::EINVAL) => Err(Miss::NotHere("the kernel has no Yama".to_owned())),
        Err(errno) => Err(Miss::Refused(errno)),
        Ok(_) => bites("is open to tracers"),
    }
}
