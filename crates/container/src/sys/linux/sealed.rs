//! Memory files that a cell sent and that are handed on to others without a copy.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::OnceLock;

use rustix::fs::{Mode, OFlags, SealFlags, fcntl_get_seals, fstat, open};

use super::super::unix::gateway::read_at;
use super::channel::{IMMUTABLE, check_sealed, memory_file};

/// Any of the three bits with which a file may be executed.
const EXECUTABLE: Mode = Mode::XUSR.union(Mode::XGRP).union(Mode::XOTH);

/// A memory file that nobody can change any more, neither its bytes nor its size, seals or mode.
#[derive(Debug)]
pub struct Sealed {
    file: OwnedFd,
    size: u64,
}

impl Sealed {
    /// Takes over a memory file that a cell sent, where it can be handed on as it is: sealed for good,
    /// not to be executed, and exactly `size` bytes long. `None` for one that can be
    /// read and no more, such as one whose sender forgot the last seal.
    ///
    /// # Errors
    /// As [`super::read_memory_file`]: it could still change, or is none at all.
    pub fn adopt(file: &OwnedFd, size: u64) -> io::Result<Option<Self>> {
        check_sealed(file, size)?;
        let wanted = ours()?;
        let lasting = fcntl_get_seals(file)?.contains(wanted)
            && (!wanted.contains(SealFlags::EXEC) || !is_executable(file)?);
        if !lasting {
            return Ok(None);
        }
        // What arrived shares its position and its flags with whoever sent it.
        Ok(again(file).ok().map(|file| Self { file, size }))
    }

    /// Its size in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// A descriptor of the same memory, to be sent to a cell: read-only, and with a position of its
    /// own, so that no reader moves another's.
    ///
    /// Where it cannot be opened anew, a copy: whoever made it may have taken everybody's right to
    /// open it, which ends nobody's right to read what is open.
    ///
    /// # Errors
    /// The system's, such as `EMFILE`.
    pub fn descriptor(&self) -> io::Result<OwnedFd> {
        match again(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                memory_file(&self.read()?)
            }
            other => other,
        }
    }

    /// Its bytes.
    ///
    /// # Errors
    /// The system's.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        read_at(&self.file, self.size)
    }
}

/// Opens the same file anew. open(2) on a link of `/proc/self/fd` looks no name up.
fn again(file: &OwnedFd) -> io::Result<OwnedFd> {
    let path = format!("/proc/self/fd/{}", file.as_fd().as_raw_fd());
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    Ok(open(path, flags, Mode::empty())?)
}

fn is_executable(file: &OwnedFd) -> io::Result<bool> {
    Ok(Mode::from_raw_mode(fstat(file)?.st_mode).intersects(EXECUTABLE))
}

/// The seals of our own memory files: the one against execution is known from Linux 6.3 on.
fn ours() -> io::Result<SealFlags> {
    static OURS: OnceLock<SealFlags> = OnceLock::new();
    if let Some(seals) = OURS.get() {
        return Ok(*seals);
    }
    let seals = fcntl_get_seals(File::from(memory_file(&[])?))?;
    Ok(*OURS.get_or_init(|| seals | IMMUTABLE))
}

#[cfg(test)]
mod tests {
    use rustix::fs::{
        MemfdFlags, SeekFrom, fchmod, fcntl_add_seals, ftruncate, memfd_create, seek,
    };

    use super::*;

    fn made(flags: MemfdFlags, seals: SealFlags) -> OwnedFd {
        let file = memfd_create(c"test", MemfdFlags::ALLOW_SEALING | flags).unwrap();
        rustix::io::write(&file, b"hello").unwrap();
        fcntl_add_seals(&file, seals).unwrap();
        file
    }

    #[test]
    fn what_is_handed_on_is_the_same_memory_and_read_only() {
        let first = memory_file(b"hello").unwrap();
        let kept = Sealed::adopt(&first, 5).unwrap().unwrap();
        let second = kept.descriptor().unwrap();
        assert_eq!(fstat(&first).unwrap().st_ino, fstat(&second).unwrap().st_ino);
        assert_eq!((kept.size(), kept.read().unwrap()), (5, b"hello".to_vec()));
        assert!(rustix::io::pwrite(&second, b"x", 0).is_err());
        assert!(ftruncate(&second, 0).is_err());
        assert!(fcntl_add_seals(&second, SealFlags::FUTURE_WRITE).is_err());
    }

    #[test]
    fn nobody_moves_the_position_of_another() {
        let first = memory_file(b"hello").unwrap();
        let kept = Sealed::adopt(&first, 5).unwrap().unwrap();
        let (second, third) = (kept.descriptor().unwrap(), kept.descriptor().unwrap());
        seek(&first, SeekFrom::Start(3)).unwrap();
        seek(&second, SeekFrom::Start(4)).unwrap();
        let mut bytes = [0; 5];
        assert_eq!(rustix::io::read(&third, &mut bytes).unwrap(), 5);
        assert_eq!(&bytes, b"hello");
    }

    #[test]
    fn what_could_still_change_is_refused() {
        let lasting = IMMUTABLE;
        for lacking in [SealFlags::WRITE, SealFlags::GROW, SealFlags::SHRINK] {
            let file = made(MemfdFlags::empty(), lasting.difference(lacking));
            assert!(Sealed::adopt(&file, 5).is_err(), "{lacking:?}");
        }
        assert!(Sealed::adopt(&memory_file(b"hello").unwrap(), 4).is_err());
        let (pipe, _other) = rustix::pipe::pipe().unwrap();
        assert!(Sealed::adopt(&pipe, 0).is_err());
        let folder = File::open("/").unwrap();
        assert!(Sealed::adopt(&folder.into(), 0).is_err());
        let plain = tempfile::tempfile().unwrap();
        assert!(Sealed::adopt(&plain.into(), 0).is_err());
    }

    #[test]
    fn what_could_be_executed_or_sealed_further_is_read_and_no_more() {
        let open_to_seals = made(MemfdFlags::empty(), IMMUTABLE.difference(SealFlags::SEAL));
        assert!(Sealed::adopt(&open_to_seals, 5).unwrap().is_none());
        if ours().unwrap().contains(SealFlags::EXEC) {
            let executable = made(MemfdFlags::EXEC, IMMUTABLE);
            assert!(Sealed::adopt(&executable, 5).unwrap().is_none());
        }
    }

    #[test]
    fn a_file_of_huge_pages_is_refused() {
        // Where the kernel has none at all, there is none to refuse.
        let flags = MemfdFlags::ALLOW_SEALING | MemfdFlags::HUGETLB;
        let Ok(huge) = memfd_create(c"test", flags) else { return };
        fcntl_add_seals(&huge, IMMUTABLE).unwrap();
        let refused = Sealed::adopt(&huge, 0).unwrap_err().to_string();
        assert!(refused.contains("huge pages"), "{refused}");
    }

    #[test]
    fn a_file_that_nobody_may_open_any_more_is_copied() {
        let first = memory_file(b"hello").unwrap();
        let kept = Sealed::adopt(&first, 5).unwrap().unwrap();
        fchmod(&first, Mode::empty()).unwrap();
        // Root may open everything.
        let second = kept.descriptor().unwrap();
        assert_eq!(super::super::read_memory_file(&second, 5).unwrap(), b"hello");
    }
}
