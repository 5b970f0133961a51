//! Taking the steps, and taking back what cannot stay without one that failed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use aether_path::VirtualPath;

use super::jobs::Job;
use super::layout::{Layout, around};
use super::order::{Order, Part, Step};
use super::stage::Stage;
use super::verify::outcome_of;
use super::way::Way;
use super::{Atomicity, Conflict, Outcome, act, attributes, undo};
use crate::error::HostProblem;

/// Something that could not be taken back or cleared up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    /// Where, on the host.
    pub(super) path: PathBuf,
    pub(super) problem: HostProblem,
}

impl Stuck {
    pub(super) fn at(job: &Job<'_>, problem: HostProblem) -> Self {
        Self { path: job.anchors.host_of(&job.change.path), problem }
    }
}

/// One application under way.
pub(super) struct Run<'r, 'c> {
    pub(super) jobs: &'r mut [Job<'c>],
    order: &'r Order,
    atomicity: Atomicity,
    /// The steps taken, in order.
    taken: Vec<Step>,
    /// What the host did not let be taken back.
    pub(super) stuck: Option<Stuck>,
}

impl<'r, 'c> Run<'r, 'c> {
    pub(super) fn new(jobs: &'r mut [Job<'c>], order: &'r Order, atomicity: Atomicity) -> Self {
        Self { jobs, order, atomicity, taken: Vec::new(), stuck: None }
    }

    /// Makes the ways to mounts that are missing.
    pub(super) fn make_ways(&mut self, ways: &[Way]) {
        for way in ways {
            let Err(problem) = way.make(self.jobs) else { continue };
            let led = self
                .jobs
                .iter()
                .enumerate()
                .filter(|(_, job)| way.leads_to(job) && job.is_unfinished());
            for index in led.map(|(index, _)| index).collect::<Vec<_>>() {
                self.fail(index, outcome_of(problem));
            }
        }
    }

    /// Stages what comes, and makes it survive a crash.
    pub(super) fn stage(&mut self) {
        let mut stage = Stage::of(self.jobs);
        for index in 0..self.jobs.len() {
            let Some(job) = self.jobs.get_mut(index).filter(|job| job.is_pending()) else {
                continue;
            };
            match stage.stage(job) {
                Ok(staged) => job.staged = staged,
                Err(outcome) => self.fail(index, outcome),
            }
        }
        if let Err(problem) = stage.sync(self.jobs) {
            self.fail_all(problem);
        }
    }

    /// Takes the steps.
    pub(super) fn act(&mut self) {
        for step in &self.order.steps {
            let Some((job, layout)) = laid_out(self.jobs, step.job) else { continue };
            if !job.is_pending() {
                continue;
            }
            let made = match step.part {
                Part::Come => act::come(job, layout),
                Part::Go => act::go(job, layout),
                Part::Set => attributes::set(job),
            };
            match made.unwrap_or_else(outcome_of) {
                Outcome::Applied => self.taken.push(*step),
                outcome @ Outcome::AlreadyThere => self.settle(step.job, outcome),
                Outcome::Conflict(Conflict::NotTakenBack(problem)) => {
                    self.fail(step.job, Outcome::Failed(problem));
                    self.stick(step.job, problem);
                }
                outcome => self.fail(step.job, outcome),
            }
        }
        // What contradicts itself has no order.
        for index in &self.order.unordered {
            if self.jobs.get(*index).is_some_and(Job::is_pending) {
                self.fail(*index, Outcome::Conflict(Conflict::Overlap));
            }
        }
        self.take_back_needless();
    }

    /// Takes back folders that were made for nothing but what was not made.
    fn take_back_needless(&mut self) {
        let comes = |job: &&Job<'_>| job.is_pending() && !job.implied && job.places();
        let folders = |job: &Job<'_>| {
            let set = job.set;
            around(&job.change.path).map(move |folder| (set, folder))
        };
        let needed: BTreeSet<(usize, VirtualPath)> =
            self.jobs.iter().filter(comes).flat_map(folders).collect();
        let needless = |(_, job): &(usize, &Job<'_>)| {
            let at = (job.set, job.change.path.clone());
            job.implied && job.is_pending() && !needed.contains(&at)
        };
        let jobs = self.jobs.iter().enumerate();
        let needless: Vec<usize> = jobs.filter(needless).map(|(index, _)| index).collect();
        for index in needless {
            self.fail(index, Outcome::Skipped);
        }
    }

    fn settle(&mut self, index: usize, outcome: Outcome) {
        if let Some(job) = self.jobs.get_mut(index) {
            job.outcome = Some(outcome);
        }
    }

    /// A job was not made: neither are those that need it.
    fn fail(&mut self, index: usize, outcome: Outcome) {
        let Some(path) = self.jobs.get(index).map(|job| job.change.path.clone()) else { return };
        let blocked: BTreeSet<usize> = match self.atomicity {
            Atomicity::Each => self.order.with_dependents(index),
            Atomicity::All => (0..self.jobs.len()).collect(),
        };
        self.settle(index, outcome);
        for other in &blocked {
            let job =
                self.jobs.get_mut(*other).filter(|job| *other != index && job.is_unfinished());
            if let Some(job) = job {
                job.outcome = Some(Outcome::Blocked(path.clone()));
            }
        }
        self.take_back(|step| blocked.contains(&step.job));
    }

    /// Nothing is made, for a reason that is no change's own.
    pub(super) fn fail_all(&mut self, problem: HostProblem) {
        for job in self.jobs.iter_mut().filter(|job| job.is_unfinished()) {
            job.outcome = Some(Outcome::Failed(problem));
        }
        self.take_back(|_| true);
    }

    /// Takes back steps that were taken, the last one first. What stays under a temporary name is
    /// found when these are cleared up.
    fn take_back(&mut self, which: impl Fn(&Step) -> bool) {
        let (back, taken): (Vec<Step>, Vec<Step>) = self.taken.drain(..).partition(|it| which(it));
        self.taken = taken;
        for step in back.into_iter().rev() {
            let Some((job, layout)) = laid_out(self.jobs, step.job) else { continue };
            if let Err(problem) = undo::undo(job, layout, step.part) {
                self.stick(step.job, problem);
            }
        }
    }

    /// Part of a job stays, and that is told.
    fn stick(&mut self, index: usize, problem: HostProblem) {
        let Some(job) = self.jobs.get(index) else { return };
        self.stuck.get_or_insert_with(|| Stuck::at(job, problem));
        self.settle(index, Outcome::Conflict(Conflict::NotTakenBack(problem)));
    }
}

/// Takes back all steps that may have been taken.
pub(super) fn undo_all(jobs: &[Job<'_>], order: &Order) -> Result<(), Stuck> {
    for step in order.steps.iter().rev() {
        let Some((job, layout)) = laid_out(jobs, step.job) else { continue };
        undo::undo(job, layout, step.part).map_err(|problem| Stuck::at(job, problem))?;
    }
    Ok(())
}

fn laid_out<'j, 'c>(jobs: &'j [Job<'c>], index: usize) -> Option<(&'j Job<'c>, &'j Layout)> {
    let job = jobs.get(index)?;
    Some((job, job.layout.as_ref()?))
}
