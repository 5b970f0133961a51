//! Reading through descriptors: each name is opened below its folder's descriptor, without
//! following a link, and what was opened is what is looked at.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, fstat, openat};
use rustix::io::Errno;

use super::{Entry, read};
use crate::Problem;

pub(crate) struct Folder(OwnedFd);

impl Folder {
    pub(crate) fn open(path: &Path) -> Result<Self, Problem> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match openat(CWD, path, flags, Mode::empty()) {
            Ok(folder) => Ok(Self(folder)),
            Err(Errno::NOTDIR) => Err(Problem::NotAFolder),
            Err(error) => Err(Problem::Io(error.into())),
        }
    }

    /// The names in it, sorted; refuses more than `max`.
    pub(crate) fn names(&self, max: usize) -> Result<Vec<OsString>, Problem> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0).map_err(from)? {
            let entry = entry.map_err(from)?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            if names.len() >= max {
                return Err(Problem::TooManyFiles);
            }
            names.push(OsStr::from_bytes(name).to_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Opens a name and reads it if it is a file.
    pub(crate) fn enter(&self, name: &str, max_bytes: u64) -> Result<Entry, Problem> {
        // NONBLOCK: opening a pipe must not wait for its other end.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = match openat(&self.0, name, flags, Mode::empty()) {
            Ok(opened) => opened,
            Err(Errno::LOOP) => return Err(Problem::Symlink),
            // A socket.
            Err(Errno::NXIO) => return Err(Problem::Special),
            Err(error) => return Err(from(error)),
        };
        let stat = fstat(&opened).map_err(from)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => Ok(Entry::Folder(Self(opened))),
            FileType::RegularFile => read(File::from(opened), max_bytes).map(Entry::File),
            _ => Err(Problem::Special),
        }
    }
}

fn from(error: Errno) -> Problem {
    Problem::Io(error.into())
}
