//! What the runs before did.

use std::collections::BTreeMap;

use super::limits::{DIGEST, LOCALITY, MOST_CALLS, MOST_SCORES, MOST_SEQUENCES, ORDER, SEQUENCE};
use super::mixture::{Mixture, Observed};
use super::symbols::Symbols;
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
    /// Surprises of held-out training runs, in order.
    pub(super) scores: Vec<u32>,
    /// The most unseen sequences near to each other in a held-out training run.
    pub(super) burst: u32,
    pub(super) tree: Tree,
}

/// How a trace looks to a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Bits of surprise for each call.
    pub surprise: f64,
    /// Share of sequences of [`SEQUENCE`] calls that no training run had.
    pub unseen: f64,
    /// Most unseen sequences among [`LOCALITY`] in a row.
    pub burst: u32,
}

/// Thousandths of a bit, so that a saved model holds whole numbers.
const PARTS_OF_BIT: f64 = 1_000.0;

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
        scored(&self.tree, &self.mixture, &trace)
    }

    /// Share of the held-out training runs that were at least as surprising, the score itself
    /// counted: small means that no honest run was like this.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "there are few")]
    pub fn chance(&self, surprise: f64) -> f64 {
        let score = thousandths(surprise);
        let less = self.scores.partition_point(|known| *known < score);
        let more = self.scores.len() - less;
        (more + 1) as f64 / (self.scores.len() + 1) as f64
    }

    /// More unseen sequences near to each other than this are more than any training run had.
    #[must_use]
    pub const fn burst(&self) -> u32 {
        self.burst
    }

    /// The surprise of the most surprising training run, when the others told about it.
    #[must_use]
    pub fn worst(&self) -> Option<f64> {
        self.scores.last().map(|score| f64::from(*score) / PARTS_OF_BIT)
    }

    /// Surprise of the last symbol of a sequence, and how much of the sequence is known.
    pub(super) fn surprise(&self, sequence: &[u32]) -> (f64, usize) {
        surprise(&self.tree, &self.mixture, sequence)
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
            scores: Vec::new(),
            burst: 0,
        };
        model.judge(traces, trees);
        model
    }

    /// Scores each training run by a model of the others.
    fn judge(&mut self, traces: &[Vec<u32>], trees: Vec<Tree>) {
        let mut scores = Vec::new();
        for (part, tree) in trees.into_iter().enumerate() {
            for trace in part_of(traces, part) {
                let score = scored(&tree, &self.mixture, trace);
                scores.push(thousandths(score.surprise));
                self.burst = self.burst.max(score.burst);
            }
        }
        scores.sort_unstable();
        self.scores = thinned(&scores);
    }
}

/// Surprise of the last symbol of a sequence, and how much of the sequence is known.
fn surprise(tree: &Tree, mixture: &Mixture, sequence: &[u32]) -> (f64, usize) {
    let experts = tree.experts(sequence);
    (mixture.surprise(&experts), experts.seen)
}

fn scored(tree: &Tree, mixture: &Mixture, trace: &[u32]) -> Score {
    let mut tally = Tally::default();
    for sequence in sequences(trace) {
        let (bits, seen) = surprise(tree, mixture, sequence);
        tally.add(bits, sequence.len(), seen);
    }
    tally.score()
}

/// The surprise of a trace so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    bits: f64,
    calls: f64,
    whole: f64,
    unseen: f64,
    /// One bit for each of the last sequences, set where it was unseen.
    late: u32,
    burst: u32,
}

impl Tally {
    /// Takes one call in; says whether its sequence was never seen.
    pub(super) fn add(&mut self, bits: f64, length: usize, seen: usize) -> bool {
        self.bits += bits;
        self.calls += 1.0;
        let unseen = length >= SEQUENCE && seen < SEQUENCE;
        if length >= SEQUENCE {
            self.whole += 1.0;
        }
        self.unseen += f64::from(u8::from(unseen));
        self.late = (self.late << 1 | u32::from(unseen)) & ((1 << LOCALITY) - 1);
        self.burst = self.burst.max(self.late.count_ones());
        unseen
    }

    /// Unseen ones among the last sequences.
    pub(super) const fn late(&self) -> u32 {
        self.late.count_ones()
    }

    pub(super) const fn calls(&self) -> f64 {
        self.calls
    }

    pub(super) fn score(&self) -> Score {
        Score {
            surprise: self.bits / self.calls.max(1.0),
            unseen: self.unseen / self.whole.max(1.0),
            burst: self.burst,
        }
    }
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
        let tree = grown(&counted(others.map(|(_, trace)| trace)));
        for sequence in part_of(traces, part).flat_map(|trace| sequences(trace)) {
            observed.add(&tree.experts(sequence));
        }
        trees.push(tree);
    }
    (observed, trees)
}

/// At most [`MOST_SCORES`] of them, the highest always among them.
fn thinned(scores: &[u32]) -> Vec<u32> {
    let stride = scores.len().div_ceil(MOST_SCORES).max(1);
    let mut kept: Vec<u32> = scores.iter().rev().step_by(stride).copied().collect();
    kept.reverse();
    kept
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand")]
fn thousandths(bits: f64) -> u32 {
    (bits * PARTS_OF_BIT).round().clamp(0.0, 1e9) as u32
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
        assert!(model.chance(known.surprise) > 0.05 && model.chance(new.surprise) < 0.05);
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
