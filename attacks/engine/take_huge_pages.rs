#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Miss, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "take-huge-pages",
    tries: "Takes a huge page, which is no part of what a memory limit counts.",
    source: "mmap(2), MAP_HUGETLB",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["mmap"]),
};

fn attempt(_: &Scene) -> Outcome {
    let kind = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_HUGETLB) as u64;
    let write = (libc::PROT_READ | libc::PROT_WRITE) as u64;
    // SAFETY: mmap(2) of new anonymous memory at a free address touches no other memory.
    match unsafe { call(libc::SYS_mmap, [0, 2 << 20, write, kind, u64::MAX]) } {
        Err(libc::ENOMEM) => Err(Miss::NotHere("the machine keeps no huge pages".to_owned())),
        Err(errno) => Err(Miss::Refused(errno)),
        Ok(_) => bites("has a huge page"),
    }
}
