#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "share-semaphore",
    tries: "Makes a System V semaphore, which outlives its process.",
    source: "semget(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["semget"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: semget(2) takes integers.
    let id = unsafe { call(libc::SYS_semget, [libc::IPC_PRIVATE as u64, 1, 0o600]) }?;
    // SAFETY: semctl(2) with IPC_RMID takes integers; nothing uses the object.
    unsafe { libc::syscall(libc::SYS_semctl, id, 0, libc::IPC_RMID) };
    bites("had a semaphore")
}
