//! Making one change, in one step for whoever looks at its path.
//!
//! What is removed or replaced is moved away first and looked at once more: should it have been
//! changed since it was verified, it is put back.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use aether_path::VirtualPath;

use super::jobs::{Job, Staged};
use super::stage::{MAX_SYNCED_SINGLY, temporary_name};
use super::verify::outcome_of;
use super::{Anchors, Conflict, Outcome, attributes};
use crate::changeset::ChangeKind;
use crate::error::HostProblem;
use crate::sys::{Folder, HostKind, Meta};

/// Makes a change that nothing stands in the way of. What leaves is first moved beside a path in a
/// folder that stays: a crash must not leave something in a folder that is still to be removed.
pub(super) fn make(anchors: &Anchors, job: &mut Job<'_>, beside: &VirtualPath) -> Outcome {
    let made = match &job.change.kind {
        ChangeKind::Added | ChangeKind::Modified | ChangeKind::LinkAdded { .. } => {
            place(anchors, job)
        }
        ChangeKind::Renamed { from, .. } if job.placed => leave(anchors, from, beside, job.source),
        ChangeKind::Renamed { .. } if job.staged.is_some() => place_and_leave(anchors, job, beside),
        ChangeKind::Renamed { .. } => rename(anchors, job, beside),
        ChangeKind::Deleted => leave(anchors, &job.change.path, beside, job.target),
        ChangeKind::FolderAdded => match job.change.mode {
            Some(modes) => attributes::make_folder(anchors, job.change, modes.new),
            None => make_folder(anchors, &job.change.path),
        },
        ChangeKind::FolderRemoved => remove_folder(anchors, &job.change.path),
        // These are not among what is scheduled.
        ChangeKind::ModeChanged | ChangeKind::TimeChanged => Err(HostProblem::Unsupported),
    };
    made.unwrap_or_else(outcome_of)
}

/// Moves what is to be renamed to a temporary name, out of another change's way: beside a path
/// that is its own, or that of a folder around it.
pub(super) fn move_aside(
    anchors: &Anchors,
    job: &mut Job<'_>,
    beside: &VirtualPath,
) -> Result<(), Outcome> {
    let from = job.vacates().unwrap_or(&job.change.path);
    let (folder, name) = anchors.parent(from, false).map_err(outcome_of)?;
    let (around, _) = anchors.parent(beside, false).map_err(outcome_of)?;
    let aside = temporary_name();
    match moved_checked(&folder, &name, &around, &aside, job.source) {
        Ok(true) => {}
        Ok(false) => return Err(Outcome::Conflict(Conflict::Changed)),
        Err(problem) => return Err(outcome_of(problem)),
    }
    job.aside = Some(Staged::new(around, aside).map_err(outcome_of)?);
    Ok(())
}

/// Puts back what was moved aside for a change that was not made after all.
pub(super) fn restore(anchors: &Anchors, job: &mut Job<'_>) {
    let (Some(aside), ChangeKind::Renamed { from, .. }) = (job.aside.take(), &job.change.kind)
    else {
        return;
    };
    let back = anchors
        .parent(from, true)
        .and_then(|(folder, name)| aside.folder.rename_new(&aside.name, &folder, &name));
    if let Err(problem) = back {
        // It stays under the temporary name; that must be said.
        job.outcome = Some(Outcome::Failed(problem));
    }
}

