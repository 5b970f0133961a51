//! Permissions and times of what is there, or has just been made.
//!
//! Nothing is replaced for them. A folder's come last, since what is put into it needs the right to
//! write there, and would change its time; but where the right to write is given, it comes first.

use super::jobs::Job;
use super::stage::{MAX_SYNCED_SINGLY, temporary_name};
use super::verify::{Verdict, outcome_of};
use super::{Anchors, Conflict, Outcome};
use crate::changeset::{Change, ChangeKind};
use crate::error::HostProblem;
use crate::sys::{HostKind, Meta, Settings};

/// The owner's rights that it takes to change what is in a folder.
const OWNER_CHANGES: u32 = 0o300;

/// Checks a change of nothing else.
pub(super) fn verify(anchors: &Anchors, job: &mut Job<'_>) -> Verdict {
    let change = job.change;
    let Some(meta) = anchors.meta(&change.path)? else {
        return Ok(Some(Outcome::Conflict(Conflict::Missing)));
    };
    let kind = if change.is_folder() { HostKind::Folder } else { HostKind::File };
    let same = match &change.before {
        Some(before) => meta.kind == kind && anchors.matches(&change.path, &meta, before)?,
        None => meta.kind == kind,
    };
    let known = change
        .mode
        .is_none_or(|modes| [modes.old, Some(modes.new)].contains(&Some(meta.permissions())));
    if !same || !known {
        return Ok(Some(Outcome::Conflict(Conflict::Changed)));
    }
    if is_set(change, &meta) {
        return Ok(Some(Outcome::AlreadyThere));
    }
    job.target = Some(meta);
    Ok(None)
}

/// Whether something has the permissions that a change gives it, if it gives any.
pub(super) fn has_mode(change: &Change, meta: &Meta) -> bool {
    change.mode.is_none_or(|modes| modes.new == meta.permissions())
}

fn is_set(change: &Change, meta: &Meta) -> bool {
    has_mode(change, meta) && change.modified.is_none_or(|at| meta.modified_ms() == at)
}

/// Lets the owner of folders change what is in them, where that is what changes.
pub(super) fn open_up(anchors: &Anchors, jobs: &mut [Job<'_>]) {
    for job in jobs.iter_mut().filter(|job| job.is_pending()) {
        let change = job.change;
        let opens = change.kind == ChangeKind::ModeChanged
            && change.is_folder()
            && change.mode.is_some_and(|modes| modes.new & OWNER_CHANGES == OWNER_CHANGES);
        if let (true, Some(meta)) = (opens, job.target) {
            let settings = Settings { modified: None, ..settings(change) };
            match set(anchors, change, &meta, settings) {
                Ok(Outcome::Applied) => {}
                Ok(other) => job.outcome = Some(other),
                Err(problem) => job.outcome = Some(outcome_of(problem)),
            }
        }
    }
}

/// Makes the changes of nothing else, and ends what was begun with new folders.
pub(super) fn finish(anchors: &Anchors, jobs: &mut [Job<'_>]) {
    let to_be_set: Vec<usize> = (0..jobs.len())
        // What is in a folder before the folder, which may then be shut.
        .rev()
        .filter(|index| jobs.get(*index).is_some_and(|job| job.is_pending() || is_new_folder(job)))
        .collect();
    let sync = to_be_set.len() <= MAX_SYNCED_SINGLY;
    for index in to_be_set {
        let Some(job) = jobs.get_mut(index) else { continue };
        let settings = Settings { sync, ..settings(job.change) };
        let done = match job.target {
            Some(meta) if job.is_pending() => set(anchors, job.change, &meta, settings),
            _ => set_on_new_folder(anchors, job, settings),
        };
        match done {
            Ok(outcome) => job.outcome = Some(outcome),
            Err(problem) => job.outcome = Some(outcome_of(problem)),
        }
    }
}

fn is_new_folder(job: &Job<'_>) -> bool {
    let there = matches!(job.outcome, Some(Outcome::Applied | Outcome::AlreadyThere));
    let begun = job.change.modified.is_some()
        || job.change.mode.is_some_and(|modes| as_made(modes.new) != modes.new);
    there && job.change.kind == ChangeKind::FolderAdded && begun
}

fn set_on_new_folder(
    anchors: &Anchors,
    job: &Job<'_>,
    settings: Settings,
) -> Result<Outcome, HostProblem> {
    let Some(meta) = anchors.meta(&job.change.path)? else { return Err(HostProblem::NotFound) };
    let outcome = job.outcome.clone().unwrap_or(Outcome::Applied);
    // One that was there need not be ours, unless it is just as an interrupted application left it.
    let ours = job.change.mode.is_some_and(|modes| meta.permissions() == as_made(modes.new));
    if outcome == Outcome::Applied || ours {
        set(anchors, job.change, &meta, settings)?;
    }
    Ok(outcome)
}

/// Makes a folder with its permissions in one step, as far as it must be written to meanwhile.
pub(super) fn make_folder(
    anchors: &Anchors,
    change: &Change,
    mode: u32,
) -> Result<Outcome, HostProblem> {
    let (folder, name) = anchors.parent(&change.path, true)?;
    let aside = temporary_name();
    folder.make_folder_with(&aside, as_made(mode))?;
    let renamed = folder.rename_new(&aside, &folder, &name);
    if renamed.is_ok() {
        return Ok(Outcome::Applied);
    }
    folder.remove_folder(&aside)?;
    if folder.meta(&name).is_ok_and(|meta| meta.kind == HostKind::Folder) {
        return Ok(Outcome::AlreadyThere);
    }
    // Some file systems cannot move a folder to a name that must be free.
    folder.make_folder_with(&name, as_made(mode)).map(|()| Outcome::Applied)
}

/// The permissions of a folder while it is filled.
fn as_made(mode: u32) -> u32 {
    mode | 0o700
}

fn set(
    anchors: &Anchors,
    change: &Change,
    expected: &Meta,
    settings: Settings,
) -> Result<Outcome, HostProblem> {
    let (folder, name) = anchors.parent(&change.path, false)?;
    match folder.set(&name, expected, settings)? {
        true => Ok(Outcome::Applied),
        false => Ok(Outcome::Conflict(Conflict::Changed)),
    }
}

fn settings(change: &Change) -> Settings {
    let mode = change.mode.map(|modes| modes.new);
    Settings { mode, modified: change.modified, sync: false }
}

/// Makes those that were not synced one by one survive a crash.
pub(super) fn sync(anchors: &Anchors, jobs: &[Job<'_>]) -> Result<(), HostProblem> {
    let made = |job: &&Job<'_>| job.outcome == Some(Outcome::Applied);
    let set =
        jobs.iter().filter(made).filter(|job| job.change.keeps_content() || is_new_folder(job));
    if set.count() > MAX_SYNCED_SINGLY {
        for root in anchors.roots() {
            root.nearest_folder(std::ffi::OsStr::new(""))?.sync_file_system()?;
        }
    }
    Ok(())
}
