//! Putting what comes under its temporary name, before anything is changed.

use std::collections::{BTreeMap, BTreeSet};

use super::jobs::{Job, Staged};
use super::layout::Layout;
use super::mark::{Mark, MarkKind};
use super::{Conflict, Outcome, attributes, links};
use crate::blob::copy;
use crate::changeset::ChangeKind;
use crate::error::HostProblem;
use crate::sys::{Folder, HostFile, NewFile, SYNCS_FILE_SYSTEMS};

/// Up to so many files or folders are synced one by one; more of them together with their file
/// systems, which takes about as long as a few files do.
const MAX_SYNCED_SINGLY: usize = 8;

/// Whether so many files or folders are synced one by one.
pub(super) fn is_synced_singly(count: usize) -> bool {
    count <= MAX_SYNCED_SINGLY || !SYNCS_FILE_SYSTEMS
}

/// Stages what comes.
pub(super) struct Stage {
    /// Whether each file is synced by itself.
    singly: bool,
    /// Permissions of new files, by their folder.
    modes: BTreeMap<(u64, u64), u32>,
}

type Made = Result<Option<Staged>, Failed>;

/// Why something could not be staged.
pub(super) enum Failed {
    /// It is no longer what was verified.
    Changed,
    Host(HostProblem),
}

impl From<HostProblem> for Failed {
    fn from(problem: HostProblem) -> Self {
        Self::Host(problem)
    }
}

