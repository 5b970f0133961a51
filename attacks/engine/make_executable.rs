#![allow(unsafe_code, reason = "the attack makes and calls machine code")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "make-executable",
    tries: "Writes code and makes it executable.",
    source: "mprotect(2); the second step of injected code",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["mprotect"]),
};

/// Returns 42, as machine code.
#[cfg(target_arch = "x86_64")]
const CODE: [u8; 6] = [0xb8, 42, 0, 0, 0, 0xc3];
/// Returns 42, as machine code.
#[cfg(target_arch = "aarch64")]
const CODE: [u8; 8] = [0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6];

fn attempt(_: &Scene) -> Outcome {
    let anonymous = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as u64;
    let write = (libc::PROT_READ | libc::PROT_WRITE) as u64;
    // SAFETY: mmap(2) of a new anonymous page at a free address touches no other memory.
    let page = unsafe { call(libc::SYS_mmap, [0, 4096, write, anonymous, u64::MAX]) }?;
    // SAFETY: the page is new, writable and longer than the code.
    unsafe { std::ptr::copy_nonoverlapping(CODE.as_ptr(), page as *mut u8, CODE.len()) };
    let execute = (libc::PROT_READ | libc::PROT_EXEC) as u64;
    // SAFETY: mprotect(2) changes a page that nothing else uses.
    unsafe { call(libc::SYS_mprotect, [page, 4096, execute]) }?;
    // SAFETY: the page holds a function without arguments that returns an i32 by the C convention.
    let function = unsafe { std::mem::transmute::<u64, extern "C" fn() -> i32>(page) };
    bites(format!("ran its own code, which said {}", function()))
}
