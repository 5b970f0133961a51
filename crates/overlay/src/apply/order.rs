//! The order in which changes are made, so that none is in another's way.
//!
//! A folder is made before what goes into it, and emptied before it goes. Besides, as far as it can
//! be: what is renamed has its new name before its old one is taken from it. Where files change
//! places with each other, or one takes that of its own folder, that cannot be; what is renamed has
//! a second, temporary name then.

use std::collections::{BTreeMap, BTreeSet};

use super::jobs::Job;
use super::layout::{Paths, around};
use crate::changeset::ChangeKind;

/// A half of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub(super) part: Part,
    pub(super) job: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Something comes to the change's path, and takes the place of what is there.
    Come,
    /// Something leaves its path, and nothing takes its place.
    Go,
    /// What is at the change's path gets other permissions, or another time.
    Set,
}

/// What is to be done, in order.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) steps: Vec<Step>,
    /// Jobs of which a step waits for ever, since they contradict each other.
    pub(super) unordered: BTreeSet<usize>,
    /// By job, those that cannot be made if it is not.
    dependents: BTreeMap<usize, BTreeSet<usize>>,
}

impl Order {
    /// A job, and all that cannot be made if it is not.
    pub(super) fn with_dependents(&self, job: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([job]);
        let mut queue = vec![job];
        while let Some(job) = queue.pop() {
            let others = self.dependents.get(&job).into_iter().flatten();
            queue.extend(others.copied().filter(|other| found.insert(*other)));
        }
        found
    }
}

