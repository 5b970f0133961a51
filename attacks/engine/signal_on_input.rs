#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "signal-on-input",
    tries: "Makes the gateway send signals.",
    source: "fcntl(2), F_SETFL with O_ASYNC",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["fcntl"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: this command takes integers.
    unsafe { call(libc::SYS_fcntl, [3, libc::F_SETFL as u64, libc::O_ASYNC as u64]) }?;
    // SAFETY: as above; back to no flag at all.
    unsafe { call(libc::SYS_fcntl, [3, libc::F_SETFL as u64]) }?;
    bites("the gateway sends signals")
}
