#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "open-legacy",
    tries: "Opens a file by the oldest call for it, which a filter on openat forgets.",
    source: "open(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["open"]),
};

fn attempt(_: &Scene) -> Outcome {
    let path = c"/etc/passwd";
    // SAFETY: open(2) reads a path, here a static C string, and writes no memory.
    unsafe { call(libc::SYS_open, [at(path.as_ptr()), libc::O_RDONLY as u64]) }?;
    bites("opened /etc/passwd")
}
