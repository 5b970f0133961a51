//! One application from end to end.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aether_path::VirtualPath;

use super::anchors::Anchor;
use super::durable::sync;
use super::jobs::{Job, jobs};
use super::journal::{Marks, Plan, Record};
use super::layout::{Paths, around, lay_out};
use super::names::Names;
use super::order::order;
use super::overlap::refuse_overlaps;
use super::run::{Run, Stuck};
use super::verify::{outcome_of, verify};
use super::way::{Way, open_again, ways};
use super::{Applied, ApplyReport, Atomicity, Conflict, Outcome, attributes, undo};
use crate::changeset::{Change, Changeset};
use crate::error::HostProblem;
use crate::fingerprint::ContentHash;

/// What is to be applied.
pub(super) struct Work<'c> {
    pub(super) changesets: Vec<&'c Changeset>,
    pub(super) jobs: Vec<Job<'c>>,
    pub(super) atomicity: Atomicity,
    pub(super) names: Names,
    pub(super) ways: Vec<Way>,
    /// What the host did not let be taken back or cleared up.
    pub(super) stuck: Option<Stuck>,
}

impl<'c> Work<'c> {
    /// Compares the selected changes with the host. Some may be settled already, by their number
    /// among all changes.
    pub(super) fn verified(
        changesets: &[&'c Changeset],
        select: impl Fn(usize, usize, &Change) -> bool,
        settled: &BTreeMap<usize, Outcome>,
        atomicity: Atomicity,
    ) -> Self {
        let mut jobs = jobs(changesets, select);
        for (index, outcome) in settled {
            if let Some(job) = jobs.get_mut(*index) {
                job.outcome = Some(outcome.clone());
            }
        }
        verify(&mut jobs);
        refuse_overlaps(&mut jobs);
        let mut work = Self {
            changesets: changesets.to_vec(),
            jobs,
            atomicity,
            names: Names::random(),
            ways: Vec::new(),
            stuck: None,
        };
        if atomicity == Atomicity::All {
            work.hold_together();
        }
        work
    }

    /// If one cannot be made, none is.
    fn hold_together(&mut self) {
        let failed =
            self.jobs.iter().find(|job| !job.outcome.as_ref().is_none_or(Outcome::is_fine));
        let Some(path) = failed.map(|job| job.change.path.clone()) else { return };
        for job in self.jobs.iter_mut().filter(|job| job.is_pending()) {
            job.outcome = Some(Outcome::Blocked(path.clone()));
        }
    }

    /// Makes what nothing stands in the way of, and tells whether it is not certain to survive a
    /// crash.
    ///
    /// # Errors
    /// What is to be recorded first could not be. Nothing is changed then.
    pub(super) fn make<R: Record>(
        &mut self,
        record: &mut R,
    ) -> Result<Option<HostProblem>, R::Error> {
        self.ways = ways(&mut self.jobs);
        let implied = implied(&self.jobs);
        self.jobs.extend(implied);
        if self.ways.is_empty() && !self.jobs.iter().any(Job::is_pending) {
            return Ok(None);
        }
        lay_out(&mut self.jobs, self.names);
        record.planned(&|| self.plan())?;
        let made = self.carry_out(record);
        // Before the record goes, without which nobody finds temporary names again.
        let synced = if R::IS_KEPT { sync(&self.jobs) } else { Ok(()) };
        made.map(|not_durable| not_durable.or(synced.err()))
    }

    fn carry_out<R: Record>(&mut self, record: &mut R) -> Result<Option<HostProblem>, R::Error> {
        let order = order(&self.jobs);
        let mut run = Run::new(&mut self.jobs, &order, self.atomicity);
        run.make_ways(&self.ways);
        open_again(run.jobs, &self.changesets);
        run.stage();
        let mut recorded = record.staged(&|| marks(run.jobs));
        let mut synced = Ok(());
        if recorded.is_ok() {
            run.act();
            synced = sync(run.jobs);
            if run.jobs.iter().any(Job::is_pending) {
                recorded = record.committed(&|| unmade(run.jobs));
            }
        }
        if recorded.is_err() {
            run.fail_all(HostProblem::Unsupported);
        }
        self.stuck = run.stuck.take();
        self.clear();
        self.finish();
        recorded.map(|()| synced.err())
    }

    /// Removes what is under temporary names, and ways that lead to nothing. Pending jobs were made.
    pub(super) fn clear(&mut self) {
        for job in &mut self.jobs {
            let Some(layout) = &job.layout else { continue };
            match undo::clear(job, layout, job.is_pending()) {
                Ok(None) => {}
                Ok(Some(path)) => job.outcome = Some(Outcome::Conflict(Conflict::KeptAt(path))),
                Err(problem) => {
                    self.stuck.get_or_insert_with(|| Stuck::at(job, problem));
                    job.outcome.get_or_insert(Outcome::Failed(problem));
                }
            }
        }
        self.tell_for_implied();
        for way in &self.ways {
            if !self.jobs.iter().any(|job| way.leads_to(job) && job.is_unfinished()) {
                way.unmake(&self.changesets);
            }
        }
    }

    /// Sets what folders are to have in the end, now that nothing is to be removed from them any
    /// more: what is in a folder before the folder, which may then be shut.
    pub(super) fn finish(&mut self) {
        let made = |job: &&mut Job<'_>| job.is_pending() && job.layout.is_some();
        for job in self.jobs.iter_mut().rev().filter(made) {
            job.outcome =
                attributes::finish(job).unwrap_or_else(|problem| Some(outcome_of(problem)));
        }
    }

    /// An implied folder has no place in the report; what is kept of it, or could not be taken back,
    /// is told by a change in it.
    fn tell_for_implied(&mut self) {
        let is_kept = |job: &&Job<'_>| {
            let Some(Outcome::Conflict(conflict)) = &job.outcome else { return false };
            job.implied && matches!(conflict, Conflict::KeptAt(_) | Conflict::NotTakenBack(_))
        };
        let kept: Vec<_> = self
            .jobs
            .iter()
            .filter(is_kept)
            .map(|job| (job.set, job.change.path.clone(), job.outcome.clone()))
            .collect();
        for (set, folder, outcome) in kept {
            let is_in_it = |job: &&mut Job<'_>| {
                job.set == set && job.layout.is_some() && job.change.path.starts_with(&folder)
            };
            if let Some(job) = self.jobs.iter_mut().find(is_in_it) {
                job.outcome = outcome;
            }
        }
    }

    /// What has become of changes, by their number, where that is certain. Pending ones were made.
    pub(super) fn settled(&self) -> BTreeMap<usize, Outcome> {
        let laid_out = self.jobs.iter().enumerate().filter(|(_, job)| job.layout.is_some());
        let outcome = |job: &Job<'_>| match &job.outcome {
            None => Some(Outcome::Applied),
            Some(outcome @ Outcome::Conflict(Conflict::KeptAt(_))) => Some(outcome.clone()),
            Some(_) => None,
        };
        laid_out
            .filter(|(_, job)| !job.implied)
            .filter_map(|(number, job)| Some((number, outcome(job)?)))
            .collect()
    }

    fn plan(&self) -> Plan {
        let numbers = |test: &dyn Fn(&Job<'_>) -> bool| {
            let jobs = self.jobs.iter().enumerate().filter(|(_, job)| !job.implied && test(job));
            jobs.map(|(index, _)| index).collect()
        };
        let implied = self.jobs.iter().filter(|job| job.implied);
        Plan {
            version: Plan::VERSION,
            names: self.names,
            all: self.atomicity == Atomicity::All,
            changes: hash(&self.changesets),
            selected: numbers(&|job| job.outcome != Some(Outcome::Skipped)),
            pending: numbers(&|job| job.is_pending()),
            placed: numbers(&|job| job.is_pending() && job.placed),
            implied: implied.map(|job| (job.set, job.change.path.as_str().to_owned())).collect(),
            ways: self.ways.clone(),
            tops: tops(&self.jobs, self.changesets.len()),
        }
    }

    /// What became of the changes, by changeset.
    pub(super) fn reports(self, not_durable: Option<HostProblem>) -> Vec<ApplyReport> {
        let mut reports: Vec<ApplyReport> = Vec::new();
        reports.resize_with(self.changesets.len(), || ApplyReport {
            changes: Vec::new(),
            not_durable,
        });
        for job in self.jobs.into_iter().filter(|job| !job.implied) {
            let Some(report) = reports.get_mut(job.set) else { continue };
            report.changes.push(Applied {
                path: job.change.path.clone(),
                kind: job.change.kind.clone(),
                outcome: job.outcome.unwrap_or(Outcome::Applied),
            });
        }
        reports
    }
}

