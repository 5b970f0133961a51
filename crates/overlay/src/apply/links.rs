//! Symlinks that a plugin made or moved.

use aether_path::VirtualPath;

use super::jobs::{Job, Staged};
use super::stage::{MAX_NAMES, temporary_name};
use super::verify::Verdict;
use super::{Anchors, Conflict, Outcome};
use crate::changeset::ChangeKind;
use crate::error::HostProblem;
use crate::lexical::leads_to;
use crate::resolve::MAX_LINKS;
use crate::sys::HostKind;

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
    let stays = leads_to(path, &target, mount_of).is_ok() && !leads_out(anchors, path, &target)?;
    Ok((!stays).then_some(Outcome::Conflict(Conflict::LeadsOut)))
}

/// Whether a symlink's target leads out of its mount over other symlinks, as the host is now. We
/// follow them ourselves; what is missing leads nowhere yet.
fn leads_out(anchors: &Anchors, link: &VirtualPath, target: &str) -> Result<bool, HostProblem> {
    let Some(mount) = anchors.mount_of(link) else { return Ok(true) };
    let mut at = link.parent().unwrap_or_else(VirtualPath::root);
    let mut names = names_of(target);
    let mut links = 0;
    while let Some(name) = names.pop() {
        if name == ".." {
            match at.parent() {
                Some(folder) if at != mount.at => at = folder,
                _ => return Ok(true),
            }
            continue;
        }
        let Ok(next) = at.join(&name) else { return Ok(true) };
        if anchors.mount_of(&next) != Some(mount) {
            return Ok(true);
        }
        let found = match anchors.meta(&next) {
            Err(HostProblem::NotFolder | HostProblem::Symlink) => None,
            found => found?,
        };
        if found.is_none_or(|meta| meta.kind != HostKind::Symlink) {
            at = next;
            continue;
        }
        match anchors.link_target(&next)?.to_str() {
            Some(target) if !target.starts_with('/') => names.extend(names_of(target)),
            _ => return Ok(true),
        }
        links += 1;
        if links > MAX_LINKS {
            // In a circle, so nowhere.
            return Ok(false);
        }
    }
    Ok(false)
}

/// The names of a target, next one last.
fn names_of(target: &str) -> Vec<String> {
    let names = target.split('/').filter(|name| !matches!(*name, "" | "."));
    names.rev().map(str::to_owned).collect()
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
