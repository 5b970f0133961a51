#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "own-signals",
    tries: "Chooses who gets the gateway's signals, here its host.",
    source: "fcntl(2), F_SETOWN",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["fcntl"]),
};

fn attempt(scene: &Scene) -> Outcome {
    // No signal is sent before O_ASYNC is set.
    // SAFETY: this command takes integers.
    unsafe { call(libc::SYS_fcntl, [3, libc::F_SETOWN as u64, scene.host as u64]) }?;
    bites("chose who is signalled")
}
