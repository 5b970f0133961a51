#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "take-capabilities",
    tries: "Sets its capabilities, here to those that it has.",
    source: "capset(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["capset"]),
};

fn attempt(scene: &Scene) -> Outcome {
    // `struct __user_cap_header_struct` of version 3, this thread; then two data words.
    let header = [0x2008_0522u32, 0];
    let mut sets = [0u32; 6];
    scene.prepare("its capabilities", || {
        // SAFETY: capget(2) reads the header and writes two data structs of 12 bytes, all live.
        let got = unsafe { libc::syscall(libc::SYS_capget, header.as_ptr(), sets.as_mut_ptr()) };
        if got != 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
    })?;
    // SAFETY: capset(2) reads the header and two data structs of 12 bytes, all live.
    unsafe { call(libc::SYS_capset, [at(header.as_ptr()), at(sets.as_ptr())]) }?;
    bites("set its capabilities")
}
