#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Need, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "ask-robust-list",
    tries: "Asks for an address in another cell's memory, to break its randomised layout.",
    source: "get_robust_list(2), which told everyone before Linux 3.4",
    needs: &[Need::Victim],
    attempt,
    refused: Refused::Syscalls(&["get_robust_list"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let (mut head, mut length) = (0u64, 0u64);
    let what = [scene.victim.pid as u64, at(&raw mut head), at(&raw mut length)];
    // SAFETY: get_robust_list(2) writes an address and a size to two live u64.
    unsafe { call(libc::SYS_get_robust_list, what) }?;
    bites(format!("has an address: {}", head != 0))
}
