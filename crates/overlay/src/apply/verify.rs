//! Comparing the host with what the plugin saw.

use std::collections::{BTreeMap, BTreeSet};

use aether_path::VirtualPath;

use super::jobs::{Job, by_set};
use super::layout::around;
use super::mark::Mark;
use super::{Anchors, Conflict, Outcome, attributes, links};
use crate::changeset::{Change, ChangeKind};
use crate::error::HostProblem;
use crate::fingerprint::Fingerprint;
use crate::list::MAX_LISTED;
use crate::sys::{self, HostKind, Meta};

/// Decides on each job that cannot or need not be made, and notes what is there for the others.
pub(super) fn verify(jobs: &mut [Job<'_>]) {
    by_set(jobs).for_each(verify_set);
}

/// The same of the jobs of one changeset.
fn verify_set(jobs: &mut [Job<'_>]) {
    let mut vacated = BTreeSet::new();
    for job in jobs.iter_mut().filter(|job| job.is_pending()) {
        if let Some(path) = job.vacates().cloned() {
            let once = vacated.insert(path);
            let twice = Some(Outcome::Conflict(Conflict::Overlap));
            job.outcome = settle(if once { verify_leaving(job) } else { Ok(twice) });
        }
    }
    settle_replaced(jobs);
    let pending = jobs.iter().filter(|job| job.is_pending());
    let leaving: BTreeSet<VirtualPath> = pending.filter_map(|job| job.vacates().cloned()).collect();
    for job in jobs.iter_mut().filter(|job| job.is_pending()) {
        job.outcome = settle(match job.change.kind {
            _ if !can_have_mode(&job.change) => Err(HostProblem::Unsupported),
            ChangeKind::Deleted => Ok(None),
            ChangeKind::FolderRemoved => verify_emptied(job, &leaving),
            ChangeKind::ModeChanged | ChangeKind::TimeChanged => attributes::verify(job),
            _ => verify_coming(job, &leaving).and_then(|verdict| match verdict {
                None if job.change.symlink => links::verify(job),
                verdict => Ok(verdict),
            }),
        });
    }
    block_those_that_wait(jobs, leaving);
}

/// What was to leave and does not stands in the way of others, and these perhaps of more.
fn block_those_that_wait(jobs: &mut [Job<'_>], leaving: BTreeSet<VirtualPath>) {
    let mut staying: Vec<(VirtualPath, VirtualPath)> = Vec::new();
    let stays = |job: &Job<'_>| Some((job.vacates()?.clone(), job.change.path.clone()));
    let settled = jobs.iter().filter(|job| !job.is_pending());
    staying.extend(settled.filter_map(stays).filter(|(path, _)| leaving.contains(path)));
    let places: BTreeMap<VirtualPath, usize> = index(jobs, |job| job.places());
    let folders: BTreeMap<VirtualPath, usize> =
        index(jobs, |job| job.change.kind == ChangeKind::FolderRemoved);
    while let Some((path, by)) = staying.pop() {
        let placed = places.range(path.clone()..).take_while(|(below, _)| below.starts_with(&path));
        let blocked = placed.map(|(_, index)| (*index, Outcome::Blocked(by.clone())));
        let held = around(&path).filter_map(|folder| folders.get(&folder));
        let held = held.map(|index| (*index, Outcome::Conflict(Conflict::NotEmpty)));
        for (index, outcome) in blocked.chain(held) {
            if let Some(job) = jobs.get_mut(index).filter(|job| job.is_pending()) {
                job.outcome = Some(outcome);
                staying.extend(stays(job));
            }
        }
    }
}

fn index(jobs: &[Job<'_>], test: impl Fn(&Job<'_>) -> bool) -> BTreeMap<VirtualPath, usize> {
    let found = jobs.iter().enumerate().filter(|(_, job)| job.is_pending() && test(job));
    found.map(|(index, job)| (job.change.path.clone(), index)).collect()
}

/// Whether the host can give it the permissions that it is to have.
fn can_have_mode(change: &Change) -> bool {
    change.mode.is_none_or(|modes| sys::can_have_mode(change.is_folder(), modes.new))
}

pub(super) type Verdict = Result<Option<Outcome>, HostProblem>;

fn settle(verdict: Verdict) -> Option<Outcome> {
    verdict.unwrap_or_else(|problem| Some(outcome_of(problem)))
}

/// What is on the way is a conflict; what the host cannot do is a failure.
pub(super) fn outcome_of(problem: HostProblem) -> Outcome {
    match problem {
        HostProblem::Symlink => Outcome::Conflict(Conflict::Symlink),
        HostProblem::NotFolder => Outcome::Conflict(Conflict::NotFolder),
        HostProblem::NotFound => Outcome::Conflict(Conflict::Missing),
        HostProblem::Exists => Outcome::Conflict(Conflict::Exists),
        HostProblem::NotEmpty => Outcome::Conflict(Conflict::NotEmpty),
        other => Outcome::Failed(other),
    }
}

/// Checks what is to be removed, or renamed away.
fn verify_leaving(job: &mut Job<'_>) -> Verdict {
    let (anchors, change) = (job.anchors.clone(), job.change.clone());
    let path = job.vacates().unwrap_or(&change.path).clone();
    let renamed = matches!(change.kind, ChangeKind::Renamed { .. });
    let found = match anchors.meta(&path) {
        Err(HostProblem::NotFolder) => None,
        Err(HostProblem::Symlink) if renamed && is_result(&anchors, &change)? => None,
        found => found?,
    };
    let wanted = match (&change.kind, change.symlink) {
        (ChangeKind::FolderRemoved, _) => HostKind::Folder,
        (_, true) => HostKind::Symlink,
        (_, false) => HostKind::File,
    };
    let same = match (&found, &change.before) {
        (Some(meta), Some(before)) => {
            meta.kind == wanted && anchors.matches(&path, meta, before)?
        }
        (Some(meta), None) => meta.kind == wanted,
        (None, _) => false,
    };
    // After an earlier application something else may stand at the old path, even with the same
    // content.
    let original = same
        && found.is_some_and(|meta| change.before.is_some_and(|before| meta.inode == before.inode));
    if renamed && !original && is_result(&anchors, &change)? {
        return Ok(Some(Outcome::AlreadyThere));
    }
    let meta = match found {
        Some(meta) if same => meta,
        Some(_) => return Ok(Some(Outcome::Conflict(Conflict::Changed))),
        None if renamed => return Ok(Some(Outcome::Conflict(Conflict::Missing))),
        None => return Ok(Some(Outcome::AlreadyThere)),
    };
    let mark = Some(Mark::of(&meta));
    *(if renamed { &mut job.source } else { &mut job.target }) = mark;
    Ok(None)
}

/// Where one thing takes the place of another, an earlier, interrupted application may have got
/// past the removal already: what is there is then no conflict.
fn settle_replaced(jobs: &mut [Job<'_>]) {
    let wanted =
        |job: &&Job<'_>| job.places() && matches!(job.outcome, None | Some(Outcome::AlreadyThere));
    let placed: BTreeMap<&VirtualPath, &Job<'_>> =
        jobs.iter().filter(wanted).map(|job| (&job.change.path, job)).collect();
    let is_there = |path: &VirtualPath| {
        let is_result = |job: &&Job<'_>| is_result(&job.anchors, &job.change).unwrap_or(false);
        placed.get(path).is_some_and(is_result)
    };
    let is_replaced = |job: &Job<'_>| match job.outcome {
        Some(Outcome::Conflict(Conflict::Changed)) => is_there(&job.change.path),
        // What was renamed over it may look just like it: two links with one target.
        None => {
            let placed = placed.get(&job.change.path);
            placed.is_some_and(|placed| placed.outcome == Some(Outcome::AlreadyThere))
        }
        Some(Outcome::Conflict(Conflict::Symlink)) => {
            around(&job.change.path).any(|folder| is_there(&folder))
        }
        _ => false,
    };
    let removals = jobs.iter().enumerate().filter(|(_, job)| job.change.kind.is_removal());
    let replaced: Vec<usize> =
        removals.filter(|(_, job)| is_replaced(job)).map(|(index, _)| index).collect();
    for index in replaced {
        if let Some(job) = jobs.get_mut(index) {
            job.outcome = Some(Outcome::AlreadyThere);
        }
    }
}

/// Checks that a folder holds only what leaves it too.
fn verify_emptied(job: &Job<'_>, leaving: &BTreeSet<VirtualPath>) -> Verdict {
    let folder = &job.change.path;
    for name in job.anchors.names(folder, MAX_LISTED)? {
        let leaves = name
            .to_str()
            .and_then(|name| folder.join(name).ok())
            .is_some_and(|path| leaving.contains(&path));
        if !leaves {
            return Ok(Some(Outcome::Conflict(Conflict::NotEmpty)));
        }
    }
    Ok(None)
}

/// Checks the place at which something is to stand.
fn verify_coming(job: &mut Job<'_>, leaving: &BTreeSet<VirtualPath>) -> Verdict {
    let (anchors, change) = (job.anchors.clone(), job.change.clone());
    if leaving.contains(&change.path) {
        return Ok(None);
    }
    let found = match anchors.meta(&change.path) {
        // A file on the way that makes place for a folder.
        Err(HostProblem::NotFolder | HostProblem::Symlink)
            if has_leaving_folder(&change.path, leaving) =>
        {
            None
        }
        found => found?,
    };
    let replaced = replaced(&change);
    match (found, replaced) {
        (None, None) => Ok(None),
        (None, Some(_)) => Ok(Some(Outcome::Conflict(Conflict::Missing))),
        (Some(meta), Some(before))
            if meta.kind == HostKind::File && anchors.matches(&change.path, &meta, &before)? =>
        {
            job.target = Some(Mark::of(&meta));
            Ok(None)
        }
        (Some(_), _) if is_result(&anchors, &change)? => {
            // A rename that came as far as this has still to clear its old path.
            job.placed = job.source.is_some();
            Ok(if job.placed { None } else { Some(Outcome::AlreadyThere) })
        }
        (Some(_), Some(_)) => Ok(Some(Outcome::Conflict(Conflict::Changed))),
        (Some(_), None) => Ok(Some(Outcome::Conflict(Conflict::Exists))),
    }
}

fn has_leaving_folder(path: &VirtualPath, leaving: &BTreeSet<VirtualPath>) -> bool {
    around(path).any(|folder| leaving.contains(&folder))
}

/// The file that a change replaces in one step.
fn replaced(change: &Change) -> Option<Fingerprint> {
    match &change.kind {
        ChangeKind::Modified => change.before,
        ChangeKind::Renamed { replaces, .. } => *replaces,
        _ => None,
    }
}

/// Whether the path is already as the change would have it.
pub(super) fn is_result(anchors: &Anchors, change: &Change) -> Result<bool, HostProblem> {
    let Some(meta) = anchors.meta(&change.path)? else { return Ok(false) };
    match (&change.kind, change.after, change.before) {
        (ChangeKind::FolderAdded, ..) => Ok(meta.kind == HostKind::Folder),
        (ChangeKind::Added | ChangeKind::Modified | ChangeKind::Renamed { .. }, Some(after), _) => {
            let as_wanted = attributes::has_mode(change, &meta);
            has_content(anchors, change, &meta, after.len)
                .map(|content| as_wanted && content == Some(after.content))
        }
        (ChangeKind::Renamed { .. }, None, Some(before)) => {
            let kind = if change.symlink { HostKind::Symlink } else { HostKind::File };
            let as_wanted = meta.kind == kind && attributes::has_mode(change, &meta);
            Ok(as_wanted && anchors.matches(&change.path, &meta, &before)?)
        }
        (ChangeKind::LinkAdded { target }, ..) if meta.kind == HostKind::Symlink => {
            Ok(anchors.link_target(&change.path)?.to_str() == Some(target))
        }
        _ => Ok(false),
    }
}

fn has_content(
    anchors: &Anchors,
    change: &Change,
    meta: &Meta,
    len: u64,
) -> Result<Option<crate::ContentHash>, HostProblem> {
    if meta.kind != HostKind::File || meta.len != len {
        return Ok(None);
    }
    anchors.content(&change.path, meta).map(Some)
}
