#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "open-host-environment",
    tries: "Opens the environment of its host, where secrets live.",
    source: "proc(5), /proc/pid/environ; srt leaked a planted secret (measured)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["openat"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let path = format!("/proc/{}/environ", scene.host);
    let path = std::ffi::CString::new(path).unwrap_or_default();
    // SAFETY: openat(2) reads a path, a live C string, and writes no memory.
    unsafe { call(libc::SYS_openat, [HERE, at(path.as_ptr()), libc::O_RDONLY as u64]) }?;
    bites("opened the host's environment")
}
