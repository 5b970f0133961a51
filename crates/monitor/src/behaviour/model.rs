//! What the runs before did.

use std::collections::BTreeMap;

use super::limits::{DIGEST, MOST_CALLS, MOST_SCORES, MOST_SEQUENCES, ORDER};
use super::mixture::{Mixture, Observed, Surprise};
use super::symbols::Symbols;
use super::tally::{Measures, Score, Tally, WHOLE, Yardstick, oddness, thousandths, yardsticks};
use super::tree::Tree;
use crate::text;

/// Parts of the training runs, of which each is scored by a model of the others.
const PARTS: usize = 5;

/// A model of one plugin, for one digest of it.
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) digest: String,
    pub(super) runs: u32,
    pub(super) symbols: Symbols,
    pub(super) sequences: BTreeMap<Vec<u32>, u32>,
    pub(super) mixture: Mixture,
    /// What the measures of held-out training runs come to.
    pub(super) yardsticks: [Yardstick; 2],
    /// Oddness of held-out training runs in thousandths, in order.
    pub(super) scores: Vec<i32>,
    /// The most unseen sequences near to each other in a held-out training run.
    pub(super) burst: u32,
    pub(super) tree: Tree,
}

impl Model {
    /// Learns from whole runs of one plugin. `digest` says of which code they are.
    pub fn learn<'a, Run>(digest: &str, runs: impl IntoIterator<Item = Run>) -> Self
    where
        Run: IntoIterator<Item = &'a str>,
    {
        let mut symbols = Symbols::default();
        let mut left = MOST_CALLS;
        let mut traces = Vec::new();
        for run in runs {
            let trace: Vec<u32> =
                run.into_iter().take(left).map(|word| symbols.learn(word)).collect();
            left = left.saturating_sub(trace.len());
            if !trace.is_empty() {
                traces.push(trace);
            }
        }
        Self::of_traces(digest, symbols, &traces)
    }

    /// The plugin's digest that it is of.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How many runs it was learned from.
    #[must_use]
    pub const fn runs(&self) -> u32 {
        self.runs
    }

    /// Its words.
    #[must_use]
    pub const fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// How a whole trace looks to it.
    pub fn score<'a>(&self, run: impl IntoIterator<Item = &'a str>) -> Score {
        let trace: Vec<u32> = run.into_iter().map(|word| self.symbols.number(word)).collect();
        tallied(&self.tree, &self.mixture, &trace).score(self.yardsticks)
    }

    /// Share of the held-out training runs that were at least as odd, the score itself counted:
    /// small means that no honest run was like this.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "there are few")]
    pub fn chance(&self, oddness: f64) -> f64 {
        let score = thousandths(oddness);
        let less = self.scores.partition_point(|known| *known < score);
        let more = self.scores.len() - less;
        (more + 1) as f64 / (self.scores.len() + 1) as f64
    }

    /// More unseen sequences near to each other than this are more than any training run had.
    #[must_use]
    pub const fn burst(&self) -> u32 {
        self.burst
    }

    /// The oddness of the oddest training run, when the others told about it.
    #[must_use]
    pub fn worst(&self) -> Option<f64> {
        self.scores.last().map(|score| f64::from(*score) / WHOLE)
    }

    /// The surprise of the last symbol of a sequence.
    pub(super) fn surprise(&self, sequence: &[u32]) -> Surprise {
        self.mixture.surprise(&self.tree.experts(sequence))
    }

    fn of_traces(digest: &str, symbols: Symbols, traces: &[Vec<u32>]) -> Self {
        let (observed, trees) = held_out(traces);
        let mixture = observed.weighed();
        let sequences = counted(traces.iter());
        let mut model = Self {
            digest: text::short(digest, DIGEST - 1),
            runs: u32::try_from(traces.len()).unwrap_or(u32::MAX),
            symbols,
            tree: grown(&sequences),
            sequences,
            mixture,
            yardsticks: yardsticks(&[]),
            scores: Vec::new(),
            burst: 0,
        };
        model.judge(traces, trees);
        model
    }

    /// Scores each training run by a model of the others.
    fn judge(&mut self, traces: &[Vec<u32>], trees: Vec<Tree>) {
        let mut runs = Vec::new();
        for (part, tree) in trees.into_iter().enumerate() {
            for trace in part_of(traces, part) {
                let tally = tallied(&tree, &self.mixture, trace);
                runs.push(tally.measures());
                self.burst = self.burst.max(tally.burst());
            }
        }
        self.yardsticks = yardsticks(&runs);
        let odd = |run: &Measures| thousandths(oddness(*run, self.yardsticks));
        let mut scores: Vec<i32> = runs.iter().map(odd).collect();
        scores.sort_unstable();
        self.scores = thinned(&scores);
    }
}

