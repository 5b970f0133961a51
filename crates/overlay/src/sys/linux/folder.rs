//! Changing the entries of one opened folder, by name.
//!
//! Every name is a single component, and none of these calls follows a symlink at that name.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, RenameFlags, Uid, fchmod, fchown, fstat, fsync, ftruncate, linkat,
    mkdirat, openat, renameat, renameat_with, statat, syncfs, unlinkat,
};
use rustix::io::{Errno, pwrite};

use super::{HostKind, Meta, meta_of};
use crate::error::HostProblem;
use crate::sys::with_execution;

/// An opened host folder.
#[derive(Debug)]
pub(crate) struct Folder(OwnedFd);

impl Folder {
    pub(super) fn new(folder: OwnedFd) -> Self {
        Self(folder)
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// Which folder it is: device and inode.
    pub(crate) fn identity(&self) -> Result<(u64, u64), HostProblem> {
        let meta = meta_of(&fstat(&self.0)?);
        Ok((meta.device, meta.inode))
    }

    pub(crate) fn meta(&self, name: &OsStr) -> Result<Meta, HostProblem> {
        Ok(meta_of(&statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    /// The folder of that name, made if it is missing.
    pub(crate) fn folder_or_create(&self, name: &OsStr) -> Result<Folder, HostProblem> {
        match self.make_folder(name) {
            Ok(()) | Err(HostProblem::Exists) => {}
            Err(problem) => return Err(problem),
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(&self.0, name, flags, Mode::empty()) {
            Err(Errno::NOTDIR) if self.meta(name)?.kind == HostKind::Symlink => {
                Err(HostProblem::Symlink)
            }
            opened => Ok(Self(opened?)),
        }
    }

    pub(crate) fn make_folder(&self, name: &OsStr) -> Result<(), HostProblem> {
        Ok(mkdirat(&self.0, name, Mode::from_raw_mode(0o755))?)
    }

    /// A new file; the name must be free.
    pub(crate) fn create(&self, name: &OsStr) -> Result<NewFile, HostProblem> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(NewFile(openat(&self.0, name, flags, Mode::from_raw_mode(0o644))?))
    }

    /// Moves an entry to a name that must be free.
    pub(crate) fn rename_new(
        &self,
        name: &OsStr,
        to: &Folder,
        to_name: &OsStr,
    ) -> Result<(), HostProblem> {
        match renameat_with(&self.0, name, &to.0, to_name, RenameFlags::NOREPLACE) {
            // Some file systems cannot; a hard link is refused as surely when the name is taken.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                linkat(&self.0, name, &to.0, to_name, AtFlags::empty())?;
                Ok(unlinkat(&self.0, name, AtFlags::empty())?)
            }
            renamed => Ok(renamed?),
        }
    }

    /// Gives a file or symlink a second name, which must be free.
    pub(crate) fn link(
        &self,
        name: &OsStr,
        to: &Folder,
        to_name: &OsStr,
    ) -> Result<(), HostProblem> {
        Ok(linkat(&self.0, name, &to.0, to_name, AtFlags::empty())?)
    }

    /// Exchanges two entries in one step, which not all file systems can.
    pub(crate) fn exchange(
        &self,
        name: &OsStr,
        other: &Folder,
        other_name: &OsStr,
    ) -> Result<(), HostProblem> {
        Ok(renameat_with(&self.0, name, &other.0, other_name, RenameFlags::EXCHANGE)?)
    }

    /// Moves an entry over another one.
    pub(crate) fn rename_over(
        &self,
        name: &OsStr,
        to: &Folder,
        to_name: &OsStr,
    ) -> Result<(), HostProblem> {
        Ok(renameat(&self.0, name, &to.0, to_name)?)
    }

    pub(crate) fn remove_file(&self, name: &OsStr) -> Result<(), HostProblem> {
        Ok(unlinkat(&self.0, name, AtFlags::empty())?)
    }

    pub(crate) fn remove_folder(&self, name: &OsStr) -> Result<(), HostProblem> {
        Ok(unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }

    /// Makes changes of names in this folder survive a crash.
    pub(crate) fn sync(&self) -> Result<(), HostProblem> {
        Ok(fsync(&self.0)?)
    }

    /// Makes everything written to this folder's file system survive a crash.
    pub(crate) fn sync_file_system(&self) -> Result<(), HostProblem> {
        Ok(syncfs(&self.0)?)
    }
}

/// A file just created, not yet under its final name.
#[derive(Debug)]
pub(crate) struct NewFile(OwnedFd);

impl NewFile {
    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    pub(crate) fn write_at(&self, mut offset: u64, mut bytes: &[u8]) -> Result<(), HostProblem> {
        while !bytes.is_empty() {
            match pwrite(&self.0, bytes, offset) {
                Ok(0) => return Err(Errno::IO.into()),
                Ok(written) => {
                    bytes = bytes.get(written..).unwrap_or_default();
                    offset = offset.saturating_add(written as u64);
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    /// Makes it so long; what was never written up to there is a hole.
    pub(crate) fn set_len(&self, len: u64) -> Result<(), HostProblem> {
        Ok(ftruncate(&self.0, len)?)
    }

    /// Lets everyone execute it who may read it, or nobody.
    pub(crate) fn set_executable(&self, executable: bool) -> Result<(), HostProblem> {
        let mode = with_execution(meta_of(&fstat(&self.0)?).mode & 0o777, executable);
        Ok(fchmod(&self.0, Mode::from_raw_mode(mode))?)
    }

    /// Takes over owner and permissions of the file it is to replace, or the owner alone where it
    /// gets other permissions.
    ///
    /// Set-user and set-group bits are dropped: the content is a plugin's. If the group cannot be
    /// kept, its permissions are dropped rather than given to another group.
    pub(crate) fn inherit(&self, replaced: &Meta, mode: Option<u32>) -> Result<(), HostProblem> {
        let mut mode = mode.unwrap_or(replaced.mode) & 0o777;
        let (user, group) = replaced.owner;
        let ours = meta_of(&fstat(&self.0)?);
        if ours.owner != replaced.owner {
            let kept = fchown(&self.0, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)))
                .is_ok()
                || fchown(&self.0, None, Some(Gid::from_raw(group))).is_ok();
            if !kept {
                mode &= !0o070;
            }
        }
        Ok(fchmod(&self.0, Mode::from_raw_mode(mode))?)
    }

    pub(crate) fn sync(&self) -> Result<(), HostProblem> {
        Ok(fsync(&self.0)?)
    }
}
