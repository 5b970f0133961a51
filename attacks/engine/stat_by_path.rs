#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "stat-by-path",
    tries: "Slips a path into the form of stat(2) that is meant for open files.",
    source: "newfstatat(2): with AT_EMPTY_PATH a path that is not empty is looked up; Landlock does not cover stat",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["newfstatat"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: all-zero is a valid value of this struct of integers.
    let mut facts: libc::stat = unsafe { std::mem::zeroed() };
    let empty = libc::AT_EMPTY_PATH as u64;
    // SAFETY: newfstatat(2) reads the path and writes one live `struct stat`.
    unsafe {
        call(libc::SYS_newfstatat, [HERE, at(c"/etc/shadow".as_ptr()), at(&raw mut facts), empty])
    }?;
    bites(format!("/etc/shadow holds {} bytes", facts.st_size))
}
