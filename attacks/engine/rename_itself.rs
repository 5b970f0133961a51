#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "rename-itself",
    tries: "Takes another name, to hide among the host's processes.",
    source: "prctl(2), PR_SET_NAME",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["prctl"]),
};

fn attempt(_: &Scene) -> Outcome {
    let what = [libc::PR_SET_NAME as u64, at(c"aether-cell".as_ptr())];
    // SAFETY: PR_SET_NAME reads a C string, here a static one.
    unsafe { call(libc::SYS_prctl, what) }?;
    bites("named itself")
}
