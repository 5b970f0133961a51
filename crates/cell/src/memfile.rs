//! Sealed memory files: how large payloads travel without a copy through the socket.

#[cfg(feature = "v8")]
use std::os::fd::BorrowedFd;
use std::os::fd::{AsFd, OwnedFd};

use aether_protocol::limits;
use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::Errno;

/// What a received memory file must carry: nobody can change what is being read.
const REQUIRED: SealFlags = SealFlags::WRITE.union(SealFlags::SHRINK).union(SealFlags::GROW);

/// Why a memory file cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MemfileError {
    /// The sender could still change it.
    #[error("the attached memory file is not sealed")]
    NotSealed,
    /// Its size is not the announced one.
    #[error("the attached memory file has {found} bytes, announced were {announced}")]
    WrongSize {
        /// Bytes that the line announced.
        announced: u64,
        /// Bytes that it has.
        found: u64,
    },
    /// Larger than any payload may be.
    #[error("{0} bytes are more than a payload may have")]
    TooLarge(u64),
    /// The kernel refused.
    #[error("a memory file cannot be used: {0}")]
    System(#[from] Errno),
}

/// A sealed memory file with these bytes.
///
/// # Errors
/// [`MemfileError::System`].
pub(crate) fn write(bytes: &[u8]) -> Result<OwnedFd, MemfileError> {
    let file = create()?;
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = retry(|| rustix::io::write(&file, rest))?;
        rest = rest.get(written..).unwrap_or_default();
    }
    rustix::fs::fcntl_add_seals(&file, REQUIRED | SealFlags::SEAL)?;
    Ok(file)
}

/// The bytes of a memory file that arrived: seals and size are checked first.
///
/// # Errors
/// [`MemfileError`].
pub(crate) fn read(file: impl AsFd, announced: u64) -> Result<Vec<u8>, MemfileError> {
    let size = check(&file, announced)?;
    let mut bytes = vec![0; size];
    fill(&file, &mut bytes)?;
    Ok(bytes)
}

/// A memory file that arrived and was checked, and is read later.
#[derive(Debug)]
pub(crate) struct Attached {
    file: OwnedFd,
    size: usize,
}

impl Attached {
    /// Takes one that was announced with this size.
    ///
    /// # Errors
    /// [`MemfileError`].
    pub(crate) fn new(file: OwnedFd, announced: u64) -> Result<Self, MemfileError> {
        let size = check(&file, announced)?;
        Ok(Self { file, size })
    }

    /// Its size in bytes.
    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    /// The file: it is sealed, and has [`Attached::size`] bytes.
    #[cfg(feature = "v8")]
    pub(crate) fn file(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Reads it into memory of exactly its size.
    ///
    /// # Errors
    /// [`MemfileError`].
    pub(crate) fn read_into(&self, room: &mut [u8]) -> Result<(), MemfileError> {
        if room.len() != self.size {
            let (announced, found) = (room.len() as u64, self.size as u64);
            return Err(MemfileError::WrongSize { announced, found });
        }
        fill(&self.file, room)
    }
}

impl PartialEq for Attached {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

fn check(file: impl AsFd, announced: u64) -> Result<usize, MemfileError> {
    if announced > limits::PAYLOAD_BYTES {
        return Err(MemfileError::TooLarge(announced));
    }
    let seals = rustix::fs::fcntl_get_seals(&file).map_err(|_| MemfileError::NotSealed)?;
    if !seals.contains(REQUIRED) {
        return Err(MemfileError::NotSealed);
    }
    let found = u64::try_from(rustix::fs::fstat(&file)?.st_size).unwrap_or(0);
    if found != announced {
        return Err(MemfileError::WrongSize { announced, found });
    }
    usize::try_from(announced).map_err(|_| MemfileError::TooLarge(announced))
}

fn fill(file: impl AsFd, room: &mut [u8]) -> Result<(), MemfileError> {
    let announced = room.len() as u64;
    let mut filled = 0;
    while filled < room.len() {
        let rest = room.get_mut(filled..).unwrap_or_default();
        let got = retry(|| rustix::io::pread(&file, &mut *rest, filled as u64))?;
        if got == 0 {
            return Err(MemfileError::WrongSize { announced, found: filled as u64 });
        }
        filled += got;
    }
    Ok(())
}

/// Kernels before 6.3 do not know the seal against execution and answer `EINVAL`.
fn create() -> Result<OwnedFd, Errno> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    match rustix::fs::memfd_create("aether", flags | MemfdFlags::NOEXEC_SEAL) {
        Err(Errno::INVAL) => rustix::fs::memfd_create("aether", flags),
        other => other,
    }
}

fn retry<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for size in [0usize, 1, 100_000] {
            let bytes = vec![7u8; size];
            let file = write(&bytes).unwrap();
            assert_eq!(read(&file, size as u64).unwrap(), bytes);
        }
    }

    #[test]
    fn an_unsealed_file_is_refused() {
        let file = rustix::fs::memfd_create("x", MemfdFlags::ALLOW_SEALING).unwrap();
        rustix::io::write(&file, b"abc").unwrap();
        assert!(matches!(read(&file, 3), Err(MemfileError::NotSealed)));
        rustix::fs::fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW).unwrap();
        assert!(matches!(read(&file, 3), Err(MemfileError::NotSealed)));
    }

    #[test]
    fn another_kind_of_descriptor_is_refused() {
        let (reader, _writer) = rustix::pipe::pipe().unwrap();
        assert!(matches!(read(&reader, 3), Err(MemfileError::NotSealed)));
    }

    #[test]
    fn a_wrong_or_huge_size_is_refused() {
        let file = write(b"abc").unwrap();
        assert!(matches!(read(&file, 4), Err(MemfileError::WrongSize { found: 3, .. })));
        assert!(matches!(read(&file, limits::PAYLOAD_BYTES + 1), Err(MemfileError::TooLarge(_))));
    }
}
