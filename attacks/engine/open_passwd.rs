#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "open-passwd",
    tries: "Opens a file that every user of the machine may read.",
    source: "openat(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["openat"]),
};

fn attempt(_: &Scene) -> Outcome {
    let path = c"/etc/passwd";
    // SAFETY: openat(2) reads a path, here a static C string, and writes no memory.
    unsafe { call(libc::SYS_openat, [HERE, at(path.as_ptr()), libc::O_RDONLY as u64]) }?;
    bites("opened /etc/passwd")
}
