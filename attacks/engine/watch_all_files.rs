#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "watch-all-files",
    tries: "Watches what others do with files, for whole file systems.",
    source: "fanotify(7), FAN_REPORT_FID",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["fanotify_init"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: fanotify_init(2) takes flags.
    unsafe { call(libc::SYS_fanotify_init, [0x201]) }?;
    bites("may watch files")
}
