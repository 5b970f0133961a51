#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use rustix::net::{AddressFamily, SocketType, socket};

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "connect-abstract",
    tries: "Connects to an abstract socket, which no file tree holds back.",
    source: "unix(7); greywall issue 55, CVE-2020-15257",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["connect"]),
};

const NAME: &[u8; 14] = b"\0aether-attack";

fn attempt(scene: &Scene) -> Outcome {
    let _listener = scene.prepare("a listener", || {
        UnixListener::bind_addr(&SocketAddr::from_abstract_name(&NAME[1..])?)
    })?;
    let socket =
        scene.prepare("a socket", || socket(AddressFamily::UNIX, SocketType::STREAM, None))?;
    let socket = socket.as_ref().map_or(3, AsRawFd::as_raw_fd);
    // `struct sockaddr_un`: the family, then the name.
    let mut address = [0u8; 16];
    address[..2].copy_from_slice(&(libc::AF_UNIX as u16).to_ne_bytes());
    address[2..].copy_from_slice(NAME);
    // SAFETY: connect(2) reads an address of the given length from a live array of as many bytes.
    unsafe { call(libc::SYS_connect, [socket as u64, at(address.as_ptr()), 16]) }?;
    bites("connected to an abstract socket")
}
