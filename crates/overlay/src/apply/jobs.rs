//! The changes of one application, and how far each has come.

use std::ffi::OsString;

use aether_path::VirtualPath;

use super::Outcome;
use crate::changeset::{Change, ChangeKind, Changeset};
use crate::error::HostProblem;
use crate::sys::{Folder, Meta};

/// One change on its way.
#[derive(Debug)]
pub(super) struct Job<'a> {
    pub(super) change: &'a Change,
    /// `None` while it is still to be made.
    pub(super) outcome: Option<Outcome>,
    /// What verification found at the path, if it is to be removed or replaced.
    pub(super) target: Option<Meta>,
    /// What verification found at a rename's old path.
    pub(super) source: Option<Meta>,
    /// The content to be put in place.
    pub(super) staged: Option<Staged>,
    /// Where a rename's source stands meanwhile, when it had to make way for another change.
    pub(super) aside: Option<Staged>,
    /// Whether a rename's new path is as it should be already, so that only the old one is left.
    pub(super) placed: bool,
}

/// A file or symlink under a temporary name.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) folder: Folder,
    pub(super) name: OsString,
    /// Device and inode: what stands under the name later may be another thing, put there by an
    /// exchange that someone on the host interfered with.
    identity: (u64, u64),
}

impl Staged {
    pub(super) fn new(folder: Folder, name: OsString) -> Result<Self, HostProblem> {
        let meta = folder.meta(&name)?;
        Ok(Self { folder, name, identity: (meta.device, meta.inode) })
    }

    /// Removes it, unless something else stands there.
    pub(super) fn remove(&self) -> Result<(), HostProblem> {
        let meta = self.folder.meta(&self.name)?;
        if (meta.device, meta.inode) == self.identity {
            self.folder.remove_file(&self.name)
        } else {
            Ok(())
        }
    }
}

impl Job<'_> {
    pub(super) fn is_pending(&self) -> bool {
        self.outcome.is_none()
    }

    /// The path that something leaves.
    pub(super) fn vacates(&self) -> Option<&VirtualPath> {
        match &self.change.kind {
            ChangeKind::Renamed { from, .. } => Some(from),
            ChangeKind::Deleted | ChangeKind::FolderRemoved => Some(&self.change.path),
            ChangeKind::Added
            | ChangeKind::Modified
            | ChangeKind::FolderAdded
            | ChangeKind::LinkAdded { .. }
            | ChangeKind::ModeChanged
            | ChangeKind::TimeChanged => None,
        }
    }

    /// Whether something comes to stand at the path.
    pub(super) fn places(&self) -> bool {
        !self.change.kind.is_removal()
    }
}

pub(super) fn jobs<'a>(changeset: &'a Changeset, select: impl Fn(&Change) -> bool) -> Vec<Job<'a>> {
    let job = |change| Job {
        change,
        outcome: if select(change) { None } else { Some(Outcome::Skipped) },
        target: None,
        source: None,
        staged: None,
        aside: None,
        placed: false,
    };
    changeset.changes().iter().map(job).collect()
}
