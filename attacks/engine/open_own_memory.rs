#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::FromRawFd;
use std::os::unix::fs::FileExt;

use crate::{Attack, HERE, Miss, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "open-own-memory",
    tries: "Opens its own memory as a file, by which even read-only pages can be written.",
    source: "proc(5), /proc/pid/mem; the way around W^X of many engine exploits",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["openat"]),
};

/// On a read-only page.
static WORD: [u8; 8] = *b"the word";

fn attempt(_: &Scene) -> Outcome {
    let path = c"/proc/self/mem";
    // SAFETY: openat(2) reads a path, here a static C string, and writes no memory.
    let file = unsafe { call(libc::SYS_openat, [HERE, at(path.as_ptr()), libc::O_RDWR as u64]) }?;
    // SAFETY: the descriptor is new and nobody else's.
    let file = unsafe { std::fs::File::from_raw_fd(file as i32) };
    // The bytes that are there: nothing changes.
    file.write_all_at(b"the word", at(&raw const WORD))
        .map_err(|error| Miss::Refused(error.raw_os_error().unwrap_or(0)))?;
    bites("wrote to a read-only page of its own")
}
