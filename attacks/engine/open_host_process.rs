#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "open-host-process",
    tries: "Opens a handle to its host's process.",
    source: "pidfd_open(2); allowed in codex, srt, bwrap and nsjail (measured)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["pidfd_open"]),
};

fn attempt(scene: &Scene) -> Outcome {
    // SAFETY: pidfd_open(2) takes integers.
    unsafe { call(libc::SYS_pidfd_open, [scene.host as u64]) }?;
    bites("holds its host")
}
