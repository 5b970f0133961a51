#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "make-poller",
    tries: "Makes a set of descriptors to wait for, a source of kernel bugs.",
    source: "epoll(7), CVE-2019-2215",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["epoll_create1"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: epoll_create1(2) takes flags.
    unsafe { call(libc::SYS_epoll_create1, []) }?;
    bites("has a set")
}
