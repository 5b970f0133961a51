//! The changes of one application, and how far each has come.

use std::borrow::Cow;
use std::rc::Rc;

use aether_path::VirtualPath;
use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::mark::Mark;
use super::{Anchors, Outcome};
use crate::blob::Blob;
use crate::changeset::{Change, ChangeKind, Changeset};
use crate::sys::Meta;

/// One change on its way.
#[derive(Debug)]
pub(super) struct Job<'a> {
    /// Which changeset it is of. Paths of two changesets have nothing to do with each other.
    pub(super) set: usize,
    pub(super) change: Cow<'a, Change>,
    /// What the change writes.
    pub(super) content: Option<&'a Blob>,
    pub(super) anchors: Rc<Anchors>,
    /// Whether it is no change of the changeset, but a folder that one needs.
    pub(super) implied: bool,
    /// `None` while it is still to be made.
    pub(super) outcome: Option<Outcome>,
    /// What verification found at the path, if it is to be removed or replaced.
    pub(super) target: Option<Mark>,
    /// What verification found at a rename's old path.
    pub(super) source: Option<Mark>,
    /// Whether a rename's new path is as it should be already, so that only the old one is left.
    pub(super) placed: bool,
    /// How it is made. `None` before that is known, and for what is not to be made.
    pub(super) layout: Option<Layout>,
    /// What is to be put in place.
    pub(super) staged: Option<Staged>,
}

/// A file, symlink or folder under its temporary name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Staged {
    pub(super) mark: Mark,
    /// Whether it is a second name of what is to be renamed.
    pub(super) linked: bool,
}

impl Staged {
    /// Whether that is what was staged. What has another name may be written to by that.
    pub(super) fn is(&self, meta: &Meta) -> bool {
        if self.linked { self.mark.is_thing(meta) } else { self.mark.is(meta) }
    }
}

impl Job<'_> {
    pub(super) fn is_pending(&self) -> bool {
        self.outcome.is_none()
    }

    /// Whether it can still fail. A mount that is missing is made before anything else.
    pub(super) fn is_unfinished(&self) -> bool {
        matches!(self.outcome, None | Some(Outcome::Applied))
    }

    /// The paths at which it changes something. One can be among them twice.
    pub(super) fn paths(&self) -> impl Iterator<Item = &VirtualPath> {
        [Some(&self.change.path), self.vacates()].into_iter().flatten()
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

    /// What leaves it.
    pub(super) fn leaving(&self) -> Option<Mark> {
        match &self.change.kind {
            ChangeKind::Renamed { .. } => self.source,
            ChangeKind::Deleted | ChangeKind::FolderRemoved => self.target,
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
        !self.change.kind.is_removal() && !self.change.keeps_content()
    }

    /// Whether something is still to come to the path.
    pub(super) fn comes(&self) -> bool {
        self.places() && !self.placed
    }

    /// Whether something gets permissions or a time that it has not by itself.
    pub(super) fn sets_attributes(&self) -> bool {
        self.change.mode.is_some() || self.change.modified.is_some()
    }

    /// Whether a folder comes to the path.
    pub(super) fn is_folder_added(&self) -> bool {
        self.change.kind == ChangeKind::FolderAdded
    }
}

/// The jobs of each changeset.
pub(super) fn by_set<'j, 'c>(jobs: &'j mut [Job<'c>]) -> impl Iterator<Item = &'j mut [Job<'c>]> {
    jobs.chunk_by_mut(|one, next| one.set == next.set)
}

/// The jobs of changesets; those that are not selected are settled. `select` is given the number of
/// the job, the changeset's and the change.
pub(super) fn jobs<'a>(
    changesets: &[&'a Changeset],
    select: impl Fn(usize, usize, &Change) -> bool,
) -> Vec<Job<'a>> {
    let mut jobs = Vec::new();
    for (set, changeset) in changesets.iter().enumerate() {
        let anchors = Rc::new(Anchors::open(changeset));
        for change in changeset.changes() {
            let selected = select(jobs.len(), set, change);
            jobs.push(Job {
                content: changeset.content_of(change),
                outcome: if selected { None } else { Some(Outcome::Skipped) },
                ..Job::new(set, Cow::Borrowed(change), &anchors)
            });
        }
    }
    jobs
}

impl<'a> Job<'a> {
    fn new(set: usize, change: Cow<'a, Change>, anchors: &Rc<Anchors>) -> Self {
        let anchors = Rc::clone(anchors);
        Self {
            set,
            change,
            content: None,
            anchors,
            implied: false,
            outcome: None,
            target: None,
            source: None,
            placed: false,
            layout: None,
            staged: None,
        }
    }

    /// A folder that something needs which is to be made.
    pub(super) fn implied(set: usize, path: VirtualPath, anchors: &Rc<Anchors>) -> Self {
        let change = Change {
            host: anchors.host_of(&path),
            path,
            kind: ChangeKind::FolderAdded,
            before: None,
            after: None,
            mode: None,
            modified: None,
            executable: false,
            executable_changes: false,
            dotfile: false,
            symlink: false,
            retargeted: false,
        };
        Self { implied: true, ..Self::new(set, Cow::Owned(change), anchors) }
    }
}
