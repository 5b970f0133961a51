#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "share-queue",
    tries: "Makes a System V message queue, which outlives its process.",
    source: "msgget(2), CVE-2021-22555 sprayed with them",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["msgget"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: msgget(2) takes integers.
    let id = unsafe { call(libc::SYS_msgget, [libc::IPC_PRIVATE as u64, 0o600]) }?;
    // SAFETY: msgctl(2) with IPC_RMID takes integers; nothing uses the object.
    unsafe { libc::syscall(libc::SYS_msgctl, id, libc::IPC_RMID, 0) };
    bites("had a queue")
}
