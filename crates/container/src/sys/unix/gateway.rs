//! The host's end of the gateway, and what is read out of files that a cell sent.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::pread;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

use crate::Received;

/// Descriptors taken from one message at most; more are dropped by the kernel and reported.
const DESCRIPTORS: usize = 4;

/// Neither call waits. What arrives is the host's own at once, and a closed socket raises no signal:
/// elsewhere than on Linux the first is done after the call, and the second when the socket is made.
#[cfg(target_os = "linux")]
const RECEIVE: RecvFlags = RecvFlags::DONTWAIT.union(RecvFlags::CMSG_CLOEXEC);
#[cfg(target_os = "linux")]
const SEND: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);
#[cfg(not(target_os = "linux"))]
const RECEIVE: RecvFlags = RecvFlags::DONTWAIT;
#[cfg(not(target_os = "linux"))]
const SEND: SendFlags = SendFlags::DONTWAIT;

/// The way to and from a cell.
#[derive(Debug)]
pub(in crate::sys) enum Gateway {
    /// A socket, which carries descriptors too.
    Socket(OwnedFd),
    /// A native program's standard streams.
    Pipes { input: OwnedFd, output: OwnedFd },
}

impl Gateway {
    /// Where bytes arrive.
    pub(in crate::sys) fn receiver(&self) -> BorrowedFd<'_> {
        match self {
            Self::Socket(socket) => socket.as_fd(),
            Self::Pipes { output, .. } => output.as_fd(),
        }
    }

    /// Where bytes are sent.
    pub(in crate::sys) fn sender(&self) -> BorrowedFd<'_> {
        match self {
            Self::Socket(socket) => socket.as_fd(),
            Self::Pipes { input, .. } => input.as_fd(),
        }
    }

    pub(in crate::sys) fn receive(&self, buffer: &mut [u8]) -> io::Result<Received> {
        match self {
            Self::Socket(socket) => receive(socket.as_fd(), buffer),
            Self::Pipes { output, .. } => {
                let bytes = rustix::io::read(output, buffer)?;
                Ok(Received { bytes, ..Received::default() })
            }
        }
    }

    pub(in crate::sys) fn send(
        &self,
        bytes: &[u8],
        descriptors: &[BorrowedFd<'_>],
    ) -> io::Result<usize> {
        match self {
            Self::Socket(socket) => send(socket.as_fd(), bytes, descriptors),
            Self::Pipes { input, .. } if descriptors.is_empty() => {
                Ok(rustix::io::write(input, bytes)?)
            }
            Self::Pipes { .. } => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

fn receive(gateway: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Received> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let message = recvmsg(gateway, &mut [IoSliceMut::new(buffer)], &mut control, RECEIVE)?;
    let mut descriptors = Vec::new();
    for part in control.drain() {
        if let RecvAncillaryMessage::ScmRights(arrived) = part {
            descriptors.extend(arrived);
        }
    }
    #[cfg(not(target_os = "linux"))]
    for descriptor in &descriptors {
        rustix::io::fcntl_setfd(descriptor, rustix::io::FdFlags::CLOEXEC)?;
    }
    let truncated = message.flags.contains(ReturnFlags::CTRUNC);
    Ok(Received { bytes: message.bytes, descriptors, truncated })
}

fn send(
    gateway: BorrowedFd<'_>,
    bytes: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(sendmsg(gateway, &[IoSlice::new(bytes)], &mut control, SEND)?)
}

/// The bytes of a file that was checked, from its beginning.
pub(in crate::sys) fn read_at(file: &OwnedFd, size: u64) -> io::Result<Vec<u8>> {
    let length = usize::try_from(size).map_err(|_| refused("the memory file is too large"))?;
    let mut bytes = vec![0u8; length];
    let mut filled = 0;
    while filled < length {
        match pread(file, &mut bytes[filled..], filled as u64)? {
            0 => return Err(refused("the memory file ended early")),
            count => filled += count,
        }
    }
    Ok(bytes)
}

/// Why a file that a cell sent is not read.
pub(in crate::sys) fn refused(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
