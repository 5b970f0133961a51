//! Making a changeset's changes on the host.
//!
//! 1. *Verify*: each selected change is compared with the host; what is no longer as the plugin saw
//!    it is a conflict and left alone.
//! 2. *Stage*: what comes is put beside its path under a temporary name, and synced. What is renamed
//!    gets that name as a second one.
//! 3. *Act*: each path changes in one step, in an order in which no change is in another's way. What
//!    was there is kept under a temporary name.
//! 4. *Sync*, and only then remove what was there.
//!
//! A crash leaves each path in its old or its new state, and beside it temporary names
//! (`.aether-*.tmp`). Under a journal a later process knows what stands under them, and finishes:
//! [`resume`]. The host's folders are reached from the mounts on, without following symlinks.
//! Nothing is staged outside of the mounts; only beside a single file that is mounted, since nothing
//! else can take its place in one step.

mod act;
mod anchors;
mod attributes;
mod durable;
mod jobs;
mod journal;
mod journalled;
mod layout;
mod links;
mod mark;
mod names;
mod order;
mod overlap;
mod recall;
mod run;
mod stage;
mod undo;
mod verify;
mod way;
mod work;

use std::collections::BTreeMap;
use std::path::PathBuf;

use aether_path::VirtualPath;

pub(crate) use self::anchors::Anchors;
pub use self::journal::JournalError;
use self::journal::Unrecorded;
pub use self::journalled::{Resumed, apply_journalled, journal_waits, resume};
use self::work::Work;
use crate::changeset::{Change, ChangeKind, Changeset};
use crate::error::HostProblem;

/// What became of a changeset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyReport {
    /// What became of each change, in the changeset's order.
    pub changes: Vec<Applied>,
    /// Set when everything was done, but the host could not promise that it survives a crash.
    pub not_durable: Option<HostProblem>,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The change's path.
    pub path: VirtualPath,
    /// The change's kind.
    pub kind: ChangeKind,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a change; in a [`preview`], what would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Applied,
    /// The host is already as the change would have it.
    AlreadyThere,
    /// It was not selected.
    Skipped,
    /// The host is no longer as the plugin saw it; nothing was done there.
    Conflict(Conflict),
    /// It waits for the change at this path, which was not made.
    Blocked(VirtualPath),
    /// The host could not do it.
    Failed(HostProblem),
}

/// How the host differs from what the plugin saw.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// It has other content, or is another kind of thing.
    #[error("changed on the host")]
    Changed,
    /// Something is there where nothing was.
    #[error("now exists on the host")]
    Exists,
    /// It is gone.
    #[error("gone from the host")]
    Missing,
    /// The folder holds something the plugin did not see.
    #[error("the folder holds something new")]
    NotEmpty,
    /// A component of its path is a symlink now.
    #[error("a symlink is on the way")]
    Symlink,
    /// A component of its path is no folder now.
    #[error("a folder on the way is gone")]
    NotFolder,
    /// A symlink there would lead out of its mount, as things are now.
    #[error("the symlink would lead out of the granted folder")]
    LeadsOut,
    /// Another change that is applied together with it changes the same.
    #[error("another change concerns the same path")]
    Overlap,
    /// What the host has made of it meanwhile, or what had been there, could not be put back, since
    /// the path is taken. It stands at this path of the host.
    #[error("changed on the host; what was there is kept at `{}`", .0.display())]
    KeptAt(PathBuf),
}

/// What a change that cannot be made means for others that are applied together with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Atomicity {
    /// Nothing, unless they need it: each change is made by itself.
    #[default]
    Each,
    /// None of them is made.
    All,
}

impl Outcome {
    /// Whether nothing of it is left to be done.
    fn is_fine(&self) -> bool {
        matches!(self, Self::Applied | Self::AlreadyThere | Self::Skipped)
    }
}

impl ApplyReport {
    /// The changes with an outcome.
    pub fn with(&self, test: impl Fn(&Outcome) -> bool) -> impl Iterator<Item = &Applied> {
        self.changes.iter().filter(move |applied| test(&applied.outcome))
    }

    /// Whether every selected change is on the host now.
    pub fn is_complete(&self) -> bool {
        self.changes.iter().all(|applied| applied.outcome.is_fine())
    }
}

/// Makes the selected changes on the host.
///
/// Folders on the way to a selected change are made if they are missing. New files get the mode
/// 0644, or 0755 if they are executable, and new folders 0755, less the umask or as the folder's
/// default access list says. A file that replaces another one takes over its mode, save set-user and
/// set-group bits, its access list, and what programs noted on it as `user.*` attributes. Where a
/// change gives permissions or a time, it has those in the end; what goes into a folder that is
/// opened to its owner only by that waits for another application. What is renamed to another file
/// system, or where it can have no second name, is copied, and so is what is renamed and given other
/// permissions or another time. Where a file system cannot exchange two names, a path that is
/// replaced is free for a moment.
///
/// There is no journal: after a crash, a file that was to change places with others may stand under
/// a temporary name alone, and temporary names are left. [`apply_journalled`] has one.
pub fn apply(changeset: &Changeset, select: impl Fn(&Change) -> bool) -> ApplyReport {
    let mut work = verified(changeset, select);
    let Ok(not_durable) = work.make(&mut Unrecorded);
    only(work.reports(not_durable))
}

/// The same for all changes together: none is made where one cannot be.
pub(crate) fn apply_together(changeset: &Changeset) -> ApplyReport {
    let all = |_, _, _: &Change| true;
    let mut work = Work::verified(&[changeset], all, &BTreeMap::new(), Atomicity::All);
    let Ok(not_durable) = work.make(&mut Unrecorded);
    only(work.reports(not_durable))
}

/// What [`apply`] would do now, without doing it.
pub fn preview(changeset: &Changeset, select: impl Fn(&Change) -> bool) -> ApplyReport {
    only(verified(changeset, select).reports(None))
}

fn verified(changeset: &Changeset, select: impl Fn(&Change) -> bool) -> Work<'_> {
    let select = |_, _, change: &Change| select(change);
    Work::verified(&[changeset], select, &BTreeMap::new(), Atomicity::Each)
}

fn only(reports: Vec<ApplyReport>) -> ApplyReport {
    let none = || ApplyReport { changes: Vec::new(), not_durable: None };
    reports.into_iter().next().unwrap_or_else(none)
}
