#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "map-executable",
    tries: "Maps memory that it can write and execute.",
    source: "mmap(2); the first step of injected code",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["mmap"]),
};

fn attempt(_: &Scene) -> Outcome {
    let all = (libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC) as u64;
    let anonymous = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as u64;
    // SAFETY: mmap(2) of a new anonymous page at a free address touches no other memory.
    unsafe { call(libc::SYS_mmap, [0, 4096, all, anonymous, u64::MAX]) }?;
    bites("has a page to write and execute")
}