/// The steps of all jobs that are laid out.
pub(super) fn order(jobs: &[Job<'_>]) -> Order {
    let mut graph = Graph::default();
    for (index, job) in jobs.iter().enumerate() {
        let Some(layout) = &job.layout else { continue };
        let step = |part| Step { part, job: index };
        if job.comes() {
            graph.add(step(Part::Come), rank(&job.change.kind));
        }
        if job.vacates().is_some() && layout.taken_over_by.is_none() {
            // Last, so that where the host fails on the way the old is still there.
            graph.add(step(Part::Go), 3 + rank(&job.change.kind));
        }
    }
    Edges { jobs, paths: Paths::of(jobs), graph: &mut graph }.draw();
    let mut order = graph.sorted();
    // What is set is there already, and nothing waits for it.
    let set = |(_, job): &(usize, &Job<'_>)| job.layout.is_some() && job.change.keeps_content();
    let set = jobs.iter().enumerate().filter(set);
    order.steps.extend(set.map(|(job, _)| Step { part: Part::Set, job }));
    order
}

/// Folders first, last where they go.
fn rank(kind: &ChangeKind) -> u8 {
    match kind {
        ChangeKind::FolderAdded => 0,
        ChangeKind::Added
        | ChangeKind::Modified
        | ChangeKind::Deleted
        | ChangeKind::LinkAdded { .. }
        | ChangeKind::ModeChanged
        | ChangeKind::TimeChanged => 1,
        ChangeKind::Renamed { .. } => 2,
        ChangeKind::FolderRemoved => 3,
    }
}

struct Edges<'e, 'c> {
    jobs: &'e [Job<'c>],
    paths: Paths,
    graph: &'e mut Graph,
}

impl Edges<'_, '_> {
    fn draw(mut self) {
        for (index, job) in self.jobs.iter().enumerate() {
            let Some(layout) = &job.layout else { continue };
            let come = Step { part: Part::Come, job: index };
            if job.comes() {
                self.after_its_folder(come, job);
            }
            if let Some(other) = layout.takes_over {
                // Both are made, or neither is.
                self.graph.tie(other, index);
                self.graph.soft(come, Step { part: Part::Come, job: other });
            }
            if job.vacates().is_some() {
                let leave = self.departure(index);
                self.graph.soft(leave, come);
                self.before_its_folder(leave, job);
            }
        }
    }

    fn after_its_folder(&mut self, come: Step, job: &Job<'_>) {
        let coming = around(&job.change.path)
            .find_map(|folder| self.paths.coming.get(&(job.set, folder)).copied());
        if let Some(folder) = coming {
            self.graph.hard(come, Step { part: Part::Come, job: folder });
        }
    }

    fn before_its_folder(&mut self, leave: Step, job: &Job<'_>) {
        let leaving = job.vacates().into_iter().flat_map(around).find_map(|folder| {
            let leaving = self.paths.leaving.get(&(job.set, folder)).copied()?;
            let removed = self.jobs.get(leaving)?.change.kind == ChangeKind::FolderRemoved;
            removed.then_some(leaving)
        });
        if let Some(folder) = leaving {
            let folder = self.departure(folder);
            self.graph.hard(folder, leave);
        }
    }

    /// The step in which something leaves its path.
    fn departure(&self, index: usize) -> Step {
        let layout = self.jobs.get(index).and_then(|job| job.layout.as_ref());
        match layout.and_then(|layout| layout.taken_over_by) {
            Some(other) => Step { part: Part::Come, job: other },
            None => Step { part: Part::Go, job: index },
        }
    }
}

/// Steps, and which of them wait for which.
#[derive(Default)]
struct Graph {
    nodes: BTreeMap<Step, Node>,
    dependents: BTreeMap<usize, BTreeSet<usize>>,
}

#[derive(Default)]
struct Node {
    rank: u8,
    /// How many steps it has to wait for, and how many it had better wait for.
    waits: [usize; 2],
    /// The steps that wait for it, and whether they have to.
    followers: Vec<(Step, bool)>,
}

impl Graph {
    fn add(&mut self, step: Step, rank: u8) {
        self.nodes.insert(step, Node { rank, ..Node::default() });
    }

    fn hard(&mut self, step: Step, on: Step) {
        self.edge(step, on, true);
    }

    fn soft(&mut self, step: Step, on: Step) {
        self.edge(step, on, false);
    }

    fn edge(&mut self, step: Step, on: Step, hard: bool) {
        if step == on || !self.nodes.contains_key(&step) {
            return;
        }
        let Some(before) = self.nodes.get_mut(&on) else { return };
        before.followers.push((step, hard));
        if let Some(node) = self.nodes.get_mut(&step) {
            node.waits[usize::from(!hard)] += 1;
        }
        self.tie(step.job, on.job);
    }

    /// A job is not made if the other is not.
    fn tie(&mut self, job: usize, other: usize) {
        self.dependents.entry(other).or_default().insert(job);
    }

    fn sorted(mut self) -> Order {
        let mut steps = Vec::with_capacity(self.nodes.len());
        let mut ready: [BTreeSet<(u8, Step)>; 2] = Default::default();
        for (step, node) in &self.nodes {
            if let Some(list) = list_of(node) {
                ready[list].insert((node.rank, *step));
            }
        }
        // What waits in a circle goes ahead where it need not wait.
        while let Some((_, step)) = ready[0].pop_first().or_else(|| ready[1].pop_first()) {
            let Some(node) = self.nodes.remove(&step) else { continue };
            steps.push(step);
            for (follower, hard) in node.followers {
                let Some(node) = self.nodes.get_mut(&follower) else { continue };
                let key = (node.rank, follower);
                ready.iter_mut().for_each(|list| {
                    list.remove(&key);
                });
                let waits = &mut node.waits[usize::from(!hard)];
                *waits = waits.saturating_sub(1);
                if let Some(list) = list_of(node) {
                    ready[list].insert(key);
                }
            }
        }
        let unordered = self.nodes.keys().map(|step| step.job).collect();
        Order { steps, unordered, dependents: self.dependents }
    }
}

/// Whether a step waits for none, or need not wait.
fn list_of(node: &Node) -> Option<usize> {
    match node.waits {
        [0, 0] => Some(0),
        [0, _] => Some(1),
        _ => None,
    }
}
