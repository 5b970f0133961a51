#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "memory-file-executable",
    tries: "Makes a memory file that is meant to be executed.",
    source: "memfd_create(2), MFD_EXEC",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["memfd_create"]),
};

fn attempt(_: &Scene) -> Outcome {
    let flags = u64::from(libc::MFD_EXEC);
    // SAFETY: memfd_create(2) reads a name, here a static C string.
    unsafe { call(libc::SYS_memfd_create, [at(c"attack".as_ptr()), flags]) }?;
    bites("has an executable file")
}
