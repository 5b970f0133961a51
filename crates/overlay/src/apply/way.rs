//! The way to a mount that the host does not have yet.
//!
//! It is made before anything else, so that nothing is ever staged outside of the mount.

use std::path::Path;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::jobs::{Job, by_set};
use super::{Anchors, Outcome};
use crate::changeset::Changeset;
use crate::config::{Absent, Resolution};
use crate::error::HostProblem;
use crate::sys::Root;

/// Missing folders that lead to a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Way {
    pub(super) set: usize,
    /// The mount's place among those of its changeset.
    pub(super) mount: usize,
    /// Whether the mount itself is one of them.
    itself: bool,
    /// How many they are.
    count: usize,
}

/// The ways that pending jobs need. The folder of a mount that is itself made on the way is made by
/// that, not by its job.
pub(super) fn ways(jobs: &mut [Job<'_>]) -> Vec<Way> {
    let mut ways = Vec::new();
    for jobs in by_set(jobs) {
        let Some((set, anchors)) = jobs.first().map(|job| (job.set, job.anchors.clone())) else {
            continue;
        };
        for (mount, anchor) in anchors.iter().enumerate() {
            let Ok(root) = &anchor.root else { continue };
            let at = &anchor.mount.at;
            let is_held = |job: &&mut Job<'_>| {
                let holder = anchors.holding(&job.change.path);
                job.is_pending() && job.comes() && holder.is_some_and(|it| it.mount.at == *at)
            };
            let held: Vec<_> = jobs.iter_mut().filter(is_held).collect();
            if held.is_empty() || root.meta("".as_ref()) != Err(HostProblem::NotFound) {
                continue;
            }
            let is_folder = |job: &&mut Job<'_>| job.change.path != *at || job.is_folder_added();
            let itself = anchor.mount.absent == Absent::Folder || held.iter().any(is_folder);
            let count = root.missing(itself);
            for job in held {
                if itself && job.is_folder_added() && job.change.path == *at {
                    job.outcome = Some(Outcome::Applied);
                }
            }
            if count > 0 {
                ways.push(Way { set, mount, itself, count });
            }
        }
    }
    ways
}

impl Way {
    pub(super) fn make(self, jobs: &[Job<'_>]) -> Result<(), HostProblem> {
        let anchors = jobs.iter().find(|job| job.set == self.set).map(|job| &job.anchors);
        let anchor = anchors.and_then(|anchors| anchors.iter().nth(self.mount));
        let root = &anchor.ok_or(HostProblem::NotFound)?.root;
        root.as_ref().map_err(|problem| *problem)?.make_missing(self.itself)
    }

    /// Whether a job is to come to the mount.
    pub(super) fn leads_to(self, job: &Job<'_>) -> bool {
        let end = job.anchors.iter().nth(self.mount).map(|anchor| &anchor.mount.at);
        let holder = job.anchors.holding(&job.change.path).map(|anchor| &anchor.mount.at);
        job.set == self.set && job.places() && holder == end
    }

    /// Whether a changeset has such a way.
    pub(super) fn is_of(self, changesets: &[&Changeset]) -> bool {
        let mount = changesets.get(self.set).and_then(|changes| changes.mounts.get(self.mount));
        mount.is_some_and(|mount| self.folders(&mount.host).count() == self.count)
    }

    /// Removes what was made of it, as far as it is empty.
    pub(super) fn unmake(self, changesets: &[&Changeset]) {
        let mount = changesets.get(self.set).and_then(|changes| changes.mounts.get(self.mount));
        for folder in mount.into_iter().flat_map(|mount| self.folders(&mount.host)) {
            match remove_empty(folder) {
                Ok(()) | Err(HostProblem::NotFound) => {}
                // Somebody may have put something in it; then it is theirs.
                Err(_) => return,
            }
        }
    }

    /// From the innermost on.
    fn folders(self, host: &Path) -> impl Iterator<Item = &Path> {
        host.ancestors().skip(usize::from(!self.itself)).take(self.count)
    }
}

fn remove_empty(folder: &Path) -> Result<(), HostProblem> {
    let (Some(around), Some(name)) = (folder.parent(), folder.file_name()) else {
        return Err(HostProblem::Unsupported);
    };
    let around = Root::open(around, Resolution::Auto)?;
    let Some((around, name)) = around.parent(name)? else { return Err(HostProblem::NotFound) };
    around.remove_folder(&name)?;
    around.sync()
}

/// Opens the mounts again, now that the ways to them are there.
pub(super) fn open_again(jobs: &mut [Job<'_>], changesets: &[&Changeset]) {
    for jobs in by_set(jobs) {
        let set = jobs.first().and_then(|job| changesets.get(job.set));
        let Some(anchors) = set.map(|changeset| Rc::new(Anchors::open(changeset))) else {
            continue;
        };
        for job in jobs {
            job.anchors = Rc::clone(&anchors);
        }
    }
}
