#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::AsRawFd;

use rustix::fs::{MemfdFlags, ftruncate, memfd_create};

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "map-twice",
    tries: "Maps one memory file twice, to write by one view and execute by the other.",
    source: "memfd_create(2), mmap(2); the usual way around a ban of writable and executable memory",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["mmap"]),
};

fn attempt(_: &Scene) -> Outcome {
    let file = memfd_create(c"attack", MemfdFlags::empty()).map_err(|e| e.raw_os_error())?;
    ftruncate(&file, 4096).map_err(|e| e.raw_os_error())?;
    let view = |protection: i32| {
        let file = file.as_raw_fd() as u64;
        // SAFETY: mmap(2) of a file at a free address touches no other memory.
        unsafe { call(libc::SYS_mmap, [0, 4096, protection as u64, libc::MAP_SHARED as u64, file]) }
    };
    view(libc::PROT_READ | libc::PROT_WRITE)?;
    view(libc::PROT_READ | libc::PROT_EXEC)?;
    bites("has one page to write and to execute")
}
