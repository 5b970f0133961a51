#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "socket-unix",
    tries: "Makes a local socket, the way to services of the host.",
    source: "unix(7)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["socket"]),
};

fn attempt(_: &Scene) -> Outcome {
    let kind = [libc::AF_UNIX as u64, libc::SOCK_STREAM as u64, 0];
    // SAFETY: socket(2) takes integers.
    unsafe { call(libc::SYS_socket, kind) }?;
    bites("made a socket")
}
