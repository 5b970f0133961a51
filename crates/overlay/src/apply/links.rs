//! Symlinks that a plugin made or moved.

use std::ffi::OsStr;

use aether_path::VirtualPath;

use super::anchors::Anchors;
use super::jobs::{Job, Staged};
use super::layout::Layout;
use super::mark::Mark;
use super::verify::Verdict;
use super::{Conflict, Outcome};
use crate::changeset::ChangeKind;
use crate::error::HostProblem;
use crate::lexical::leads_to;
use crate::resolve::MAX_LINKS;
use crate::sys::HostKind;

/// Checks once more that a symlink stays in its mount from where it comes to stand: by its text, and
/// by what the host has on the way now.
pub(super) fn verify(job: &Job<'_>) -> Verdict {
    let (anchors, path) = (&*job.anchors, &job.change.path);
    let target = match &job.change.kind {
        ChangeKind::LinkAdded { target } => Some(target.clone()),
        ChangeKind::Renamed { from, .. } => anchors.link_target(from)?.into_string().ok(),
        _ => return Ok(None),
    };
    let mount_of = |path: &_| anchors.holding(path).map(|anchor| anchor.mount.at.clone());
    let stays = match target {
        Some(target) => {
            leads_to(path, &target, mount_of).is_ok() && !leads_out(anchors, path, &target)?
        }
        None => false,
    };
    Ok((!stays).then_some(Outcome::Conflict(Conflict::LeadsOut)))
}

/// Makes a symlink under its temporary name.
pub(super) fn stage(job: &Job<'_>, layout: &Layout, target: &str) -> Result<Staged, HostProblem> {
    let folder = job.anchors.folder_of(&layout.new)?;
    folder.make_symlink(&layout.new.name, OsStr::new(target))?;
    let mark = Mark::of(&folder.meta(&layout.new.name)?);
    Ok(Staged { mark, linked: false })
}

/// Whether a symlink's target leads out of its mount over other symlinks, as the host is now. We
/// follow them ourselves; what is missing leads nowhere yet.
fn leads_out(anchors: &Anchors, link: &VirtualPath, target: &str) -> Result<bool, HostProblem> {
    let place_of = |path: &VirtualPath| anchors.holding(path).map(|anchor| &anchor.mount.at);
    let Some(top) = place_of(link) else { return Ok(true) };
    let mut at = link.parent().unwrap_or_else(VirtualPath::root);
    let mut names = names_of(target);
    let mut links = 0;
    while let Some(name) = names.pop() {
        if name == ".." {
            match at.parent() {
                Some(folder) if at != *top => at = folder,
                _ => return Ok(true),
            }
            continue;
        }
        let Ok(next) = at.join(&name) else { return Ok(true) };
        if place_of(&next) != Some(top) {
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
