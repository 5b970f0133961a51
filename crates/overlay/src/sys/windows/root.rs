//! A mounted host folder or file.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::windows::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aether_path::WindowsPath;
use winapi_util::file::{Information, information};

use super::beneath::Held;
use super::folder::Folder;
use super::{itself, meta_of, point, problem};
use crate::config::Resolution;
use crate::error::HostProblem;
use crate::sys::{Attributes, HostKind, Marks, Meta};

/// Access to read a file: `FILE_READ_DATA`.
const READ: u32 = 0x1;

/// An opened folder, and the path below it at which a mount stands.
///
/// For a folder that exists the path is empty. For a file it is the file's name, so that what
/// replaces the file is seen; for what does not exist yet it begins at the nearest folder that does.
/// The folder and those around it cannot be renamed or removed while this is there.
#[derive(Debug)]
pub(crate) struct Root {
    held: Arc<Held>,
    below: String,
}

impl Root {
    /// Opens an absolute path on a drive of which no component may be a link, nor an alias of another
    /// name. There is one way to resolve it.
    pub(crate) fn open(host: &Path, _: Resolution) -> Result<Self, HostProblem> {
        // A separator at the end says nothing, after `\\?\` neither.
        let host: PathBuf = host.components().collect();
        let path = host.to_str().and_then(|host| WindowsPath::parse(host).ok());
        let path = path.ok_or(HostProblem::Unsupported)?;
        let mut held = Held::top_of(&path)?;
        let mut names = path.components();
        let mut below = "";
        while let Some(name) = names.next() {
            match held.enter(name) {
                Ok(folder) => held = folder,
                Err(HostProblem::NotFound) => below = name,
                // The last component may be a file; anything before it may not.
                Err(HostProblem::NotFolder) if names.clone().next().is_none() => below = name,
                Err(problem) => return Err(problem),
            }
            if !below.is_empty() {
                break;
            }
        }
        if !held.is_where_it_says()? {
            return Err(HostProblem::Symlink);
        }
        let below: Vec<&str> =
            [below].into_iter().filter(|name| !name.is_empty()).chain(names).collect();
        Ok(Self { held, below: below.join("/") })
    }

    /// A folder that someone else opened: it has no path to be held by.
    pub(crate) fn of(_: File, _: Resolution) -> Result<Self, HostProblem> {
        Err(HostProblem::Unsupported)
    }

    /// When the folder was made, in seconds and nanoseconds since the epoch; `None` where the file
    /// system does not say.
    pub(crate) fn born(&self) -> Option<(i64, u32)> {
        let told: Information = information(self.held.folder()).ok()?;
        told.creation_time().map(point)
    }

    /// Windows takes several spellings for one name. A folder may be told not to; then of several the
    /// one that was typed is found.
    pub(crate) fn folds(&self, _own_name: Option<&OsStr>) -> bool {
        true
    }

    /// Whether the mount was a folder when it was opened.
    pub(crate) fn is_folder(&self) -> bool {
        self.below.is_empty()
    }

    /// What stands at a path, itself and not what it links to.
    pub(crate) fn meta(&self, path: &OsStr) -> Result<Meta, HostProblem> {
        match self.reach(path)? {
            Some((folder, name)) => folder.look_at(&name),
            None => meta_of(self.held.folder()),
        }
    }

    /// Opens a regular file for reading. The caller has seen that it is one.
    pub(crate) fn open_file(&self, path: &OsStr) -> Result<HostFile, HostProblem> {
        let Some((folder, name)) = self.reach(path)? else { return Err(HostProblem::Unsupported) };
        let file = folder.open(&name, &itself(READ))?;
        let meta = meta_of(&file)?;
        if meta.kind == HostKind::Symlink {
            return Err(HostProblem::Symlink);
        }
        Ok(HostFile { file, meta })
    }

    /// A link's target is no path of the virtual tree, whatever it says.
    pub(crate) fn link_target(&self, _: &OsStr) -> Result<OsString, HostProblem> {
        Err(HostProblem::Symlink)
    }

    /// There is no overlayfs here that would note anything, so no layer can be read; and what programs
    /// have noted in other streams cannot be listed.
    pub(crate) fn attributes(&self, _: &OsStr) -> Result<(Marks, Option<Attributes>), HostProblem> {
        Err(HostProblem::Unsupported)
    }

    /// The folder that holds a path, and the path's name in it. `None` for the top of a folder.
    pub(crate) fn parent(&self, path: &OsStr) -> Result<Option<(Folder, OsString)>, HostProblem> {
        let reached = self.reach(path)?;
        Ok(reached.map(|(folder, name)| (Folder::new(folder), name.into())))
    }

    /// How many folders are missing on the way to the mount, with the mount itself or without.
    pub(crate) fn missing(&self, itself: bool) -> usize {
        if self.below.is_empty() {
            return 0;
        }
        self.below.split('/').count() - usize::from(!itself)
    }

    /// Makes them, so that they survive a crash.
    pub(crate) fn make_missing(&self, itself: bool) -> Result<(), HostProblem> {
        let mut at = Folder::new(Arc::clone(&self.held));
        for name in self.below.split('/').take(self.missing(itself)) {
            let made = at.folder_or_create(OsStr::new(name))?;
            at.sync()?;
            at = made;
        }
        Ok(())
    }

    /// The folder at a path.
    pub(super) fn enter(&self, path: &OsStr) -> Result<Arc<Held>, HostProblem> {
        match self.reach(path)? {
            Some((folder, name)) => folder.enter(&name),
            None => Ok(Arc::clone(&self.held)),
        }
    }

    /// The folder that holds a path, and the path's last name. `None` for the opened folder itself.
    fn reach(&self, path: &OsStr) -> Result<Option<(Arc<Held>, String)>, HostProblem> {
        let path = path.to_str().ok_or(HostProblem::Name)?;
        let names = |path| str::split(path, '/').filter(|name| !name.is_empty());
        let mut names = names(&self.below).chain(names(path)).peekable();
        let mut held = Arc::clone(&self.held);
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                return Ok(Some((held, name.to_owned())));
            }
            held = held.enter(name)?;
        }
        Ok(None)
    }
}

/// A regular file of the host, opened for reading.
#[derive(Debug)]
pub(crate) struct HostFile {
    file: File,
    meta: Meta,
}

impl HostFile {
    /// The file alone.
    pub(crate) fn into_file(self) -> File {
        self.file
    }

    /// What it was when it was opened.
    pub(crate) fn meta(&self) -> &Meta {
        &self.meta
    }

    /// What it is now.
    pub(crate) fn meta_now(&self) -> Result<Meta, HostProblem> {
        meta_of(&self.file)
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// No file is of a layer here.
    pub(crate) fn marks(&self) -> Result<Marks, HostProblem> {
        Err(HostProblem::Unsupported)
    }

    /// What programs have noted in other streams cannot be listed.
    pub(crate) fn attributes(&self) -> Option<Attributes> {
        None
    }

    /// At most `max` bytes from `offset` on; fewer only at the end of the file.
    pub(crate) fn read_at(&self, offset: u64, max: usize) -> Result<Vec<u8>, HostProblem> {
        if self.meta.kind != HostKind::File {
            return Err(HostProblem::Unsupported);
        }
        let rest = usize::try_from(self.meta.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(max.min(rest)).map_err(|_| HostProblem::Unsupported)?;
        bytes.resize(max.min(rest), 0);
        let mut filled = 0;
        while let Some(free) = bytes.get_mut(filled..).filter(|free| !free.is_empty()) {
            match self.file.seek_read(free, offset.saturating_add(filled as u64)) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) => return Err(problem(error)),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}
