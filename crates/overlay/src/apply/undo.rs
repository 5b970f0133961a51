//! Taking steps back, and clearing temporary names up, after a crash too.
//!
//! Both look at what is there, not at what is remembered, and can be cut off and begun anew. What
//! cannot be put back stays under its temporary name; clearing up leaves it and tells where it is.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::attributes;
use super::jobs::Job;
use super::layout::Layout;
use super::mark::{Mark, MarkKind};
use super::names::Spot;
use super::order::Part;
use super::verify::is_result;
use crate::error::HostProblem;
use crate::sys::{Folder, HostKind, Meta};

pub(super) fn undo(job: &Job<'_>, layout: &Layout, part: Part) -> Result<(), HostProblem> {
    match part {
        Part::Come => undo_come(job, layout),
        Part::Go => undo_go(job, layout),
        Part::Set => attributes::undo(job),
    }
}

fn undo_come(job: &Job<'_>, layout: &Layout) -> Result<(), HostProblem> {
    let Some((to, to_name)) = there(job.anchors.parent(&job.change.path))? else { return Ok(()) };
    let Some(staged) = &job.staged else {
        return if job.is_folder_added() { remove_made(&to, &to_name) } else { Ok(()) };
    };
    let Some(from) = there(job.anchors.folder_of(&layout.new))? else { return Ok(()) };
    let name = layout.new.name.as_os_str();
    let at = look(&to, &to_name)?.filter(|meta| staged.is(meta));
    let at = match at {
        Some(meta) if holds_result(job, &meta)? => Some(meta),
        _ => None,
    };
    let new = look(&from, name)?;
    let Some(occupant) = &layout.occupant else {
        return take_back((&to, &to_name), (&from, name), at, new);
    };
    if let Some(old) = look(&to, &layout.old.name)? {
        take_back((&to, &to_name), (&from, name), at, new)?;
        return put_back((&to, &layout.old.name, &old), (&to, &to_name));
    }
    match new {
        // It was a folder that could not be moved.
        None if occupant.kind == MarkKind::Folder => {
            take_back((&to, &to_name), (&from, name), at, new)?;
            restore(occupant, &to, &to_name)
        }
        Some(new) if staged.is(&new) => restore(occupant, &to, &to_name),
        Some(new) => match at {
            Some(_) => from.exchange(name, &to, &to_name),
            None => put_back((&from, name, &new), (&to, &to_name)),
        },
        None => Ok(()),
    }
}

/// Makes a folder again that could only be removed.
pub(super) fn restore(gone: &Mark, to: &Folder, name: &OsStr) -> Result<(), HostProblem> {
    if gone.kind != MarkKind::Folder || look(to, name)?.is_some() {
        return Ok(());
    }
    to.restore_folder(name, gone.mode, gone.owner)
}

/// Moves what was put in place back to its temporary name.
fn take_back(
    (to, to_name): (&Folder, &OsStr),
    (from, name): (&Folder, &OsStr),
    at: Option<Meta>,
    new: Option<Meta>,
) -> Result<(), HostProblem> {
    match (at, new) {
        (Some(_), None) => to.rename_new(to_name, from, name),
        // Moved in two steps, and cut off between them.
        (Some(at), Some(new)) if is_other_name(&at, &new) => to.remove_file(to_name),
        _ => Ok(()),
    }
}

fn undo_go(job: &Job<'_>, layout: &Layout) -> Result<(), HostProblem> {
    let path = job.vacates().unwrap_or(&job.change.path);
    for spot in &layout.gone {
        let Some(around) = there(job.anchors.folder_of(spot))? else { continue };
        let Some(gone) = look(&around, &spot.name)? else { continue };
        let Some((folder, name)) = there(job.anchors.parent(path))? else { continue };
        return put_back((&around, &spot.name, &gone), (&folder, &name));
    }
    match (job.leaving(), there(job.anchors.parent(path))?) {
        (Some(gone), Some((folder, name))) => restore(&gone, &folder, &name),
        _ => Ok(()),
    }
}

