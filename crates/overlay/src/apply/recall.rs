//! Taking up again what a journal tells of.

use std::collections::BTreeSet;

use aether_path::VirtualPath;

use super::durable::sync;
use super::jobs::{Job, jobs};
use super::journal::{Journal, JournalError, Plan, Recorded};
use super::layout::lay_out;
use super::order::order;
use super::run::{Stuck, undo_all};
use super::work::{Work, hash, tops};
use super::{Atomicity, Outcome};
use crate::changeset::Changeset;
use crate::error::HostProblem;

/// What was being done. Its pending jobs are those that were to be made.
pub(super) fn recalled<'c>(
    changesets: &[&'c Changeset],
    recorded: &Recorded,
    journal: &Journal,
) -> Result<Work<'c>, JournalError> {
    let plan = &recorded.plan;
    if plan.changes != hash(changesets) {
        return Err(JournalError::OtherChanges { path: journal.path().to_owned() });
    }
    let jobs = jobs_of(changesets, recorded).ok_or_else(|| journal.malformed())?;
    let mut work = Work {
        changesets: changesets.to_vec(),
        jobs,
        atomicity: if plan.all { Atomicity::All } else { Atomicity::Each },
        names: plan.names,
        ways: plan.ways.clone(),
        stuck: None,
    };
    stands_on(&work, plan)?;
    lay_out(&mut work.jobs, work.names);
    Ok(work)
}

/// `None` if the journal contradicts itself or the changesets.
fn jobs_of<'c>(changesets: &[&'c Changeset], recorded: &Recorded) -> Option<Vec<Job<'c>>> {
    let plan = &recorded.plan;
    let pending: BTreeSet<usize> = plan.pending.iter().copied().collect();
    let mut jobs = jobs(changesets, |number, _, _| pending.contains(&number));
    let numbers = [&plan.selected, &plan.pending, &plan.placed].into_iter().flatten();
    let unmade = recorded.committed.iter().flatten().max();
    let known = jobs.len() + plan.implied.len();
    let ways = plan.ways.iter().all(|way| way.is_of(changesets));
    if numbers.max() >= Some(&jobs.len()) || unmade >= Some(&known) || !ways {
        return None;
    }
    for number in &plan.placed {
        jobs.get_mut(*number)?.placed = true;
    }
    for (set, path) in &plan.implied {
        let path = VirtualPath::parse(path).ok()?;
        let anchors = jobs.iter().find(|job| job.set == *set)?.anchors.clone();
        anchors.holding(&path).filter(|anchor| anchor.mount.at != path)?;
        jobs.push(Job::implied(*set, path, &anchors));
    }
    let mut pending: Vec<&mut Job<'_>> = jobs.iter_mut().filter(|job| job.is_pending()).collect();
    if let Some(marks) = &recorded.staged {
        if marks.len() != pending.len() {
            return None;
        }
        for (job, (source, target, staged)) in pending.iter_mut().zip(marks) {
            (job.source, job.target, job.staged) = (*source, *target, *staged);
        }
    }
    Some(jobs)
}

/// Refuses to go on where a mount is not there, such as that of a disk which is not: nothing would
/// be found, and what stands under temporary names be forgotten.
fn stands_on(work: &Work<'_>, plan: &Plan) -> Result<(), Stuck> {
    let now = tops(&work.jobs, work.changesets.len());
    for (changeset, (then, now)) in work.changesets.iter().zip(plan.tops.iter().zip(&now)) {
        for (mount, (then, now)) in changeset.mounts.iter().zip(then.iter().zip(now)) {
            if then.is_some() && then != now {
                let problem = HostProblem::NotFound;
                return Err(Stuck { path: mount.host.clone(), problem });
            }
        }
    }
    Ok(())
}

/// Takes everything back. Before anything was staged there is nothing but temporary names.
pub(super) fn roll_back(work: &mut Work<'_>, staged: bool) -> Option<HostProblem> {
    if staged && let Err(stuck) = undo_all(&work.jobs, &order(&work.jobs)) {
        work.stuck = Some(stuck);
        return None;
    }
    for job in work.jobs.iter_mut().filter(|job| job.is_pending()) {
        job.outcome = Some(Outcome::Skipped);
    }
    work.clear();
    sync(&work.jobs).err()
}

/// Removes what was replaced, of all jobs but some.
pub(super) fn roll_forward(work: &mut Work<'_>, unmade: &[usize]) -> Option<HostProblem> {
    for number in unmade {
        if let Some(job) = work.jobs.get_mut(*number) {
            job.outcome = Some(Outcome::Skipped);
        }
    }
    work.clear();
    work.finish();
    sync(&work.jobs).err()
}
