//! Changing the entries of one opened folder, by name.
//!
//! Every name is a single component, and none of these calls follows a link at that name. They go by
//! path; but the folder and those around it are held, so that the path leads nowhere else.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::os::windows::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use super::beneath::Held;
use super::constants::{
    DELETE, FILE_FLAG_OPEN_REPARSE_POINT, FILE_SHARE_DELETE, FILE_WRITE_ATTRIBUTES,
};
use super::settings::set_read_only;
use super::{NewFile, itself, listing, meta_of, mode_of, problem, sync_folder};
use crate::error::HostProblem;
use crate::sys::{HostKind, Meta};

/// An opened host folder.
#[derive(Debug)]
pub(crate) struct Folder(Arc<Held>);

impl Folder {
    pub(super) fn new(folder: Arc<Held>) -> Self {
        Self(folder)
    }

    /// Which folder it is: volume and number.
    pub(crate) fn identity(&self) -> Result<(u64, u64), HostProblem> {
        let meta = meta_of(self.0.folder())?;
        Ok((meta.device, meta.inode))
    }

    pub(crate) fn meta(&self, name: &OsStr) -> Result<Meta, HostProblem> {
        self.0.look_at(text(name)?)
    }

    pub(super) fn open(&self, name: &OsStr, options: &OpenOptions) -> Result<File, HostProblem> {
        self.0.open(text(name)?, options)
    }

    /// The folder of that name, made if it is missing.
    pub(crate) fn folder_or_create(&self, name: &OsStr) -> Result<Folder, HostProblem> {
        match self.make_folder(name) {
            Ok(()) | Err(HostProblem::Exists) => {}
            Err(problem) => return Err(problem),
        }
        self.0.enter(text(name)?).map(Self)
    }

    pub(crate) fn make_folder(&self, name: &OsStr) -> Result<(), HostProblem> {
        fs::create_dir(self.path_of(name)?).map_err(problem)
    }

    /// Makes a folder again that was there before. Its rights come from this one.
    pub(crate) fn restore_folder(
        &self,
        name: &OsStr,
        _mode: u32,
        _owner: (u32, u32),
    ) -> Result<(), HostProblem> {
        self.make_folder(name)
    }

    /// Whether the folder of that name holds nothing.
    pub(crate) fn is_empty(&self, name: &OsStr) -> Result<bool, HostProblem> {
        let folder = self.0.enter(text(name)?)?;
        match listing::list(&folder)?.next() {
            Some(entry) => entry.map(|_| false).map_err(problem),
            None => Ok(true),
        }
    }

    /// A new file that nobody else can read while it is open; the name must be free.
    pub(crate) fn create(&self, name: &OsStr) -> Result<NewFile, HostProblem> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // It may be removed again before it is closed.
        options.share_mode(FILE_SHARE_DELETE).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
        self.open(name, &options).map(NewFile::new)
    }

    /// The permissions of a new file here that is not executable: there is one kind.
    pub(crate) fn mode_of_new(&self, _: &OsStr) -> Result<u32, HostProblem> {
        Ok(mode_of(HostKind::File, false))
    }

    /// Making one takes a right that few users have, and to say what it leads to.
    pub(crate) fn make_symlink(&self, _: &OsStr, _: &OsStr) -> Result<(), HostProblem> {
        Err(HostProblem::Unsupported)
    }

    /// Moves an entry to a name that must be free.
    ///
    /// The standard library only moves over what is there. A second name is refused as surely when the
    /// name is taken. A folder, which can have none, is moved once the name was seen to be free: it
    /// takes the place at most of what somebody puts there in that moment.
    pub(crate) fn rename_new(
        &self,
        name: &OsStr,
        to: &Folder,
        to_name: &OsStr,
    ) -> Result<(), HostProblem> {
        if self.meta(name)?.kind == HostKind::Folder {
            return match to.meta(to_name) {
                Ok(_) => Err(HostProblem::Exists),
                Err(HostProblem::NotFound) => {
                    fs::rename(self.path_of(name)?, to.path_of(to_name)?).map_err(problem)
                }
                Err(problem) => Err(problem),
            };
        }
        // What somebody else has open cannot lose its name, and then must not get a second one. Nobody
        // can open it so while this is held.
        let removable = self.open(name, &itself(DELETE))?;
        self.link(name, to, to_name)?;
        let removed = self.remove_file(name);
        drop(removable);
        removed
    }

    /// Gives a file a second name, which must be free.
    pub(crate) fn link(
        &self,
        name: &OsStr,
        to: &Folder,
        to_name: &OsStr,
    ) -> Result<(), HostProblem> {
        fs::hard_link(self.path_of(name)?, to.path_of(to_name)?).map_err(problem)
    }

    /// Windows cannot exchange two entries in one step.
    pub(crate) fn exchange(
        &self,
        _name: &OsStr,
        _other: &Folder,
        _other_name: &OsStr,
    ) -> Result<(), HostProblem> {
        Err(HostProblem::Unsupported)
    }

    /// Removes a file, a read-only one too.
    pub(crate) fn remove_file(&self, name: &OsStr) -> Result<(), HostProblem> {
        let path = self.path_of(name)?;
        let removed = fs::remove_file(&path).map_err(problem);
        if removed != Err(HostProblem::Denied) {
            return removed;
        }
        // Where the system has no way to remove such a file. Its other names stay read-only.
        let file = self.open(name, &itself(FILE_WRITE_ATTRIBUTES))?;
        if meta_of(&file)?.mode != mode_of(HostKind::File, true) {
            return removed;
        }
        set_read_only(&file, false)?;
        let removed = fs::remove_file(&path).map_err(problem);
        // If it has no other names this may fail, and matters to nobody.
        let restored = set_read_only(&file, true);
        if removed.is_err() { restored.and(removed) } else { removed }
    }

    pub(crate) fn remove_folder(&self, name: &OsStr) -> Result<(), HostProblem> {
        match self.meta(name)?.kind {
            HostKind::Folder => fs::remove_dir(self.path_of(name)?).map_err(problem),
            _ => Err(HostProblem::NotFolder),
        }
    }

    /// Makes changes of names in this folder survive a crash.
    pub(crate) fn sync(&self) -> Result<(), HostProblem> {
        sync_folder(self.0.path().verbatim().as_ref()).map_err(problem)
    }

    /// Only an administrator may make everything written to a volume survive a crash.
    pub(crate) fn sync_file_system(&self) -> Result<(), HostProblem> {
        Err(HostProblem::Unsupported)
    }

    fn path_of(&self, name: &OsStr) -> Result<PathBuf, HostProblem> {
        Ok(self.0.path_of(text(name)?)?.verbatim().into())
    }
}

fn text(name: &OsStr) -> Result<&str, HostProblem> {
    name.to_str().ok_or(HostProblem::Name)
}