impl Stage {
    pub(super) fn of(jobs: &[Job<'_>]) -> Self {
        let written = jobs.iter().filter(|job| job.is_pending() && job.content.is_some());
        Self { singly: is_synced_singly(written.count()), modes: BTreeMap::new() }
    }

    /// Stages what one job has to, if anything.
    pub(super) fn stage(&mut self, job: &Job<'_>) -> Result<Option<Staged>, Outcome> {
        let Some(layout) = job.layout.as_ref().filter(|_| job.comes()) else { return Ok(None) };
        let made = match &job.change.kind {
            // Made in its place, if that is free.
            ChangeKind::FolderAdded if layout.occupant.is_none() => Ok(None),
            ChangeKind::FolderAdded => make_folder(job, layout),
            ChangeKind::LinkAdded { target } => {
                links::stage(job, layout, target).map(Some).map_err(Failed::Host)
            }
            // A copy, so that nobody sees it without what is set on it.
            ChangeKind::Renamed { .. } if job.sets_attributes() => self.write(job, layout),
            ChangeKind::Renamed { .. } if job.content.is_none() => self.second_name(job, layout),
            _ => self.write(job, layout),
        };
        made.map_err(|failed| match failed {
            Failed::Changed => Outcome::Conflict(Conflict::Changed),
            Failed::Host(problem) => super::verify::outcome_of(problem),
        })
    }

    /// Makes what was staged survive a crash, where that was not done for each by itself.
    pub(super) fn sync(&self, jobs: &[Job<'_>]) -> Result<(), HostProblem> {
        if self.singly {
            return Ok(());
        }
        let mut synced = BTreeSet::new();
        let staged = jobs.iter().filter(|job| job.is_pending() && job.staged.is_some());
        for (job, layout) in staged.filter_map(|job| Some((job, job.layout.as_ref()?))) {
            let folder = job.anchors.folder_of(&layout.new)?;
            if synced.insert(folder.identity()?.0) {
                folder.sync_file_system()?;
            }
        }
        Ok(())
    }

    /// What is renamed gets its temporary name as a second one, so that its old one can be given
    /// away at any time. Where it can have none, on another file system above all, it is copied.
    fn second_name(&mut self, job: &Job<'_>, layout: &Layout) -> Made {
        let ChangeKind::Renamed { from, .. } = &job.change.kind else { return Ok(None) };
        let (folder, name) = job.anchors.parent(from)?;
        let to = job.anchors.folder_of(&layout.new)?;
        if folder.link(&name, &to, &layout.new.name).is_ok() {
            let meta = to.meta(&layout.new.name)?;
            if job.source.is_some_and(|source| source.is(&meta)) {
                return Ok(Some(Staged { mark: Mark::of(&meta), linked: true }));
            }
            // It is something else by now, or its second name has another inode, as on overlayfs.
            to.remove_file(&layout.new.name)?;
        }
        match job.change.symlink {
            true => copy_symlink(job, layout, &to),
            false => self.write(job, layout),
        }
    }

    fn write(&mut self, job: &Job<'_>, layout: &Layout) -> Made {
        let (folder, name) = (job.anchors.folder_of(&layout.new)?, &layout.new.name);
        let heir_of = heir_of(job)?;
        let mode = match (&heir_of, job.change.mode) {
            (Some(_), _) | (None, Some(_)) => None,
            (None, None) => Some(self.mode_of_new(&folder, layout)?),
        };
        let file = folder.create(name)?;
        let filled = fill(job, &file, heir_of.as_ref(), mode);
        let filled = filled.and_then(|()| if self.singly { file.sync() } else { Ok(()) });
        match filled.and_then(|()| folder.meta(name)) {
            Ok(meta) => Ok(Some(Staged { mark: Mark::of(&meta), linked: false })),
            Err(problem) => {
                folder.remove_file(name)?;
                Err(problem.into())
            }
        }
    }

    fn mode_of_new(&mut self, folder: &Folder, layout: &Layout) -> Result<u32, HostProblem> {
        let identity = folder.identity()?;
        if let Some(mode) = self.modes.get(&identity) {
            return Ok(*mode);
        }
        let mode = folder.mode_of_new(&layout.new.name)?;
        self.modes.insert(identity, mode);
        Ok(mode)
    }
}

fn make_folder(job: &Job<'_>, layout: &Layout) -> Made {
    let folder = job.anchors.folder_of(&layout.new)?;
    match job.change.mode {
        Some(_) => folder.make_private_folder(&layout.new.name)?,
        None => folder.make_folder(&layout.new.name)?,
    }
    let mark = Mark::of(&folder.meta(&layout.new.name)?);
    Ok(Some(Staged { mark, linked: false }))
}

/// The same target, whoever owns the other.
fn copy_symlink(job: &Job<'_>, layout: &Layout, to: &Folder) -> Made {
    let ChangeKind::Renamed { from, .. } = &job.change.kind else { return Ok(None) };
    to.make_symlink(&layout.new.name, &job.anchors.link_target(from)?)?;
    let mark = Mark::of(&to.meta(&layout.new.name)?);
    match job.anchors.meta(from)? {
        Some(meta) if job.source.is_some_and(|source| source.is(&meta)) => {
            Ok(Some(Staged { mark, linked: false }))
        }
        _ => {
            to.remove_file(&layout.new.name)?;
            Err(Failed::Changed)
        }
    }
}

/// The file whose owner, permissions and attributes the new one gets; `None` for one that is new
/// altogether.
fn heir_of(job: &Job<'_>) -> Result<Option<HostFile>, Failed> {
    let (path, mark) = match (&job.change.kind, job.source, job.target) {
        (ChangeKind::Renamed { from, .. }, Some(source), _) => (from, source),
        (ChangeKind::Modified, _, Some(target)) => (&job.change.path, target),
        _ => return Ok(None),
    };
    if mark.kind != MarkKind::File {
        return Err(Failed::Changed);
    }
    let file = job.anchors.open_file(path)?;
    if mark.is(file.meta()) { Ok(Some(file)) } else { Err(Failed::Changed) }
}

/// Writes the content, and only then lets others read it.
fn fill(
    job: &Job<'_>,
    file: &NewFile,
    heir_of: Option<&HostFile>,
    mode: Option<u32>,
) -> Result<(), HostProblem> {
    let len = match (job.content, heir_of) {
        (Some(content), _) => content.copy(|offset, data| file.write_at(offset, data))?,
        (None, Some(from)) => copy(
            |offset, max| from.read_at(offset, max),
            |offset, data| file.write_at(offset, data),
        )?,
        (None, None) => return Err(HostProblem::Unsupported),
    };
    file.set_len(len)?;
    let given = job.change.mode.map(|modes| modes.new);
    if let Some(at) = job.change.modified {
        file.set_modified(attributes::point(at))?;
    }
    if let Some(replaced) = heir_of {
        file.inherit(replaced, given)?;
    } else if let Some(mode) = given.or(mode) {
        file.set_mode(mode)?;
    }
    if mode.is_some() && job.change.executable {
        file.set_executable(true)?;
    }
    Ok(())
}
