#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "read-self",
    tries: "Reads its own memory by the call for other processes.",
    source: "process_vm_readv(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["process_vm_readv"]),
};

fn attempt(_: &Scene) -> Outcome {
    let (mut to, from) = (0u64, 7u64);
    let near = libc::iovec { iov_base: (&raw mut to).cast(), iov_len: 8 };
    let far = libc::iovec { iov_base: (&raw const from).cast_mut().cast(), iov_len: 8 };
    let me = u64::from(std::process::id());
    let what = [me, at(&raw const near), 1, at(&raw const far), 1];
    // SAFETY: process_vm_readv(2) of this process writes 8 bytes to a live u64 and only reads the
    // far one.
    unsafe { call(libc::SYS_process_vm_readv, what) }?;
    bites(format!("read {to}"))
}
