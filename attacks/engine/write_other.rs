#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Need, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "write-other",
    tries: "Writes into another cell's memory, here what is there.",
    source: "process_vm_writev(2)",
    needs: &[Need::Victim],
    attempt,
    refused: Refused::Syscalls(&["process_vm_writev"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let mut word = scene.victim.secret;
    let near = libc::iovec { iov_base: (&raw mut word).cast(), iov_len: 8 };
    let far = libc::iovec { iov_base: scene.victim.address as *mut _, iov_len: 8 };
    let what = [scene.victim.pid as u64, at(&raw const near), 1, at(&raw const far), 1];
    // SAFETY: process_vm_writev(2) reads 8 bytes from a live u64; the far address is the other's.
    unsafe { call(libc::SYS_process_vm_writev, what) }?;
    bites("wrote into another process")
}
