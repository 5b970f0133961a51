#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Miss, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "merge-pages",
    tries: "Has equal pages of all processes merged, to learn what others hold.",
    source: "madvise(2), MADV_MERGEABLE; CVE-2015-2877",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["madvise"]),
};

fn attempt(_: &Scene) -> Outcome {
    let anonymous = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as u64;
    let write = (libc::PROT_READ | libc::PROT_WRITE) as u64;
    // SAFETY: mmap(2) of a new anonymous page at a free address touches no other memory.
    let page = unsafe { call(libc::SYS_mmap, [0, 4096, write, anonymous, u64::MAX]) }?;
    // SAFETY: madvise(2) with MADV_MERGEABLE changes no byte.
    match unsafe { call(libc::SYS_madvise, [page, 4096, libc::MADV_MERGEABLE as u64]) } {
        Err(libc::EINVAL) => Err(Miss::NotHere("the kernel merges no pages".to_owned())),
        Err(errno) => Err(Miss::Refused(errno)),
        Ok(_) => bites("its pages are merged"),
    }
}
