#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "change-segments",
    tries: "Reads its local descriptor table, a little-used part of the kernel.",
    source: "modify_ldt(2), CVE-2017-17053",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["modify_ldt"]),
};

fn attempt(_: &Scene) -> Outcome {
    let mut table = [0u8; 64];
    // SAFETY: with function 0 modify_ldt(2) writes at most 64 bytes to a live array of as many.
    unsafe { call(libc::SYS_modify_ldt, [0, at(table.as_mut_ptr()), 64]) }?;
    bites("read its table")
}
