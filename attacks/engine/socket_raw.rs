#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "socket-raw",
    tries: "Makes a socket for handmade packets.",
    source: "raw(7)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["socket"]),
};

fn attempt(_: &Scene) -> Outcome {
    let kind = [libc::AF_INET as u64, libc::SOCK_RAW as u64, libc::IPPROTO_ICMP as u64];
    // SAFETY: socket(2) takes integers.
    unsafe { call(libc::SYS_socket, kind) }?;
    bites("made a socket")
}
