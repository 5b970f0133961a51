#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "send-urgent",
    tries: "Sends a byte out of band through the gateway.",
    source: "send(2), MSG_OOB; CVE-2025-38236, by which code in Chrome's renderer became the kernel",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["sendto"]),
};

fn attempt(_: &Scene) -> Outcome {
    let byte = b"!";
    let what = [3, at(byte.as_ptr()), 1, (libc::MSG_OOB | libc::MSG_NOSIGNAL) as u64];
    // SAFETY: sendto(2) reads one live byte and allows a null address.
    unsafe { call(libc::SYS_sendto, what) }?;
    bites("sent a byte out of band")
}
