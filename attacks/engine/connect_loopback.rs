#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::net::TcpListener;
use std::os::fd::AsRawFd;

use rustix::net::{AddressFamily, SocketType, socket};

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "connect-loopback",
    tries: "Connects to a service on the machine's own address.",
    source: "connect(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["connect"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let listener = scene.prepare("a listener", || TcpListener::bind("127.0.0.1:0"))?;
    let port = listener.as_ref().and_then(|l| l.local_addr().ok()).map_or(80, |a| a.port());
    let socket =
        scene.prepare("a socket", || socket(AddressFamily::INET, SocketType::STREAM, None))?;
    let socket = socket.as_ref().map_or(3, AsRawFd::as_raw_fd);
    // SAFETY: all-zero is a valid value of this struct of integers.
    let mut address: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    address.sin_family = libc::AF_INET as u16;
    address.sin_addr.s_addr = u32::from_ne_bytes([127, 0, 0, 1]);
    address.sin_port = port.to_be();
    // SAFETY: connect(2) reads an address of the given length from a live value of that size.
    unsafe { call(libc::SYS_connect, [socket as u64, at(&raw const address), 16]) }?;
    bites("connected to 127.0.0.1")
}
