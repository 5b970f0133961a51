#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "socket-crypto",
    tries: "Makes a socket to the kernel's ciphers, a large attack surface.",
    source: "AF_ALG of the kernel's crypto documents, CVE-2017-17806",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["socket"]),
};

fn attempt(_: &Scene) -> Outcome {
    let kind = [libc::AF_ALG as u64, libc::SOCK_SEQPACKET as u64, 0];
    // SAFETY: socket(2) takes integers.
    unsafe { call(libc::SYS_socket, kind) }?;
    bites("made a socket")
}
