//! The order in which changes are made, so that none is in another's way.
//!
//! A file must leave a path before another thing comes to stand there, a folder must be made before
//! what goes into it and emptied before it goes. Files that change places with each other wait for
//! each other in a circle; one of them is moved aside then.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use aether_path::VirtualPath;

use super::jobs::Job;
use super::{Anchors, Outcome, act};
use crate::changeset::ChangeKind;

/// Makes all pending jobs.
pub(super) fn run(anchors: &Anchors, jobs: &mut [Job<'_>]) {
    Schedule::new(anchors, jobs).run();
}

struct Schedule<'s, 'c> {
    anchors: &'s Anchors,
    jobs: &'s mut [Job<'c>],
    /// Paths something is still to leave, and the job that does it.
    leaving: BTreeMap<VirtualPath, usize>,
    /// Folders still to be made, and the job that does it.
    coming: BTreeMap<VirtualPath, usize>,
    /// Jobs to be looked at.
    queue: VecDeque<usize>,
    /// Jobs by the one they wait for.
    waiting: BTreeMap<usize, Vec<usize>>,
}

impl<'s, 'c> Schedule<'s, 'c> {
    fn new(anchors: &'s Anchors, jobs: &'s mut [Job<'c>]) -> Self {
        let pending = || {
            let jobs = jobs.iter().enumerate();
            jobs.filter(|(_, job)| job.is_pending() && !job.change.keeps_content())
        };
        let leaving =
            pending().filter_map(|(index, job)| Some((job.vacates()?.clone(), index))).collect();
        let folders = pending().filter(|(_, job)| job.change.kind == ChangeKind::FolderAdded);
        let coming = folders.map(|(index, job)| (job.change.path.clone(), index)).collect();
        let mut order: Vec<usize> = pending().map(|(index, _)| index).collect();
        order.sort_by_key(|index| jobs.get(*index).map(|job| rank(&job.change.kind)));
        Self { anchors, jobs, leaving, coming, queue: order.into(), waiting: BTreeMap::new() }
    }

    fn run(mut self) {
        loop {
            while let Some(index) = self.queue.pop_front() {
                match self.blocker(index) {
                    Some(blocker) => self.waiting.entry(blocker).or_default().push(index),
                    None => self.make(index),
                }
            }
            if !self.break_circles() {
                break;
            }
        }
        self.give_up();
    }

    /// A pending job that has to come before this one.
    fn blocker(&self, index: usize) -> Option<usize> {
        let job = self.jobs.get(index)?;
        let path = &job.change.path;
        if job.change.kind == ChangeKind::FolderRemoved {
            let after = self.leaving.range(path.clone()..).find(|(other, _)| *other != path);
            return after.filter(|(other, _)| other.starts_with(path)).map(|(_, blocker)| *blocker);
        }
        if !job.places() {
            return None;
        }
        let here = self.leaving.get(path).copied().filter(|blocker| *blocker != index);
        let above = || {
            let mut folders = std::iter::successors(path.parent(), VirtualPath::parent);
            folders.find_map(|folder| {
                self.coming.get(&folder).or_else(|| self.leaving.get(&folder)).copied()
            })
        };
        here.or_else(above)
    }

    fn make(&mut self, index: usize) {
        let Some(job) = self.jobs.get(index) else { return };
        let beside = self.outside_of_leaving(job.vacates().unwrap_or(&job.change.path));
        let Some(job) = self.jobs.get_mut(index) else { return };
        let outcome = act::make(self.anchors, job, &beside);
        let done = matches!(outcome, Outcome::Applied | Outcome::AlreadyThere);
        job.outcome = Some(outcome);
        if done {
            self.wake(index);
        } else {
            act::restore(self.anchors, job);
            self.block(index);
        }
    }

    /// A job is done, or out of the way: those that waited for it are looked at again.
    fn wake(&mut self, index: usize) {
        self.leaving.retain_one(index, self.jobs.get(index).and_then(Job::vacates));
        if self.jobs.get(index).is_some_and(|job| !job.is_pending()) {
            self.coming.retain_one(index, self.jobs.get(index).map(|job| &job.change.path));
        }
        self.queue.extend(self.waiting.remove(&index).into_iter().flatten());
    }

    /// A job was not made: neither are those that need it.
    fn block(&mut self, index: usize) {
        let mut failed = vec![index];
        while let Some(index) = failed.pop() {
            let Some(path) = self.jobs.get(index).map(|job| job.change.path.clone()) else {
                continue;
            };
            for dependent in self.waiting.remove(&index).into_iter().flatten() {
                if let Some(job) = self.jobs.get_mut(dependent) {
                    job.outcome = Some(Outcome::Blocked(path.clone()));
                    act::restore(self.anchors, job);
                    failed.push(dependent);
                }
            }
        }
    }

    /// Moves one file of each circle aside. False when there is none.
    fn break_circles(&mut self) -> bool {
        let mut broken = false;
        for circle in self.circles() {
            let movable = |index: &usize| {
                self.jobs.get(*index).is_some_and(|job| job.source.is_some() && job.aside.is_none())
            };
            let Some(index) = circle.into_iter().find(movable) else { continue };
            let Some(beside) = self
                .jobs
                .get(index)
                .and_then(Job::vacates)
                .map(|from| self.outside_of_leaving(from))
            else {
                continue;
            };
            let Some(job) = self.jobs.get_mut(index) else { continue };
            broken = true;
            match act::move_aside(self.anchors, job, &beside) {
                Ok(()) => self.wake(index),
                Err(outcome) => {
                    job.outcome = Some(outcome);
                    for others in self.waiting.values_mut() {
                        others.retain(|other| *other != index);
                    }
                    self.block(index);
                }
            }
        }
        broken
    }

    /// The path, or the folder around it, that lies in a folder which stays.
    fn outside_of_leaving(&self, path: &VirtualPath) -> VirtualPath {
        let mut at = path.clone();
        while let Some(folder) = at.parent().filter(|folder| self.leaving.contains_key(folder)) {
            at = folder;
        }
        at
    }

    /// The jobs that wait for each other. Each waits for one other, so following that leads into a
    /// circle, or to a job that was not made.
    fn circles(&self) -> Vec<Vec<usize>> {
        let waits_for: BTreeMap<usize, usize> = self
            .waiting
            .iter()
            .flat_map(|(blocker, waiting)| waiting.iter().map(|index| (*index, *blocker)))
            .collect();
        let mut seen = BTreeSet::new();
        let mut circles = Vec::new();
        for start in waits_for.keys() {
            let mut walk = Vec::new();
            let mut at = Some(*start);
            while let Some(index) = at.filter(|index| seen.insert(*index)) {
                walk.push(index);
                at = waits_for.get(&index).copied();
            }
            if let Some(first) = walk.iter().position(|index| Some(*index) == at) {
                circles.push(walk.split_off(first));
            }
        }
        circles
    }

    /// What still waits now waits for ever.
    fn give_up(&mut self) {
        let paths: BTreeMap<usize, VirtualPath> = self
            .waiting
            .keys()
            .filter_map(|index| Some((*index, self.jobs.get(*index)?.change.path.clone())))
            .collect();
        for (blocker, waiting) in std::mem::take(&mut self.waiting) {
            for index in waiting {
                if let (Some(job), Some(path)) = (self.jobs.get_mut(index), paths.get(&blocker)) {
                    job.outcome = Some(Outcome::Blocked(path.clone()));
                    act::restore(self.anchors, job);
                }
            }
        }
    }
}

/// Making first, removing last: if the host fails on the way, the old is still there.
fn rank(kind: &ChangeKind) -> u8 {
    match kind {
        ChangeKind::FolderAdded => 0,
        ChangeKind::Added | ChangeKind::Modified | ChangeKind::LinkAdded { .. } => 1,
        ChangeKind::Renamed { .. } => 2,
        ChangeKind::Deleted => 3,
        ChangeKind::FolderRemoved => 4,
        ChangeKind::ModeChanged | ChangeKind::TimeChanged => 5,
    }
}

trait RetainOne {
    /// Removes a job's entry, unless another job has taken it.
    fn retain_one(&mut self, index: usize, path: Option<&VirtualPath>);
}

impl RetainOne for BTreeMap<VirtualPath, usize> {
    fn retain_one(&mut self, index: usize, path: Option<&VirtualPath>) {
        if let Some(path) = path
            && self.get(path) == Some(&index)
        {
            self.remove(path);
        }
    }
}