/// Folders that are missing on the way to what comes, within its mount.
fn implied<'c>(jobs: &[Job<'c>]) -> Vec<Job<'c>> {
    let paths = Paths::of(jobs);
    let mut known = BTreeMap::new();
    for job in jobs.iter().filter(|job| job.is_pending() && job.comes()) {
        let Some(anchor) = job.anchors.holding(&job.change.path) else { continue };
        let top = &anchor.mount.at;
        let within = |folder: &VirtualPath| folder != top && folder.starts_with(top);
        for folder in around(&job.change.path).take_while(within) {
            let at = (job.set, folder.clone());
            if known.contains_key(&at) {
                break;
            }
            let comes = paths.coming.contains_key(&at);
            let is_there = !paths.leaving.contains_key(&at)
                && job.anchors.meta(&folder).is_ok_and(|meta| meta.is_some());
            known.insert(at, (!comes && !is_there).then(|| Rc::clone(&job.anchors)));
            if is_there {
                break;
            }
        }
    }
    let missing = known.into_iter().filter_map(|(at, anchors)| Some((at, anchors?)));
    missing.map(|((set, path), anchors)| Job::implied(set, path, &anchors)).collect()
}

/// The inode of the folder at which each mount begins that something comes to or leaves.
pub(super) fn tops(jobs: &[Job<'_>], sets: usize) -> Vec<Vec<Option<u64>>> {
    let of_set = |set| {
        let jobs = || jobs.iter().filter(move |job| job.set == set);
        let Some(anchors) = jobs().next().map(|job| &job.anchors) else { return Vec::new() };
        let pending = jobs().filter(|job| job.is_pending());
        let paths = pending.flat_map(Job::paths);
        let held = paths.filter_map(|path| anchors.holding(path)).map(|anchor| &anchor.mount.at);
        let held: BTreeSet<&VirtualPath> = held.collect();
        let top = |anchor: &Anchor| anchor.top().filter(|_| held.contains(&anchor.mount.at));
        anchors.iter().map(top).collect()
    };
    (0..sets).map(of_set).collect()
}

fn marks(jobs: &[Job<'_>]) -> Vec<Marks> {
    let laid_out = jobs.iter().filter(|job| job.layout.is_some());
    laid_out.map(|job| (job.source, job.target, job.staged)).collect()
}

fn unmade(jobs: &[Job<'_>]) -> Vec<usize> {
    let unmade = |(_, job): &(usize, &Job<'_>)| job.layout.is_some() && !job.is_pending();
    jobs.iter().enumerate().filter(unmade).map(|(index, _)| index).collect()
}

/// The hash of changesets, but for the contents, whose hashes are in it.
pub(super) fn hash(changesets: &[&Changeset]) -> ContentHash {
    let mut hasher = blake3::Hasher::new();
    for changeset in changesets {
        let paths =
            changeset.mounts.iter().map(|mount| (mount.at.as_str(), mount.host.as_os_str()));
        for (at, host) in paths {
            // Neither holds a NUL.
            for part in [at.as_bytes(), crate::sys::name_to_bytes(host)] {
                hasher.update(part).update(&[0]);
            }
        }
        // Changes have nothing that JSON does not: no number that is none, no key that is no text.
        let text = serde_json::to_vec(&changeset.changes).unwrap_or_default();
        hasher.update(&(text.len() as u64).to_le_bytes()).update(&text);
    }
    ContentHash::of_hashed(&hasher)
}
