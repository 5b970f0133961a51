#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Miss, Need, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "read-other",
    tries: "Reads a secret from another cell's memory.",
    source: "process_vm_readv(2)",
    needs: &[Need::Victim],
    attempt,
    refused: Refused::Syscalls(&["process_vm_readv"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let mut word = 0u64;
    let near = libc::iovec { iov_base: (&raw mut word).cast(), iov_len: 8 };
    let far = libc::iovec { iov_base: scene.victim.address as *mut _, iov_len: 8 };
    let what = [scene.victim.pid as u64, at(&raw const near), 1, at(&raw const far), 1];
    // SAFETY: process_vm_readv(2) writes 8 bytes to a live u64; the far address is the other's.
    unsafe { call(libc::SYS_process_vm_readv, what) }?;
    if word == scene.victim.secret { bites("read the secret") } else { Err(Miss::Nothing) }
}
