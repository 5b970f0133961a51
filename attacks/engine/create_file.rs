#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "create-file",
    tries: "Creates a file in the folder for temporary files.",
    source: "openat(2) with O_CREAT",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["openat"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let path = scene.scratch();
    let flags = (libc::O_CREAT | libc::O_EXCL | libc::O_WRONLY) as u64;
    // SAFETY: openat(2) reads a path, a live C string, and writes no memory.
    unsafe { call(libc::SYS_openat, [HERE, at(path.as_ptr()), flags, 0o600]) }?;
    let removed = std::fs::remove_file(path.to_str().unwrap_or_default());
    bites(format!("made a file; removed: {}", removed.is_ok()))
}
