//! The host's end of the socket.

use std::collections::VecDeque;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::process::Command;

use aether_protocol::FrameReader;
use rustix::fs::{MemfdFlags, SealFlags};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, socketpair,
};

/// A host's end.
pub type HostEnd = OwnedFd;

/// What a cell runs on.
pub type CellEnd = OwnedFd;

/// Both ends.
pub fn ends() -> (HostEnd, CellEnd) {
    socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap()
}

/// Gives a cell's end to a program.
pub fn give(program: &mut Command, end: CellEnd) {
    program.stdin(end);
}

/// The end that this program was given.
pub fn given() -> CellEnd {
    std::io::stdin().as_fd().try_clone_to_owned().unwrap()
}

pub struct Wire {
    socket: HostEnd,
    frames: FrameReader,
    descriptors: VecDeque<OwnedFd>,
    /// How many payloads came as descriptors.
    pub blobs: usize,
}

impl Wire {
    pub fn new(socket: HostEnd) -> Self {
        Self { socket, frames: FrameReader::default(), descriptors: VecDeque::new(), blobs: 0 }
    }

    /// The next line; `None` when the cell hung up.
    pub fn line(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(line) = self.frames.next_frame().unwrap() {
                return Some(line.to_vec());
            }
            let mut buffer = vec![0; 64 << 10];
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
            let mut control = RecvAncillaryBuffer::new(&mut space);
            let mut parts = [IoSliceMut::new(&mut buffer)];
            let flags = RecvFlags::CMSG_CLOEXEC;
            let got = rustix::net::recvmsg(&self.socket, &mut parts, &mut control, flags).ok()?;
            for message in control.drain() {
                if let RecvAncillaryMessage::ScmRights(files) = message {
                    self.descriptors.extend(files);
                }
            }
            if got.bytes == 0 {
                return None;
            }
            self.frames.push(&buffer[..got.bytes]);
        }
    }

    pub fn send(&mut self, line: &[u8], attach: &[Vec<u8>]) {
        let files: Vec<OwnedFd> = attach.iter().map(|bytes| memfile(bytes)).collect();
        let files: Vec<_> = files.iter().map(AsFd::as_fd).collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !files.is_empty() {
            control.push(SendAncillaryMessage::ScmRights(&files));
        }
        let mut sent = 0;
        while sent < line.len() {
            let part = [IoSlice::new(&line[sent..])];
            let Ok(got) =
                rustix::net::sendmsg(&self.socket, &part, &mut control, SendFlags::NOSIGNAL)
            else {
                return;
            };
            control.clear();
            sent += got;
        }
    }

    pub(super) fn attached(&mut self, size: u64) -> Vec<u8> {
        let file = self.descriptors.pop_front().unwrap();
        assert!(rustix::fs::fcntl_get_seals(&file).unwrap().contains(SealFlags::WRITE));
        let mut bytes = vec![0; size as usize];
        let mut filled = 0;
        while filled < bytes.len() {
            filled += rustix::io::pread(&file, &mut bytes[filled..], filled as u64).unwrap();
        }
        bytes
    }
}

fn memfile(bytes: &[u8]) -> OwnedFd {
    let file = rustix::fs::memfd_create("test", MemfdFlags::ALLOW_SEALING).unwrap();
    let mut rest = bytes;
    while !rest.is_empty() {
        rest = &rest[rustix::io::write(&file, rest).unwrap()..];
    }
    let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW;
    rustix::fs::fcntl_add_seals(&file, seals).unwrap();
    file
}