/// Makes the changed names survive a crash.
pub(super) fn sync(anchors: &Anchors, jobs: &[Job<'_>]) -> Result<(), HostProblem> {
    let made = jobs.iter().filter(|job| job.outcome == Some(Outcome::Applied));
    let paths = made.flat_map(|job| [Some(&job.change.path), job.vacates()]).flatten();
    let folders: BTreeSet<VirtualPath> = paths.filter_map(VirtualPath::parent).collect();
    if folders.len() > MAX_SYNCED_SINGLY {
        let mut synced = BTreeSet::new();
        for root in anchors.roots() {
            let folder = root.nearest_folder(OsStr::new(""))?;
            if synced.insert(folder.identity()?.0) {
                folder.sync_file_system()?;
            }
        }
        return Ok(());
    }
    let mut seen = BTreeSet::new();
    for job in jobs.iter().filter(|job| job.outcome == Some(Outcome::Applied)) {
        for path in [Some(&job.change.path), job.vacates()].into_iter().flatten() {
            match anchors.parent(path, false) {
                Ok((folder, _)) => {
                    if seen.insert(folder.identity()?) {
                        folder.sync()?;
                    }
                }
                // A folder that has itself been removed since.
                Err(HostProblem::NotFound | HostProblem::NotFolder) => {}
                Err(problem) => return Err(problem),
            }
        }
    }
    Ok(())
}

type Made = Result<Outcome, HostProblem>;

/// Puts the staged content at the change's path.
fn place(anchors: &Anchors, job: &mut Job<'_>) -> Made {
    let (folder, name) = anchors.parent(&job.change.path, true)?;
    let Some(staged) = &job.staged else { return Err(HostProblem::NotFound) };
    let outcome = match job.target {
        None => staged.folder.rename_new(&staged.name, &folder, &name).map(|()| Outcome::Applied),
        Some(target) => replace(&staged.folder, &staged.name, &folder, &name, &target),
    }?;
    if outcome == Outcome::Applied {
        // The temporary name is free again: moved away, or removed with what it held.
        job.staged = None;
    }
    Ok(outcome)
}

/// Puts an entry in the place of another, if that is still what it was.
fn replace(
    from: &Folder,
    from_name: &OsStr,
    to: &Folder,
    to_name: &OsStr,
    replaced: &Meta,
) -> Made {
    match from.exchange(from_name, to, to_name) {
        Ok(()) => {}
        Err(HostProblem::Unsupported) => {
            return replace_unseen(from, from_name, to, to_name, replaced);
        }
        Err(problem) => return Err(problem),
    }
    if from.meta(from_name)?.same_file(replaced) {
        from.remove_file(from_name)?;
        return Ok(Outcome::Applied);
    }
    from.exchange(from_name, to, to_name)?;
    Ok(Outcome::Conflict(Conflict::Changed))
}

/// Where the file system cannot exchange names: a change within the moment between the two calls
/// would be lost.
fn replace_unseen(
    from: &Folder,
    from_name: &OsStr,
    to: &Folder,
    to_name: &OsStr,
    replaced: &Meta,
) -> Made {
    if !to.meta(to_name)?.same_file(replaced) {
        return Ok(Outcome::Conflict(Conflict::Changed));
    }
    from.rename_over(from_name, to, to_name)?;
    Ok(Outcome::Applied)
}

/// A rename with new content: the new path first, then the old one.
fn place_and_leave(anchors: &Anchors, job: &mut Job<'_>, beside: &VirtualPath) -> Made {
    let outcome = place(anchors, job)?;
    if outcome != Outcome::Applied {
        return Ok(outcome);
    }
    if let Some(aside) = job.aside.take() {
        aside.folder.remove_file(&aside.name)?;
        return Ok(Outcome::Applied);
    }
    match &job.change.kind {
        ChangeKind::Renamed { from, .. } => leave(anchors, from, beside, job.source),
        _ => Ok(outcome),
    }
}

/// A rename with its content unchanged.
fn rename(anchors: &Anchors, job: &mut Job<'_>, beside: &VirtualPath) -> Made {
    let ChangeKind::Renamed { from, .. } = &job.change.kind else {
        return Err(HostProblem::Unsupported);
    };
    let (to, to_name) = anchors.parent(&job.change.path, true)?;
    if let Some(aside) = &job.aside {
        let outcome = rename_aside(aside, &to, &to_name, job.target)?;
        if outcome == Outcome::Applied {
            job.aside = None;
        }
        return Ok(outcome);
    }
    let (folder, name) = anchors.parent(from, false)?;
    match job.target {
        None => match moved_checked(&folder, &name, &to, &to_name, job.source)? {
            true => Ok(Outcome::Applied),
            false => Ok(Outcome::Conflict(Conflict::Changed)),
        },
        Some(target) => {
            rename_over(anchors, job, beside, (&folder, &name), (&to, &to_name), &target)
        }
    }
}

/// A rename over an existing file. The file gets its new name first, as a second one, so that at no
/// moment its old name stands for something else.
fn rename_over(
    anchors: &Anchors,
    job: &Job<'_>,
    beside: &VirtualPath,
    (folder, name): (&Folder, &OsStr),
    (to, to_name): (&Folder, &OsStr),
    target: &Meta,
) -> Made {
    let source = job.source.unwrap_or(*target);
    let second = temporary_name();
    if folder.link(name, to, &second).is_err() {
        // No second names here, or none of other people's files: verification knows this state too.
        if !folder.meta(name)?.same_file(&source) {
            return Ok(Outcome::Conflict(Conflict::Changed));
        }
        return replace(folder, name, to, to_name, target);
    }
    let outcome = match to.meta(&second)?.same_file(&source) {
        true => replace(to, &second, to, to_name, target),
        false => Ok(Outcome::Conflict(Conflict::Changed)),
    };
    match outcome {
        Ok(Outcome::Applied) => {
            leave(anchors, job.vacates().unwrap_or(&job.change.path), beside, Some(source))
        }
        other => {
            if to.meta(&second).is_ok_and(|meta| meta.same_file(&source)) {
                to.remove_file(&second)?;
            }
            other
        }
    }
}

fn rename_aside(aside: &Staged, to: &Folder, to_name: &OsStr, target: Option<Meta>) -> Made {
    match target {
        None => aside.folder.rename_new(&aside.name, to, to_name).map(|()| Outcome::Applied),
        Some(target) => replace(&aside.folder, &aside.name, to, to_name, &target),
    }
}

/// Removes a file or symlink, if it is still what it was.
fn leave(
    anchors: &Anchors,
    path: &VirtualPath,
    beside: &VirtualPath,
    expected: Option<Meta>,
) -> Made {
    let (folder, name) = anchors.parent(path, false)?;
    let (around, _) = anchors.parent(beside, false)?;
    let aside: OsString = temporary_name();
    let (aside_folder, moved) = match moved_checked(&folder, &name, &around, &aside, expected) {
        // The folder around is on another file system.
        Err(HostProblem::CrossDevice) => {
            (&folder, moved_checked(&folder, &name, &folder, &aside, expected))
        }
        moved => (&around, moved),
    };
    match moved? {
        true => aside_folder.remove_file(&aside).map(|()| Outcome::Applied),
        false => Ok(Outcome::Conflict(Conflict::Changed)),
    }
}

/// Moves an entry to a free name and back again if it is not what was expected: then false.
fn moved_checked(
    from: &Folder,
    from_name: &OsStr,
    to: &Folder,
    to_name: &OsStr,
    expected: Option<Meta>,
) -> Result<bool, HostProblem> {
    from.rename_new(from_name, to, to_name)?;
    if expected.is_none_or(|expected| to.meta(to_name).is_ok_and(|meta| meta.same_file(&expected)))
    {
        return Ok(true);
    }
    to.rename_new(to_name, from, from_name)?;
    Ok(false)
}

fn make_folder(anchors: &Anchors, path: &VirtualPath) -> Made {
    let (folder, name) = anchors.parent(path, true)?;
    match folder.make_folder(&name) {
        Err(HostProblem::Exists) if folder.meta(&name)?.kind == HostKind::Folder => {
            Ok(Outcome::AlreadyThere)
        }
        made => made.map(|()| Outcome::Applied),
    }
}

fn remove_folder(anchors: &Anchors, path: &VirtualPath) -> Made {
    let (folder, name) = anchors.parent(path, false)?;
    folder.remove_folder(&name).map(|()| Outcome::Applied)
}
