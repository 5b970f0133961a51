#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "userfaultfd",
    tries: "Handles its own page faults, to halt the kernel in the middle of its work.",
    source: "userfaultfd(2); allowed in codex, srt, bwrap and nsjail (measured)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["userfaultfd"]),
};

fn attempt(_: &Scene) -> Outcome {
    /// `UFFD_USER_MODE_ONLY`, which needs no privilege.
    const USER_MODE_ONLY: u64 = 1;
    // SAFETY: userfaultfd(2) takes flags.
    unsafe { call(libc::SYS_userfaultfd, [USER_MODE_ONLY]) }?;
    bites("may handle page faults")
}
