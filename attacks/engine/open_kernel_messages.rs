#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "open-kernel-messages",
    tries: "Opens the kernel's message buffer.",
    source: "dev-kmsg of the kernel's ABI documents",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["openat"]),
};

fn attempt(_: &Scene) -> Outcome {
    let path = c"/dev/kmsg";
    let flags = (libc::O_RDONLY | libc::O_NONBLOCK) as u64;
    // SAFETY: openat(2) reads a path, here a static C string, and writes no memory.
    unsafe { call(libc::SYS_openat, [HERE, at(path.as_ptr()), flags]) }?;
    bites("opened /dev/kmsg")
}
