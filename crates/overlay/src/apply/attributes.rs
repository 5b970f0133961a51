//! Permissions and times of what is there, or has just been made.
//!
//! Nothing is replaced for them. Those of a file are set as a step of its own, which can be taken
//! back. A folder stays such that its owner can change what is in it until nothing is taken back any
//! more, and no temporary name is left in it; only then it is shut, and its time set.

use super::jobs::Job;
use super::mark::Mark;
use super::undo::{look, there};
use super::verify::Verdict;
use super::{Conflict, Outcome};
use crate::changeset::{Change, ChangeKind};
use crate::error::HostProblem;
use crate::sys::{HostKind, Meta, Settings};

/// What it takes for its owner to change what is in a folder.
const OWNER: u32 = 0o700;

/// Checks a change of nothing else.
pub(super) fn verify(job: &mut Job<'_>) -> Verdict {
    let (anchors, change) = (job.anchors.clone(), job.change.clone());
    let Some(meta) = anchors.meta(&change.path)? else {
        return Ok(Some(Outcome::Conflict(Conflict::Missing)));
    };
    let kind = if change.is_folder() { HostKind::Folder } else { HostKind::File };
    let same = match &change.before {
        Some(before) => meta.kind == kind && anchors.matches(&change.path, &meta, before)?,
        None => meta.kind == kind,
    };
    // The last is what an application without a journal leaves of a folder that was cut off.
    let is_known = |old: Option<u32>, new| {
        let cut_off = Some(new | OWNER).filter(|_| meta.kind == HostKind::Folder);
        [old, Some(new), cut_off].contains(&Some(meta.permissions()))
    };
    if !same || !change.mode.is_none_or(|modes| is_known(modes.old, modes.new)) {
        return Ok(Some(Outcome::Conflict(Conflict::Changed)));
    }
    if has_mode(&change, &meta) && change.modified.is_none_or(|at| meta.modified_ms() == at) {
        return Ok(Some(Outcome::AlreadyThere));
    }
    job.target = Some(Mark::of(&meta));
    Ok(None)
}

/// Whether something has the permissions that a change gives it, if it gives any.
pub(super) fn has_mode(change: &Change, meta: &Meta) -> bool {
    change.mode.is_none_or(|modes| modes.new == meta.permissions())
}

/// Sets what changes of a file; of a folder, only that its owner can go on with it. That tells
/// whether the rest can be set.
pub(super) fn set(job: &Job<'_>) -> Result<Outcome, HostProblem> {
    let Some(target) = job.target else { return Err(HostProblem::NotFound) };
    let (folder, name) = job.anchors.parent(&job.change.path)?;
    let settings = match job.change.is_folder() {
        true => Settings { mode: Some(kept_open(&job.change, &target)), modified: None },
        false => settings(&job.change, 0),
    };
    Ok(match folder.set(&name, |meta| target.is(meta), settings)? {
        true => Outcome::Applied,
        false => Outcome::Conflict(Conflict::Changed),
    })
}

/// The mode of a folder that is there, until it is shut.
fn kept_open(change: &Change, target: &Mark) -> u32 {
    change.mode.map_or(target.mode, |modes| target.mode & 0o7000 | modes.new | OWNER)
}

/// Takes back what was set, unless somebody has set something else since.
pub(super) fn undo(job: &Job<'_>) -> Result<(), HostProblem> {
    let Some(target) = job.target else { return Ok(()) };
    let Some((folder, name)) = there(job.anchors.parent(&job.change.path))? else { return Ok(()) };
    let Some(meta) = look(&folder, &name)? else { return Ok(()) };
    let was_set = match job.change.is_folder() {
        true => meta.mode == kept_open(&job.change, &target),
        false => job.change.mode.is_some() && has_mode(&job.change, &meta),
    };
    let was_timed = job.change.modified.is_some_and(|at| meta.modified_ms() == at);
    let settings = Settings {
        mode: was_set.then_some(target.mode),
        modified: (was_timed && !job.change.is_folder()).then_some(target.modified),
    };
    match settings {
        Settings { mode: None, modified: None } => Ok(()),
        settings => folder.set(&name, |meta| target.is_thing(meta), settings).map(drop),
    }
}

/// Sets what a folder is to have in the end. What became of it, if that failed.
pub(super) fn finish(job: &Job<'_>) -> Result<Option<Outcome>, HostProblem> {
    let change = &job.change;
    if !change.is_folder() || change.mode.is_none() && change.modified.is_none() {
        return Ok(None);
    }
    let (folder, name) = job.anchors.parent(&change.path)?;
    let is_ours = |meta: &Meta| match (&change.kind, job.target) {
        (ChangeKind::FolderAdded, _) => {
            let made = change.mode.is_none() || meta.permissions() == OWNER;
            meta.kind == HostKind::Folder && (made || has_mode(change, meta))
        }
        (_, Some(target)) => target.is_thing(meta),
        (_, None) => false,
    };
    let settings = settings(change, folder.meta(&name)?.mode & 0o7000);
    let set = folder.set(&name, is_ours, settings)?;
    Ok((!set).then_some(Outcome::Conflict(Conflict::Changed)))
}

/// What a change sets. A folder keeps what it says of the files in it, the bits `beside`; a file loses
/// what lets it run as somebody else.
fn settings(change: &Change, beside: u32) -> Settings {
    let mode = change.mode.map(|modes| beside | modes.new);
    Settings { mode, modified: change.modified.map(point) }
}

/// Milliseconds since the epoch as seconds and nanoseconds.
pub(super) fn point(milliseconds: i64) -> (i64, u32) {
    let nanos = u32::try_from(milliseconds.rem_euclid(1000)).unwrap_or_default() * 1_000_000;
    (milliseconds.div_euclid(1000), nanos)
}
