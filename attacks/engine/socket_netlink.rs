#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "socket-netlink",
    tries: "Makes a socket to the kernel's network settings.",
    source: "netlink(7)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["socket"]),
};

fn attempt(_: &Scene) -> Outcome {
    let kind = [libc::AF_NETLINK as u64, libc::SOCK_RAW as u64, 0];
    // SAFETY: socket(2) takes integers.
    unsafe { call(libc::SYS_socket, kind) }?;
    bites("made a socket")
}
