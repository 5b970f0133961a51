#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "socket-pair",
    tries: "Makes a pair of sockets, to carry descriptors in circles.",
    source: "socketpair(2); the collector of unix(7), CVE-2021-0920",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["socketpair"]),
};

fn attempt(_: &Scene) -> Outcome {
    let mut pair = [0i32; 2];
    let kind = [libc::AF_UNIX as u64, libc::SOCK_STREAM as u64, 0, at(pair.as_mut_ptr())];
    // SAFETY: socketpair(2) writes two ints to a live array of two.
    unsafe { call(libc::SYS_socketpair, kind) }?;
    bites(format!("has a pair, {} descriptors", pair.len()))
}
