#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "outlive-host",
    tries: "Asks not to be ended with its host.",
    source: "prctl(2), PR_SET_PDEATHSIG; orphans of sandlock issue 252",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["prctl"]),
};

fn attempt(_: &Scene) -> Outcome {
    let what = [libc::PR_SET_PDEATHSIG as u64, 0];
    // SAFETY: this option takes integers.
    unsafe { call(libc::SYS_prctl, what) }?;
    bites("would outlive its host")
}
