#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "make-executable-by-key",
    tries: "Makes memory executable by the call for protection keys.",
    source: "pkey_mprotect(2); a filter on mprotect forgets it",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["pkey_mprotect"]),
};

fn attempt(_: &Scene) -> Outcome {
    let anonymous = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as u64;
    let write = (libc::PROT_READ | libc::PROT_WRITE) as u64;
    // SAFETY: mmap(2) of a new anonymous page at a free address touches no other memory.
    let page = unsafe { call(libc::SYS_mmap, [0, 4096, write, anonymous, u64::MAX]) }?;
    let execute = (libc::PROT_READ | libc::PROT_EXEC) as u64;
    // SAFETY: pkey_mprotect(2), with key -1 the same as mprotect(2), changes a page that nothing
    // else uses.
    unsafe { call(libc::SYS_pkey_mprotect, [page, 4096, execute, u64::MAX]) }?;
    bites("has an executable page")
}
