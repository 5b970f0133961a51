#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "change-groups",
    tries: "Drops its groups, to pass where a group is kept out.",
    source: "setgroups(2), CVE-2014-8989",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["setgroups"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: setgroups(2) with length 0 allows a null list.
    unsafe { call(libc::SYS_setgroups, []) }?;
    bites("has no groups")
}
