#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "share-memory",
    tries: "Makes System V shared memory, which outlives its process.",
    source: "shmget(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["shmget"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: shmget(2) takes integers.
    let id = unsafe { call(libc::SYS_shmget, [libc::IPC_PRIVATE as u64, 4096, 0o600]) }?;
    // SAFETY: shmctl(2) with IPC_RMID takes integers; nothing uses the object.
    unsafe { libc::syscall(libc::SYS_shmctl, id, libc::IPC_RMID, 0) };
    bites("had shared memory")
}
