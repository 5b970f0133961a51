//! Writing new contents under temporary names, before anything is changed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::sync::atomic::{AtomicU64, Ordering};

use super::jobs::{Job, Staged};
use super::verify::outcome_of;
use super::{Anchors, links};
use crate::blob::copy;
use crate::changeset::{ChangeKind, Changeset};
use crate::error::HostProblem;
use crate::sys::{Folder, HostKind, NewFile};

/// Up to so many files are synced one by one; more of them together with their file system, which
/// takes about as long as a few files do.
pub(super) const MAX_SYNCED_SINGLY: usize = 8;

/// How many temporary names are tried in a folder where some are taken.
pub(super) const MAX_NAMES: usize = 1000;

/// Stages the content of each job that has one. A job that cannot be staged has failed.
pub(super) fn stage(changeset: &Changeset, anchors: &Anchors, jobs: &mut [Job<'_>]) {
    let count = jobs.iter().filter(|job| job.is_pending() && job.change.after.is_some()).count();
    let singly = count <= MAX_SYNCED_SINGLY;
    for job in jobs.iter_mut().filter(|job| job.is_pending() && !job.placed) {
        match stage_one(changeset, anchors, job, singly) {
            Ok(staged) => job.staged = staged,
            Err(problem) => job.outcome = Some(outcome_of(problem)),
        }
    }
    if !singly && let Err(problem) = sync_all(jobs) {
        for job in jobs.iter_mut().filter(|job| job.staged.is_some()) {
            job.outcome = Some(outcome_of(problem));
        }
    }
}

/// Removes what was staged and not used.
pub(super) fn clear(jobs: &mut [Job<'_>]) {
    for job in jobs {
        if let Some(staged) = job.staged.take() {
            // Left behind at worst, under a name that says what it is.
            let _ = staged.remove();
        }
    }
}

/// A temporary name not yet used by this process.
pub(super) fn temporary_name() -> OsString {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!(".aether-{}-{number}.tmp", std::process::id()).into()
}

fn stage_one(
    changeset: &Changeset,
    anchors: &Anchors,
    job: &Job<'_>,
    sync: bool,
) -> Result<Option<Staged>, HostProblem> {
    let change = job.change;
    let folder = match (&change.kind, change.after) {
        (ChangeKind::LinkAdded { target }, _) => {
            return links::stage(anchors, job, target).map(Some);
        }
        (_, Some(_)) => anchors.nearest_folder(&change.path)?,
        (ChangeKind::Renamed { .. }, None) => {
            let folder = anchors.nearest_folder(&change.path)?;
            // A copy gets what is set on it before anybody sees it.
            let stays = change.mode.is_none() && change.modified.is_none();
            if stays
                && job.source.is_none_or(|source| {
                    folder.identity().is_ok_and(|(device, _)| device == source.device)
                })
            {
                return Ok(None);
            }
            folder
        }
        _ => return Ok(None),
    };
    let (file, name) = create(&folder)?;
    let staged = Staged::new(folder, name)?;
    match fill(changeset, anchors, job, &file, sync) {
        Ok(()) => Ok(Some(staged)),
        Err(problem) => {
            let _ = staged.remove();
            Err(problem)
        }
    }
}

fn create(folder: &Folder) -> Result<(NewFile, OsString), HostProblem> {
    for _ in 0..MAX_NAMES {
        let name = temporary_name();
        match folder.create(&name) {
            Err(HostProblem::Exists) => {}
            created => return created.map(|file| (file, name)),
        }
    }
    Err(HostProblem::Exists)
}

fn fill(
    changeset: &Changeset,
    anchors: &Anchors,
    job: &Job<'_>,
    file: &NewFile,
    sync: bool,
) -> Result<(), HostProblem> {
    match (changeset.content_of(job.change), &job.change.kind) {
        (Some(content), _) => {
            file.set_len(content.copy(|offset, data| file.write_at(offset, data))?)?
        }
        // On another file system: what cannot be renamed is copied.
        (None, ChangeKind::Renamed { from, .. }) if !job.change.symlink => {
            let from = anchors.open_file(from)?;
            let read = |offset, max| from.read_at(offset, max);
            file.set_len(copy(read, |offset, data| file.write_at(offset, data))?)?
        }
        (None, _) => return Err(HostProblem::CrossDevice),
    }
    let mode = job.change.mode.map(|modes| modes.new);
    if let Some(replaced) =
        job.source.or(job.target).filter(|replaced| replaced.kind == HostKind::File)
    {
        file.inherit(&replaced, mode)?;
    } else if let Some(mode) = mode {
        file.set_mode(mode)?;
    } else if job.change.kind == ChangeKind::Added && job.change.executable {
        file.set_executable(true)?;
    }
    if let Some(at) = job.change.modified {
        file.set_modified(at)?;
    }
    if sync { file.sync() } else { Ok(()) }
}

fn sync_all(jobs: &[Job<'_>]) -> Result<(), HostProblem> {
    let mut synced = BTreeSet::new();
    for staged in jobs.iter().filter_map(|job| job.staged.as_ref()) {
        let (device, _) = staged.folder.identity()?;
        if synced.insert(device) {
            staged.folder.sync_file_system()?;
        }
    }
    Ok(())
}