fn tallied(tree: &Tree, mixture: &Mixture, trace: &[u32]) -> Tally {
    let mut tally = Tally::default();
    for sequence in sequences(trace) {
        tally.add(sequence, &mixture.surprise(&tree.experts(sequence)));
    }
    tally
}

/// Each symbol of a trace with those before it, as far as a model looks back.
fn sequences(trace: &[u32]) -> impl Iterator<Item = &[u32]> {
    (1..=trace.len()).filter_map(|end| trace.get(end.saturating_sub(ORDER)..end))
}

/// How often each sequence came. When there are too many, new ones are left out.
fn counted<'a>(traces: impl Iterator<Item = &'a Vec<u32>>) -> BTreeMap<Vec<u32>, u32> {
    let mut counts: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
    for sequence in traces.flat_map(|trace| sequences(trace)) {
        if let Some(count) = counts.get_mut(sequence) {
            *count = count.saturating_add(1);
        } else if counts.len() < MOST_SEQUENCES {
            counts.insert(sequence.to_vec(), 1);
        }
    }
    counts
}

pub(super) fn grown(sequences: &BTreeMap<Vec<u32>, u32>) -> Tree {
    let mut tree = Tree::new();
    for (sequence, count) in sequences {
        tree.add(sequence, *count);
    }
    tree
}

fn part_of(traces: &[Vec<u32>], part: usize) -> impl Iterator<Item = &Vec<u32>> {
    traces.iter().skip(part).step_by(PARTS)
}

/// What trees of the other parts say about each part, and these trees.
fn held_out(traces: &[Vec<u32>]) -> (Observed, Vec<Tree>) {
    let mut observed = Observed::default();
    let mut trees = Vec::new();
    for part in 0..PARTS.min(traces.len()) {
        let others = traces.iter().enumerate().filter(|(place, _)| place % PARTS != part);
        let others: Vec<&Vec<u32>> = others.map(|(_, trace)| trace).collect();
        let times = calls(traces.iter()) / calls(others.iter().copied()).max(1.0);
        let tree = grown(&counted(others.into_iter())).standing_for(times);
        for sequence in part_of(traces, part).flat_map(|trace| sequences(trace)) {
            observed.add(&tree.experts(sequence));
        }
        trees.push(tree);
    }
    (observed, trees)
}

#[expect(clippy::cast_precision_loss, reason = "a million at most")]
fn calls<'a>(traces: impl Iterator<Item = &'a Vec<u32>>) -> f64 {
    traces.map(Vec::len).sum::<usize>() as f64
}

/// At most [`MOST_SCORES`] of them, the highest always among them.
fn thinned(scores: &[i32]) -> Vec<i32> {
    let stride = scores.len().div_ceil(MOST_SCORES).max(1);
    let mut kept: Vec<i32> = scores.iter().rev().step_by(stride).copied().collect();
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: [&str; 8] = ["open", "read", "read", "close", "open", "read", "write", "close"];

    fn model() -> Model {
        let run = || DAY.iter().copied().cycle();
        Model::learn("d", (0..30).map(|n| run().skip(n % 3).take(40 + n)))
    }

    #[test]
    fn what_is_known_surprises_less_than_what_is_new() {
        let model = model();
        let known = model.score(DAY.iter().copied().cycle().take(50));
        let new =
            model.score(["open", "close", "write", "read", "socket"].into_iter().cycle().take(50));
        assert!(known.surprise < 0.5 && new.surprise > 3.0, "{known:?} {new:?}");
        assert!(known.unseen == 0.0 && new.unseen > 0.9);
        assert!(model.chance(known.oddness) > 0.05 && model.chance(new.oddness) < 0.05);
        assert_eq!(model.runs(), 30);
    }

    #[test]
    fn nothing_and_one_run_can_be_learned_from() {
        let nothing: [[&str; 0]; 0] = [];
        assert!(Model::learn("d", nothing).score(["a"]).surprise.is_finite());
        let one = Model::learn("d", [DAY]);
        assert!(one.score(DAY).surprise.is_finite());
        assert!((one.chance(0.0) - 1.0).abs() < 1e-9, "it was never wrong: there is one run only");
    }
}
