#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "share-message-queue",
    tries: "Makes a POSIX message queue, which outlives its process.",
    source: "mq_open(3)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["mq_open"]),
};

fn attempt(_: &Scene) -> Outcome {
    let name = format!("aether-attack-{}", std::process::id());
    let name = std::ffi::CString::new(name).unwrap_or_default();
    let flags = (libc::O_CREAT | libc::O_EXCL | libc::O_RDWR) as u64;
    // SAFETY: mq_open(2) reads a name, a live C string, and allows null attributes.
    unsafe { call(libc::SYS_mq_open, [at(name.as_ptr()), flags, 0o600]) }?;
    // SAFETY: mq_unlink(2) reads a name, a live C string.
    unsafe { libc::syscall(libc::SYS_mq_unlink, name.as_ptr()) };
    bites("had a queue")
}
