#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, call, fill};

pub(super) const ATTACK: Attack = Attack {
    name: "take-shared-memory",
    tries: "Takes four times the memory that it may, as shared memory.",
    source: "mmap(2), MAP_SHARED; RLIMIT_DATA counts private memory only",
    needs: &[],
    attempt,
    refused: Refused::Limited,
};

fn attempt(_: &Scene) -> Outcome {
    let anonymous = (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as u64;
    let write = (libc::PROT_READ | libc::PROT_WRITE) as u64;
    fill(|| {
        // SAFETY: mmap(2) of new anonymous memory at a free address touches no other memory.
        let piece = unsafe { call(libc::SYS_mmap, [0, 1 << 20, write, anonymous, u64::MAX]) }?;
        // SAFETY: the memory is new, writable and of this length.
        unsafe { std::ptr::write_bytes(piece as *mut u8, 1, 1 << 20) };
        Ok(())
    })
}
