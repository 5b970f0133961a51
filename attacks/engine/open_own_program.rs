#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "open-own-program",
    tries: "Opens the file that it was started from, to overwrite it later.",
    source: "runc CVE-2019-5736",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["openat"]),
};

fn attempt(_: &Scene) -> Outcome {
    let path = c"/proc/self/exe";
    // SAFETY: openat(2) reads a path, here a static C string; read-only, so nothing can change.
    unsafe { call(libc::SYS_openat, [HERE, at(path.as_ptr()), libc::O_RDONLY as u64]) }?;
    bites("opened the host's program")
}