/// Moves something from its temporary name back to its path, if that is free.
fn put_back(
    (around, temporary, meta): (&Folder, &OsStr, &Meta),
    (folder, name): (&Folder, &OsStr),
) -> Result<(), HostProblem> {
    match around.rename_new(temporary, folder, name) {
        // Moved in two steps, and cut off between them.
        Err(HostProblem::Exists) if is_other_name(meta, &folder.meta(name)?) => {
            around.remove_file(temporary)
        }
        Ok(()) | Err(HostProblem::Exists) => Ok(()),
        Err(problem) => Err(problem),
    }
}

/// Removes a folder that was made where nothing was. Somebody may have put something in it; then it
/// is theirs.
fn remove_made(to: &Folder, name: &OsStr) -> Result<(), HostProblem> {
    match to.remove_folder(name) {
        Err(HostProblem::NotFound | HostProblem::NotEmpty | HostProblem::NotFolder) => Ok(()),
        removed => removed,
    }
}

/// Whether what stands at a job's path has the content that the change gives it, as far as that is
/// known. The number of an inode is given out again once it is free. Of a second name nothing can be
/// lost.
fn holds_result(job: &Job<'_>, meta: &Meta) -> Result<bool, HostProblem> {
    let linked = job.staged.is_some_and(|staged| staged.linked);
    let unknown = job.content.is_none() && job.change.before.is_none_or(|it| it.content.is_none());
    if linked || unknown || meta.kind == HostKind::Folder {
        return Ok(true);
    }
    is_result(&job.anchors, &job.change)
}

/// Removes what is left under a job's temporary names. What is neither what was staged there nor,
/// if the job was made, what it replaced or removed, stays, and it is told where.
pub(super) fn clear(
    job: &Job<'_>,
    layout: &Layout,
    made: bool,
) -> Result<Option<PathBuf>, HostProblem> {
    let replaced = layout.occupant.filter(|_| made);
    let left = job.leaving().filter(|_| made);
    let is_replaced = |meta: &Meta| replaced.is_some_and(|mark| mark.is(meta));
    let mut kept = clear_spot(job, &layout.new, |meta| is_staged(job, meta) || is_replaced(meta))?;
    if layout.occupant.is_some() {
        kept = kept.or(clear_spot(job, &layout.old, is_replaced)?);
    }
    for spot in &layout.gone {
        kept = kept.or(clear_spot(job, spot, |meta| left.is_some_and(|mark| mark.is(meta)))?);
    }
    Ok(kept)
}

/// Removes what is under a temporary name if it is `ours`; otherwise tells where it is.
fn clear_spot(
    job: &Job<'_>,
    spot: &Spot,
    is_ours: impl Fn(&Meta) -> bool,
) -> Result<Option<PathBuf>, HostProblem> {
    let Some(folder) = there(job.anchors.folder_of(spot))? else { return Ok(None) };
    let Some(meta) = look(&folder, &spot.name)? else { return Ok(None) };
    let removed = is_ours(&meta) && remove(&folder, &spot.name, &meta)?;
    Ok(if removed { None } else { Some(job.anchors.host_of_spot(spot)) })
}

/// Whether it was staged and is not needed. The last name of a file stays.
fn is_staged(job: &Job<'_>, meta: &Meta) -> bool {
    match &job.staged {
        // Nothing was ever put in its place.
        None => true,
        Some(staged) => staged.is(meta) && (!staged.linked || meta.links > 1),
    }
}

/// False for a folder that somebody has put something into.
fn remove(folder: &Folder, name: &OsStr, meta: &Meta) -> Result<bool, HostProblem> {
    let removed = match meta.kind {
        HostKind::Folder => folder.remove_folder(name),
        _ => folder.remove_file(name),
    };
    match removed {
        Ok(()) | Err(HostProblem::NotFound) => Ok(true),
        Err(HostProblem::NotEmpty) => Ok(false),
        Err(problem) => Err(problem),
    }
}

fn is_other_name(one: &Meta, other: &Meta) -> bool {
    (one.device, one.inode) == (other.device, other.inode)
}

pub(super) fn look(folder: &Folder, name: &OsStr) -> Result<Option<Meta>, HostProblem> {
    there(folder.meta(name))
}

/// What is reached only through what is not there, or is another thing now, is not there.
pub(super) fn there<T>(found: Result<T, HostProblem>) -> Result<Option<T>, HostProblem> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(HostProblem::NotFound | HostProblem::NotFolder | HostProblem::Symlink) => Ok(None),
        Err(problem) => Err(problem),
    }
}
