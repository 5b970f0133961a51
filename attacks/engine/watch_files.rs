#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "watch-files",
    tries: "Watches what others do with files.",
    source: "inotify(7)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["inotify_init1"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: inotify_init1(2) takes flags.
    unsafe { call(libc::SYS_inotify_init1, []) }?;
    bites("may watch files")
}
