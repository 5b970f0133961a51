#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "memory-file-huge",
    tries: "Makes a memory file of huge pages, which no memory limit counts as its own.",
    source: "memfd_create(2), MFD_HUGETLB",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["memfd_create"]),
};

fn attempt(_: &Scene) -> Outcome {
    let flags = u64::from(libc::MFD_HUGETLB);
    // SAFETY: memfd_create(2) reads a name, here a static C string.
    unsafe { call(libc::SYS_memfd_create, [at(c"attack".as_ptr()), flags]) }?;
    bites("has a file of huge pages")
}
