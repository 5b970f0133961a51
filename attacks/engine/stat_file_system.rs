#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "stat-file-system",
    tries: "Asks for the size of the machine's file system.",
    source: "statfs(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["statfs"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: all-zero is a valid value of this struct of integers.
    let mut facts: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: statfs(2) reads the path and writes one live `struct statfs`.
    unsafe { call(libc::SYS_statfs, [at(c"/".as_ptr()), at(&raw mut facts)]) }?;
    bites(format!("{} blocks", facts.f_blocks))
}
