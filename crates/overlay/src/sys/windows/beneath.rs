//! Opening a path beneath a folder without following any link.
//!
//! The standard library cannot open a name relative to a folder. So every folder from the top of
//! the drive on is opened for listing, with a share mode that lets nobody delete it, is looked at as
//! what was opened, and stays open while anything is opened below it. Sources, all of Microsoft:
//! - `CreateFileW`, "`FILE_SHARE_DELETE`": while something is open without it nobody can open it for
//!   deleting, and "delete access allows both delete and rename operations". So none of the folders
//!   can be taken away and another put in its place.
//! - `CreateFileW`, "`FILE_FLAG_OPEN_REPARSE_POINT`": "normal reparse point processing will not occur":
//!   what is opened at a name is what stands there, and its own attributes tell what that is.
//! - "Naming Files, Paths, and Namespaces": after `\\?\` nothing of a path is interpreted, neither `..`
//!   nor `NUL` nor a dot at the end. What this does not cover, streams and short names, is no name
//!   to [`WindowsPath`].
//! - MS-FSA 2.1.5.10.37, `FSCTL_SET_REPARSE_POINT`: an open folder may be made a junction by whoever
//!   may write its attributes, but only an empty one. So each folder is looked at once more after
//!   something was opened in it, and from then on that keeps it from being empty.
//!
//! What stays is a program of the host's own that may write to a folder, empties it, makes it a
//! junction, waits for the opening and takes the junction away again before the second look. It
//! takes the rights of the user, and leads to no more than these. A plugin has no path to begin with.

use std::fs::{File, OpenOptions};
use std::os::windows::fs::OpenOptionsExt;
use std::sync::Arc;

use aether_path::WindowsPath;
use winapi_util::file::information;

use super::constants::{
    FILE_ATTRIBUTE_REPARSE_POINT, FILE_LIST_DIRECTORY, FILE_SHARE_READ, FILE_SHARE_WRITE,
    FILE_TRAVERSE,
};
use super::{itself, meta_of, problem};
use crate::error::HostProblem;
use crate::sys::{HostKind, Meta};

/// A folder that stays what and where it is, and those around it.
#[derive(Debug)]
pub(super) struct Held {
    folder: File,
    path: WindowsPath,
    /// Kept open for as long.
    _around: Option<Arc<Held>>,
}

impl Held {
    /// The top of the drive of a path.
    pub(super) fn top_of(path: &WindowsPath) -> Result<Arc<Self>, HostProblem> {
        let top = format!(r"{}:\", path.drive());
        let path = WindowsPath::parse(&top).map_err(|_| HostProblem::Unsupported)?;
        Ok(Arc::new(Self { folder: hold(&path)?, path, _around: None }))
    }

    /// The folder of that name in it.
    pub(super) fn enter(self: &Arc<Self>, name: &str) -> Result<Arc<Self>, HostProblem> {
        let path = self.path_of(name)?;
        let folder = hold(&path)?;
        self.look_again()?;
        Ok(Arc::new(Self { folder, path, _around: Some(Arc::clone(self)) }))
    }

    /// Opens what stands at a name in it, itself and not what it links to.
    pub(super) fn open(&self, name: &str, options: &OpenOptions) -> Result<File, HostProblem> {
        let opened = options.open(self.path_of(name)?.verbatim()).map_err(problem)?;
        self.look_again()?;
        Ok(opened)
    }

    /// What stands at a name in it.
    pub(super) fn look_at(&self, name: &str) -> Result<Meta, HostProblem> {
        meta_of(&self.open(name, &itself(0))?)
    }

    /// Fails if it has become a link since it was opened.
    pub(super) fn look_again(&self) -> Result<(), HostProblem> {
        let told = information(&self.folder).map_err(problem)?;
        match told.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT {
            0 => Ok(()),
            _ => Err(HostProblem::Symlink),
        }
    }

    pub(super) fn folder(&self) -> &File {
        &self.folder
    }

    pub(super) fn path(&self) -> &WindowsPath {
        &self.path
    }

    /// The path of a name in it, for the system. What Windows would take for another name, or for
    /// several, is refused.
    pub(super) fn path_of(&self, name: &str) -> Result<WindowsPath, HostProblem> {
        self.path.join(name).map_err(|_| HostProblem::Name)
    }

    /// Whether the system tells the same path of it. It does not where a drive stands for a folder or
    /// for another machine, or a name is an alias.
    pub(super) fn is_where_it_says(&self) -> Result<bool, HostProblem> {
        let told = std::fs::canonicalize(self.path.verbatim()).map_err(problem)?;
        let told = told.to_str().and_then(|told| WindowsPath::parse(told).ok());
        Ok(told.is_some_and(|told| told == self.path))
    }
}

/// Opens a folder so that nobody can delete, rename or replace it. A share mode counts only for who
/// has access to what is in the folder: where it cannot be listed, the right to pass through it will
/// do.
fn hold(path: &WindowsPath) -> Result<File, HostProblem> {
    let open = |access| {
        let mut options = itself(access);
        options.share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE).open(path.verbatim())
    };
    let opened = match open(FILE_LIST_DIRECTORY).map_err(problem) {
        Err(HostProblem::Denied) => open(FILE_TRAVERSE).map_err(problem),
        opened => opened,
    };
    match opened {
        Ok(opened) => folder_of(opened),
        Err(HostProblem::NotFound) => Err(HostProblem::NotFound),
        // What is no folder may be in use, which is not what is to be told of it.
        Err(other) => {
            let there = itself(0).open(path.verbatim()).map_err(|_| other)?;
            folder_of(there).and(Err(other))
        }
    }
}

fn folder_of(opened: File) -> Result<File, HostProblem> {
    match meta_of(&opened)?.kind {
        HostKind::Folder => Ok(opened),
        HostKind::Symlink => Err(HostProblem::Symlink),
        // A folder that is more than one is no folder either.
        HostKind::File | HostKind::Special(_) => Err(HostProblem::NotFolder),
    }
}
