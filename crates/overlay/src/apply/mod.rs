//! Making a changeset's changes on the host.
//!
//! 1. *Verify*: each selected change is compared with the host; what is no longer as the plugin saw
//!    it is a conflict and left alone.
//! 2. *Stage*: new contents are written beside their targets, under temporary names, and synced.
//! 3. *Act*: each path changes in one step, in an order in which no change is in another's way.
//!
//! A crash leaves each path in its old or its new state, perhaps with a temporary file
//! (`.aether-*.tmp`) beside it; applying again finishes the rest. The host's folders are reached
//! from the mounts on, without following symlinks.

mod act;
mod anchors;
mod attributes;
mod jobs;
mod links;
mod schedule;
mod stage;
mod verify;

pub(crate) use self::anchors::Anchors;
use self::jobs::Job;

use aether_path::VirtualPath;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
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
}

impl ApplyReport {
    /// The changes with an outcome.
    pub fn with(&self, test: impl Fn(&Outcome) -> bool) -> impl Iterator<Item = &Applied> {
        self.changes.iter().filter(move |applied| test(&applied.outcome))
    }

    /// Whether every selected change is on the host now.
    pub fn is_complete(&self) -> bool {
        let fine = |outcome: &Outcome| {
            matches!(outcome, Outcome::Applied | Outcome::AlreadyThere | Outcome::Skipped)
        };
        self.changes.iter().all(|applied| fine(&applied.outcome))
    }
}

/// Makes the selected changes on the host.
///
/// Folders on the way to a selected change are made if they are missing. New files get the mode
/// 0644, or 0755 if they are executable, and new folders 0755, less the umask; a replaced file's
/// mode is kept, save set-user and set-group bits. Where a change says otherwise, the mode is that.
pub fn apply(changeset: &Changeset, select: impl Fn(&Change) -> bool) -> ApplyReport {
    let anchors = Anchors::open(changeset);
    let mut jobs = jobs::jobs(changeset, select);
    verify::verify(&anchors, &mut jobs);
    attributes::open_up(&anchors, &mut jobs);
    stage::stage(changeset, &anchors, &mut jobs);
    schedule::run(&anchors, &mut jobs);
    stage::clear(&mut jobs);
    attributes::finish(&anchors, &mut jobs);
    let synced = act::sync(&anchors, &jobs).and_then(|()| attributes::sync(&anchors, &jobs));
    let not_durable = synced.err();
    report(jobs, not_durable)
}

/// What [`apply`] would do now, without doing it.
pub fn preview(changeset: &Changeset, select: impl Fn(&Change) -> bool) -> ApplyReport {
    let anchors = Anchors::open(changeset);
    let mut jobs = jobs::jobs(changeset, select);
    verify::verify(&anchors, &mut jobs);
    report(jobs, None)
}

fn report(jobs: Vec<Job<'_>>, not_durable: Option<HostProblem>) -> ApplyReport {
    let applied = |job: Job<'_>| Applied {
        path: job.change.path.clone(),
        kind: job.change.kind.clone(),
        outcome: job.outcome.unwrap_or(Outcome::Applied),
    };
    ApplyReport { changes: jobs.into_iter().map(applied).collect(), not_durable }
}
