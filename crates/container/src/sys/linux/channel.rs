//! The host's end of the gateway, and memory files for large payloads.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::fs::{
    MemfdFlags, Mode, SealFlags, fchmod, fcntl_add_seals, fcntl_get_seals, fstat, fstatfs,
    memfd_create,
};
use rustix::io::Errno;

use super::super::unix::gateway::{Gateway, read_at, refused};

/// Seals that make a memory file immutable for good.
pub(super) const IMMUTABLE: SealFlags =
    SealFlags::WRITE.union(SealFlags::GROW).union(SealFlags::SHRINK).union(SealFlags::SEAL);

/// `TMPFS_MAGIC`, statfs(2): a memory file of ordinary pages. One of huge pages has seals too, but
/// comes out of a pool that the machine's owner set aside, and which no limit on a cell counts.
const ORDINARY: i64 = 0x0102_1994;

/// The host's descriptors of one cell.
#[derive(Debug)]
pub(super) struct HostEnds {
    pub(super) gateway: Gateway,
    /// Feeds a native program's standard input.
    pub(super) stdin: Option<OwnedFd>,
    pub(super) stdout: Option<OwnedFd>,
    pub(super) stderr: Option<OwnedFd>,
    pub(super) wake: Arc<OwnedFd>,
}

/// A sealed memory file with these bytes, to be sent to a cell. memfd_create(2).
///
/// # Errors
/// The system's, such as `EMFILE` or `ENOMEM`.
pub fn memory_file(bytes: &[u8]) -> io::Result<OwnedFd> {
    let file = File::from(create(MemfdFlags::NOEXEC_SEAL)?);
    io::Write::write_all(&mut &file, bytes)?;
    fcntl_add_seals(&file, IMMUTABLE)?;
    Ok(file.into())
}

/// Kernels before 6.3 do not know `NOEXEC_SEAL`.
fn create(more: MemfdFlags) -> io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    match memfd_create(c"aether", flags | more) {
        Err(Errno::INVAL) => Ok(memfd_create(c"aether", flags)?),
        other => Ok(other?),
    }
}

/// The bytes of a memory file that a cell sent.
///
/// The file must be a memory file, sealed against every change, and exactly `size` bytes long:
/// otherwise its sender could change it between two looks, or cut it under a reader.
///
/// # Errors
/// `InvalidData` with the reason, or the system's.
pub fn read_memory_file(file: &OwnedFd, size: u64) -> io::Result<Vec<u8>> {
    check_sealed(file, size)?;
    read_at(file, size)
}

/// Whether a descriptor is a memory file of that size that nobody can change.
pub(super) fn check_sealed(file: &OwnedFd, size: u64) -> io::Result<()> {
    // Only memory files have seals; anything else gives EINVAL.
    let seals =
        fcntl_get_seals(file).map_err(|_| refused("the descriptor is not a memory file"))?;
    let immutable = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK;
    if !seals.contains(immutable) {
        return Err(refused("the memory file is not sealed"));
    }
    if fstatfs(file)?.f_type != ORDINARY {
        return Err(refused("the memory file is of huge pages"));
    }
    if u64::try_from(fstat(file)?.st_size) != Ok(size) {
        return Err(refused("the memory file has another size than announced"));
    }
    Ok(())
}

/// A copy of a program that every user may execute, immutable.
pub(super) fn executable_copy(mut program: File) -> io::Result<OwnedFd> {
    // The sender of MFD_EXEC says that execution is meant; kernels before 6.3 do not ask.
    let copy = File::from(create(MemfdFlags::EXEC)?);
    io::copy(&mut program, &mut &copy)?;
    fchmod(&copy, Mode::from_raw_mode(0o555))?;
    fcntl_add_seals(&copy, IMMUTABLE)?;
    // A file open for writing cannot be executed (ETXTBSY): open it anew, read-only.
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&copy.as_fd()));
    Ok(File::open(path)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_file_reads_back_and_cannot_change() {
        let file = memory_file(b"hello").unwrap();
        assert_eq!(read_memory_file(&file, 5).unwrap(), b"hello");
        assert!(rustix::io::pwrite(&file, b"x", 0).is_err());
        assert!(rustix::fs::ftruncate(&file, 0).is_err());
    }

    #[test]
    fn what_could_change_or_lies_about_its_size_is_refused() {
        let file = memory_file(b"hello").unwrap();
        assert!(read_memory_file(&file, 4).is_err());
        assert!(read_memory_file(&file, u64::MAX).is_err());
        let unsealed = create(MemfdFlags::NOEXEC_SEAL).unwrap();
        assert!(read_memory_file(&unsealed, 0).is_err());
        let half = create(MemfdFlags::NOEXEC_SEAL).unwrap();
        fcntl_add_seals(&half, SealFlags::GROW | SealFlags::SHRINK).unwrap();
        assert!(read_memory_file(&half, 0).is_err());
        let (pipe, _other) = rustix::pipe::pipe().unwrap();
        assert!(read_memory_file(&pipe, 0).is_err());
        let plain = tempfile::tempfile().unwrap();
        assert!(read_memory_file(&plain.into(), 0).is_err());
    }
}
