#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::AsRawFd;

use rustix::net::{AddressFamily, SocketType, socket};

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "bind-loopback",
    tries: "Waits for connections on the machine's own address.",
    source: "bind(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["bind"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let socket =
        scene.prepare("a socket", || socket(AddressFamily::INET, SocketType::STREAM, None))?;
    let socket = socket.as_ref().map_or(3, AsRawFd::as_raw_fd);
    // SAFETY: all-zero is a valid value of this struct of integers.
    let mut address: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    address.sin_family = libc::AF_INET as u16;
    address.sin_addr.s_addr = u32::from_ne_bytes([127, 0, 0, 1]);
    // SAFETY: bind(2) reads an address of the given length from a live value of that size.
    unsafe { call(libc::SYS_bind, [socket as u64, at(&raw const address), 16]) }?;
    bites("holds a port of 127.0.0.1")
}
