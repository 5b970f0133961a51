//! How changes are made that stand in each other's way.
//!
//! It follows from the changes alone, so that a later process comes to the same.

use std::collections::BTreeMap;

use aether_path::VirtualPath;

use super::jobs::Job;
use super::mark::Mark;
use super::names::{Names, Role, Spot};
use crate::changeset::ChangeKind;

/// How one change is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Where what comes is staged: as near to its path as there is a folder already.
    pub(super) new: Spot,
    /// Where what it replaces stands meanwhile, if the file system cannot exchange the two.
    pub(super) old: Spot,
    /// Where what leaves stands until nothing is taken back: beside its path, or beside the folder
    /// around it that leaves too. A file that is on another file system than that stands beside its
    /// path in any case.
    pub(super) gone: Vec<Spot>,
    /// What stands at its path, and is taken out in the same step.
    pub(super) occupant: Option<Mark>,
    /// The job that moves or removes the occupant.
    pub(super) takes_over: Option<usize>,
    /// The job that does so for this one.
    pub(super) taken_over_by: Option<usize>,
}

/// Pending jobs by their changeset and a path.
pub(super) type ByPath = BTreeMap<(usize, VirtualPath), usize>;

/// Where something comes to, and where something leaves.
#[derive(Debug)]
pub(super) struct Paths {
    pub(super) coming: ByPath,
    pub(super) leaving: ByPath,
}

impl Paths {
    pub(super) fn of(jobs: &[Job<'_>]) -> Self {
        let pending = || jobs.iter().enumerate().filter(|(_, job)| job.is_pending());
        let coming = pending().filter(|(_, job)| job.comes());
        let coming = coming.map(|(index, job)| ((job.set, job.change.path.clone()), index));
        let leaving = pending()
            .filter_map(|(index, job)| Some(((job.set, job.vacates()?.clone()), index)))
            .collect();
        Self { coming: coming.collect(), leaving }
    }

    /// The path, or that of the outermost folder around it, all of whose folders in between are
    /// in the map: what is in it lies in a folder that is not.
    fn outside(paths: &ByPath, set: usize, path: &VirtualPath) -> VirtualPath {
        let inside = around(path).take_while(|at| paths.contains_key(&(set, at.clone())));
        inside.last().unwrap_or_else(|| path.clone())
    }
}

/// The folders around a path, from the innermost on.
pub(super) fn around(path: &VirtualPath) -> impl Iterator<Item = VirtualPath> + use<> {
    std::iter::successors(path.parent(), VirtualPath::parent)
}

/// Decides for each pending job how it is made.
pub(super) fn lay_out(jobs: &mut [Job<'_>], names: Names) {
    let paths = Paths::of(jobs);
    let layouts: Vec<Option<Layout>> = jobs
        .iter()
        .enumerate()
        .map(|(index, job)| job.is_pending().then(|| layout(jobs, &paths, names, index, job)))
        .collect();
    for (job, layout) in jobs.iter_mut().zip(layouts) {
        job.layout = layout;
    }
}

fn layout(jobs: &[Job<'_>], paths: &Paths, names: Names, index: usize, job: &Job<'_>) -> Layout {
    let spot = |beside, role| Spot { beside, name: names.of(index, role) };
    let path = &job.change.path;
    let at = (job.set, path.clone());
    let other = |found: Option<&usize>| found.copied().filter(|found| *found != index);
    let takes_over = if job.comes() { other(paths.leaving.get(&at)) } else { None };
    let taken_over_by =
        job.vacates().and_then(|vacated| other(paths.coming.get(&(job.set, vacated.clone()))));
    let left = takes_over.and_then(|other| jobs.get(other)).and_then(Job::leaving);
    let gone = job.vacates().map(|vacated| {
        let outside = Paths::outside(&paths.leaving, job.set, vacated);
        let mut besides = vec![outside];
        let is_folder = job.change.kind == ChangeKind::FolderRemoved;
        if !is_folder && besides.first() != Some(vacated) {
            besides.push(vacated.clone());
        }
        besides.into_iter().map(|beside| spot(beside, Role::Gone)).collect()
    });
    Layout {
        new: spot(Paths::outside(&paths.coming, job.set, path), Role::New),
        old: spot(path.clone(), Role::Old),
        gone: gone.unwrap_or_default(),
        occupant: if job.comes() { left.or(job.target) } else { None },
        takes_over,
        taken_over_by,
    }
}
