#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "ask-peer",
    tries: "Asks the gateway who its host is.",
    source: "unix(7), SO_PEERCRED",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["getsockopt"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let mut who = [0i32; 3];
    let mut length = size_of_val(&who) as u32;
    let option = [libc::SOL_SOCKET as u64, libc::SO_PEERCRED as u64];
    let to = [3, option[0], option[1], at(who.as_mut_ptr()), at(&raw mut length)];
    // SAFETY: getsockopt(2) writes at most `length` bytes to a live array of as many.
    unsafe { call(libc::SYS_getsockopt, to) }?;
    bites(format!("the host has another number: {}", who[0] != scene.host))
}
