//! The host's end of the gateway, and files for large payloads.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{FileType, fstat};

use super::super::unix::gateway::{Gateway, read_at, refused};
use super::folder::fresh_name;

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
    read_at(file, size)
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
