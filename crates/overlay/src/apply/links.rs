//! Symlinks that a plugin made or moved.

use super::jobs::{Job, Staged};
use super::stage::{MAX_NAMES, temporary_name};
use super::verify::Verdict;
use super::{Anchors, Conflict, Outcome};
use crate::changeset::ChangeKind;
use crate::error::HostProblem;
use crate::lexical::leads_to;

/// Checks once more that a symlink stays in its mount from where it comes to stand: by its text, and
/// by what the host has on the way now.
pub(super) fn verify(anchors: &Anchors, job: &Job<'_>) -> Verdict {
    let path = &job.change.path;
    let target = match &job.change.kind {
        ChangeKind::LinkAdded { target } => target.clone(),
        ChangeKind::Renamed { from, .. } => {
            match anchors.link_target(job.vacates().unwrap_or(from))?.into_string() {
                Ok(target) => target,
                Err(_) => return Ok(Some(Outcome::Conflict(Conflict::LeadsOut))),
            }
        }
        _ => return Ok(None),
    };
    let mount_of = |path: &_| anchors.mount_of(path).map(|mount| mount.at.clone());
    let stays = leads_to(path, &target, mount_of).is_ok() && !anchors.leads_out(path, &target)?;
    Ok((!stays).then_some(Outcome::Conflict(Conflict::LeadsOut)))
}

/// Makes a symlink under a temporary name.
pub(super) fn stage(anchors: &Anchors, job: &Job<'_>, target: &str) -> Result<Staged, HostProblem> {
    let folder = anchors.nearest_folder(&job.change.path)?;
    for _ in 0..MAX_NAMES {
        let name = temporary_name();
        match folder.make_symlink(target, &name) {
            Err(HostProblem::Exists) => {}
            made => return made.and_then(|()| Staged::new(folder, name)),
        }
    }
    Err(HostProblem::Exists)
}
