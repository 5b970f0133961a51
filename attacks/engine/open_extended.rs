#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "open-extended",
    tries: "Opens a file by the newest call for it, whose flags are behind a pointer.",
    source: "openat2(2); a filter on openat forgets it",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["openat2"]),
};

fn attempt(_: &Scene) -> Outcome {
    let path = c"/etc/passwd";
    // `struct open_how`: flags, mode, resolve.
    let how = [libc::O_RDONLY as u64, 0, 0];
    // SAFETY: openat2(2) reads a path and a `struct open_how` of the given size, both live, and
    // writes no memory.
    unsafe { call(libc::SYS_openat2, [HERE, at(path.as_ptr()), at(&raw const how), 24]) }?;
    bites("opened /etc/passwd")
}
