#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "new-user-namespace",
    tries: "Makes a user namespace, to be root in it.",
    source: "unshare(2); allowed in codex, srt, bwrap, nsjail and firejail (measured)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["unshare"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: unshare(2) takes flags; CLONE_FILES is not among them.
    unsafe { call(libc::SYS_unshare, [libc::CLONE_NEWUSER as u64]) }?;
    bites("is root of a namespace")
}
