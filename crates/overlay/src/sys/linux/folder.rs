//! Changing the entries of one opened folder, by name.
//!
//! Every name is a single component, and none of these calls follows a symlink at that name.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{
    AtFlags, Dir, Gid, Mode, OFlags, RenameFlags, Uid, fchmod, fchown, fstat, fsync, linkat,
    mkdirat, openat, renameat, renameat_with, statat, symlinkat, syncfs, unlinkat,
};
use rustix::io::Errno;

use super::{HostKind, Meta, NewFile, meta_of};
use crate::error::HostProblem;

/// Permissions of a new file that is not executable, less the umask.
const PLAIN: u32 = 0o644;

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
        match self.open_folder(name) {
            Err(Errno::NOTDIR) if self.meta(name)?.kind == HostKind::Symlink => {
                Err(HostProblem::Symlink)
            }
            opened => Ok(Self(opened?)),
        }
    }

    pub(crate) fn make_folder(&self, name: &OsStr) -> Result<(), HostProblem> {
        Ok(mkdirat(&self.0, name, Mode::from_raw_mode(0o755))?)
    }

    /// Makes a folder again that was there before; its owner as far as this user may.
    pub(crate) fn restore_folder(
        &self,
        name: &OsStr,
        mode: u32,
        (user, group): (u32, u32),
    ) -> Result<(), HostProblem> {
        mkdirat(&self.0, name, Mode::RWXU)?;
        let made = self.open_folder(name)?;
        // Somebody may have put another one in its place, who is not to be given rights by this.
        if meta_of(&fstat(&made)?).mode != Mode::RWXU.as_raw_mode() {
            return Err(HostProblem::Exists);
        }
        // Mostly this user may give nothing away; the folder is then theirs.
        let _ = fchown(&made, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)));
        Ok(fchmod(&made, Mode::from_raw_mode(mode))?)
    }

    /// Whether the folder of that name holds nothing.
    pub(crate) fn is_empty(&self, name: &OsStr) -> Result<bool, HostProblem> {
        let mut entries = Dir::new(self.open_folder(name)?)?;
        while let Some(entry) = entries.read() {
            if !matches!(entry?.file_name().to_bytes(), b"." | b"..") {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn open_folder(&self, name: &OsStr) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        openat(&self.0, name, flags, Mode::empty())
    }

    /// A new file that nobody else can read yet; the name must be free.
    pub(crate) fn create(&self, name: &OsStr) -> Result<NewFile, HostProblem> {
        self.create_with(name, 0o600).map(NewFile::new)
    }

    /// The permissions of a new file here that is not executable, by the umask or by the access
    /// list that the folder hands down. An empty one of that name, which must be free, is made and
    /// removed to find out: a process cannot ask for its umask without changing it for all of its
    /// threads.
    pub(crate) fn mode_of_new(&self, name: &OsStr) -> Result<u32, HostProblem> {
        let probe = self.create_with(name, PLAIN)?;
        let mode = fstat(&probe).map(|stat| meta_of(&stat).mode);
        self.remove_file(name)?;
        Ok(mode?)
    }

    fn create_with(&self, name: &OsStr, mode: u32) -> Result<OwnedFd, HostProblem> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(openat(&self.0, name, flags, Mode::from_raw_mode(mode))?)
    }

    /// A new symlink; the name must be free.
    pub(crate) fn make_symlink(&self, name: &OsStr, target: &OsStr) -> Result<(), HostProblem> {
        Ok(symlinkat(target, &self.0, name)?)
    }

    /// Moves an entry to a name that must be free.
    pub(crate) fn rename_new(
        &self,
        name: &OsStr,
        to: &Folder,
        to_name: &OsStr,
    ) -> Result<(), HostProblem> {
        match renameat_with(&self.0, name, &to.0, to_name, RenameFlags::NOREPLACE) {
            // Some file systems cannot.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                self.rename_unoccupied(name, to, to_name)
            }
            renamed => Ok(renamed?),
        }
    }

    /// The same in two steps. A hard link is refused as surely when the name is taken; a folder,
    /// which has none, takes the place of an empty folder at most.
    fn rename_unoccupied(
        &self,
        name: &OsStr,
        to: &Folder,
        to_name: &OsStr,
    ) -> Result<(), HostProblem> {
        if self.meta(name)?.kind == HostKind::Folder {
            return match to.meta(to_name) {
                Ok(_) => Err(HostProblem::Exists),
                Err(HostProblem::NotFound) => Ok(renameat(&self.0, name, &to.0, to_name)?),
                Err(problem) => Err(problem),
            };
        }
        linkat(&self.0, name, &to.0, to_name, AtFlags::empty())?;
        Ok(unlinkat(&self.0, name, AtFlags::empty())?)
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
