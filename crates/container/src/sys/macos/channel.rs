//! The host's end of the gateway, and files for large payloads.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{FileType, fstat};
use rustix::io::{FdFlags, fcntl_setfd, pread};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

use super::folder::fresh_name;
use crate::Received;

/// Descriptors taken from one message at most; more are dropped by the kernel and reported.
const DESCRIPTORS: usize = 4;

/// The host's descriptors of one cell.
#[derive(Debug)]
pub(super) struct HostEnds {
    pub(super) gateway: Gateway,
    /// Feeds a native program's standard input.
    pub(super) stdin: Option<OwnedFd>,
    pub(super) stdout: Option<OwnedFd>,
    pub(super) stderr: Option<OwnedFd>,
    /// Readable once somebody wakes the host.
    pub(super) woken: OwnedFd,
    /// The other end.
    pub(super) wake: Arc<OwnedFd>,
}

/// The way to and from a cell.
#[derive(Debug)]
pub(super) enum Gateway {
    /// A socket, which carries descriptors too.
    Socket(OwnedFd),
    /// A native program's standard streams.
    Pipes { input: OwnedFd, output: OwnedFd },
}

impl Gateway {
    /// Where bytes arrive.
    pub(super) fn receiver(&self) -> BorrowedFd<'_> {
        match self {
            Self::Socket(socket) => socket.as_fd(),
            Self::Pipes { output, .. } => output.as_fd(),
        }
    }

    /// Where bytes are sent.
    pub(super) fn sender(&self) -> BorrowedFd<'_> {
        match self {
            Self::Socket(socket) => socket.as_fd(),
            Self::Pipes { input, .. } => input.as_fd(),
        }
    }

    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<Received> {
        match self {
            Self::Socket(socket) => receive(socket.as_fd(), buffer),
            Self::Pipes { output, .. } => {
                let bytes = rustix::io::read(output, buffer)?;
                Ok(Received { bytes, ..Received::default() })
            }
        }
    }

    pub(super) fn send(&self, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<usize> {
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
    let flags = RecvFlags::DONTWAIT;
    let message = recvmsg(gateway, &mut [IoSliceMut::new(buffer)], &mut control, flags)?;
    let mut descriptors = Vec::new();
    for part in control.drain() {
        if let RecvAncillaryMessage::ScmRights(arrived) = part {
            descriptors.extend(arrived);
        }
    }
    for descriptor in &descriptors {
        fcntl_setfd(descriptor, FdFlags::CLOEXEC)?;
    }
    let truncated = message.flags.contains(ReturnFlags::CTRUNC);
    Ok(Received { bytes: message.bytes, descriptors, truncated })
}

/// The socket raises no signal when its other end is closed: it was made so.
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
    Ok(sendmsg(gateway, &[IoSlice::new(bytes)], &mut control, SendFlags::DONTWAIT)?)
}

/// A file with these bytes, to be sent to a cell: without a name, and open for reading only.
///
/// Nothing seals it. Nobody has it open for writing, and nobody can open it anew, once this returns;
/// until then another process of the host's user could. Its bytes may reach the disk.
///
/// # Errors
/// The system's, such as `EMFILE` or `ENOSPC`.
pub fn memory_file(bytes: &[u8]) -> io::Result<OwnedFd> {
    let path = std::env::temp_dir().join(fresh_name());
    let writer = OpenOptions::new().write(true).create_new(true).mode(0o400).open(&path)?;
    let opened = fill_and_open(writer, bytes, &path);
    let unnamed = fs::remove_file(&path);
    let file = opened?;
    unnamed.map(|()| file.into())
}

fn fill_and_open(mut writer: File, bytes: &[u8], path: &Path) -> io::Result<File> {
    writer.write_all(bytes)?;
    let reader = File::open(path)?;
    let (written, read) = (writer.metadata()?, reader.metadata()?);
    match (written.dev(), written.ino()) == (read.dev(), read.ino()) {
        true => Ok(reader),
        false => Err(refused("another file has taken the name of a memory file")),
    }
}

/// The bytes of a file that a cell sent: one copy, taken once.
///
/// It must be a regular file of exactly `size` bytes. Unlike a sealed one it may change while it is
/// read; what counts is what was read.
///
/// # Errors
/// `InvalidData` with the reason, or the system's.
pub fn read_memory_file(file: &OwnedFd, size: u64) -> io::Result<Vec<u8>> {
    check(file, size)?;
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

/// Whether a descriptor is a regular file of that size.
pub(super) fn check(file: &OwnedFd, size: u64) -> io::Result<()> {
    let status = fstat(file)?;
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
        return Err(refused("the descriptor is not a regular file"));
    }
    match u64::try_from(status.st_size) == Ok(size) {
        true => Ok(()),
        false => Err(refused("the memory file has another size than announced")),
    }
}

fn refused(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
