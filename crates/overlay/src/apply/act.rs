//! Making one step, in one system call for whoever looks at its path.
//!
//! What is removed or replaced is moved to a temporary name, not removed, and looked at once more:
//! should it have been changed since it was verified, it is put back. Where that fails it stays
//! under the temporary name, and clearing up tells so. Of a folder that could only be removed nothing
//! stays: where it cannot be made again, that is told at once.

use std::ffi::OsStr;

use super::jobs::Job;
use super::layout::Layout;
use super::mark::{Mark, MarkKind};
use super::undo::restore;
use super::{Conflict, Outcome};
use crate::error::HostProblem;
use crate::sys::{Folder, HostKind};

type Made = Result<Outcome, HostProblem>;

/// Lets something come to a job's path.
pub(super) fn come(job: &Job<'_>, layout: &Layout) -> Made {
    let (to, to_name) = job.anchors.parent(&job.change.path)?;
    let staged = match &job.staged {
        Some(staged) => staged,
        None if job.is_folder_added() => return make_folder(job, &to, &to_name),
        None => return Err(HostProblem::NotFound),
    };
    let from = job.anchors.folder_of(&layout.new)?;
    let name = layout.new.name.as_os_str();
    if !staged.is(&from.meta(name)?) {
        return Ok(Outcome::Conflict(Conflict::Changed));
    }
    let Some(occupant) = &layout.occupant else {
        return from.rename_new(name, &to, &to_name).map(|()| Outcome::Applied);
    };
    match from.exchange(name, &to, &to_name) {
        Ok(()) => {}
        // Of the latter, overlayfs says so of a folder that is not its upper layer's own.
        Err(HostProblem::Unsupported | HostProblem::CrossDevice) => {
            return replace(layout, occupant, &from, (&to, &to_name));
        }
        Err(problem) => return Err(problem),
    }
    let Some(conflict) = differs(&from, name, occupant) else { return Ok(Outcome::Applied) };
    let back = from.exchange(name, &to, &to_name);
    // What was put in its place is gone again meanwhile.
    let _ = back.or_else(|_| from.rename_new(name, &to, &to_name));
    Ok(Outcome::Conflict(conflict))
}

/// Where the file system cannot exchange names: two steps, and for a moment there is nothing.
fn replace(layout: &Layout, occupant: &Mark, from: &Folder, (to, name): (&Folder, &OsStr)) -> Made {
    let old = layout.old.name.as_os_str();
    let moved = match to.rename_new(name, to, old) {
        Err(problem) if can_only_go(occupant, problem) => {
            to.remove_folder(name)?;
            false
        }
        moved => moved.map(|()| true)?,
    };
    let placed = match differs(to, old, occupant).filter(|_| moved) {
        Some(conflict) => Ok(Outcome::Conflict(conflict)),
        None => from.rename_new(&layout.new.name, to, name).map(|()| Outcome::Applied),
    };
    if placed == Ok(Outcome::Applied) {
        return placed;
    }
    if moved {
        let _ = to.rename_new(old, to, name);
        return placed;
    }
    match restore(occupant, to, name) {
        Ok(()) => placed,
        Err(problem) => Ok(Outcome::Conflict(Conflict::NotTakenBack(problem))),
    }
}

/// Whether it is a folder that can be removed, yet not moved: overlayfs does not move one that is
/// not its upper layer's own, and nobody moves one out of a folder that may not write to it.
fn can_only_go(mark: &Mark, problem: HostProblem) -> bool {
    mark.kind == MarkKind::Folder
        && matches!(problem, HostProblem::CrossDevice | HostProblem::Denied)
}

fn make_folder(job: &Job<'_>, to: &Folder, name: &OsStr) -> Made {
    let made = match job.change.mode {
        // It gets others in the end; until then it must not be open to more.
        Some(_) => to.make_private_folder(name),
        None => to.make_folder(name),
    };
    match made {
        Err(HostProblem::Exists) if to.meta(name)?.kind == HostKind::Folder => {
            Ok(Outcome::AlreadyThere)
        }
        made => made.map(|()| Outcome::Applied),
    }
}

/// Lets something leave a job's path.
pub(super) fn go(job: &Job<'_>, layout: &Layout) -> Made {
    let path = job.vacates().unwrap_or(&job.change.path);
    let (folder, name) = job.anchors.parent(path)?;
    let mut failed = HostProblem::CrossDevice;
    for spot in &layout.gone {
        let around = job.anchors.folder_of(spot)?;
        match folder.rename_new(&name, &around, &spot.name) {
            // On another file system, or a folder that must not be moved.
            Err(problem @ (HostProblem::CrossDevice | HostProblem::Denied)) => failed = problem,
            moved => {
                moved?;
                let conflict =
                    job.leaving().and_then(|expected| differs(&around, &spot.name, &expected));
                let Some(conflict) = conflict else { return Ok(Outcome::Applied) };
                let _ = around.rename_new(&spot.name, &folder, &name);
                return Ok(Outcome::Conflict(conflict));
            }
        }
    }
    match job.leaving() {
        Some(mark) if can_only_go(&mark, failed) => {
            folder.remove_folder(&name).map(|()| Outcome::Applied)
        }
        _ => Err(failed),
    }
}

/// How what stands under a temporary name differs from what was verified.
fn differs(folder: &Folder, name: &OsStr, verified: &Mark) -> Option<Conflict> {
    match folder.meta(name) {
        Ok(meta) if !verified.is(&meta) => Some(Conflict::Changed),
        Ok(_) if verified.kind != MarkKind::Folder => None,
        Ok(_) => match folder.is_empty(name) {
            Ok(true) => None,
            Ok(false) | Err(_) => Some(Conflict::NotEmpty),
        },
        Err(_) => Some(Conflict::Changed),
    }
}
