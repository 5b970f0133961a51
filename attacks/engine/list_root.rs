#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::{AsRawFd, OwnedFd};

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "list-root",
    tries: "Lists the root folder.",
    source: "getdents64(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["getdents64"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let root = scene.prepare("the root", || std::fs::File::open("/").map(OwnedFd::from))?;
    let root = root.as_ref().map_or(3, OwnedFd::as_raw_fd);
    let mut entries = [0u8; 1024];
    let to = [root as u64, at(entries.as_mut_ptr()), 1024];
    // SAFETY: getdents64(2) writes at most 1024 bytes to a live array of as many.
    let length = unsafe { call(libc::SYS_getdents64, to) }?;
    bites(format!("{} bytes of entries", entries[..length as usize].len()))
}
