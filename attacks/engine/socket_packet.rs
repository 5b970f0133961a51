#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "socket-packet",
    tries: "Makes a socket that hears every packet of the machine.",
    source: "packet(7), CVE-2017-7308",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["socket"]),
};

fn attempt(_: &Scene) -> Outcome {
    let kind = [libc::AF_PACKET as u64, libc::SOCK_RAW as u64, 0];
    // SAFETY: socket(2) takes integers.
    unsafe { call(libc::SYS_socket, kind) }?;
    bites("made a socket")
}
