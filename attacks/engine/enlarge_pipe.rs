#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "enlarge-pipe",
    tries: "Enlarges the pipe of its captured output, at the host's cost.",
    source: "fcntl(2), F_SETPIPE_SZ",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["fcntl"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: this command takes integers.
    unsafe { call(libc::SYS_fcntl, [1, libc::F_SETPIPE_SZ as u64, 1 << 17]) }?;
    bites("has a larger pipe")
}
