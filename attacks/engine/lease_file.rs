#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::AsRawFd;

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "lease-file",
    tries: "Takes a lease on a file, which halts whoever opens it.",
    source: "fcntl(2), F_SETLEASE",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["fcntl"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let scratch = scene.scratch_file()?;
    let file = scene
        .prepare("its file", || std::fs::File::open(scratch.path.to_str().unwrap_or_default()))?;
    let file = file.as_ref().map_or(3, AsRawFd::as_raw_fd) as u64;
    // SAFETY: this command takes integers.
    unsafe { call(libc::SYS_fcntl, [file, libc::F_SETLEASE as u64, libc::F_RDLCK as u64]) }?;
    bites("has a lease")
}
