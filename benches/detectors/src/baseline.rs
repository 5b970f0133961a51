//! Detectors to compare with. They are not in the monitor.

use std::collections::{HashMap, HashSet};

use crate::judge::part;
use crate::read::Trace;

/// STIDE: the share of sequences of `n` calls that no training trace had.
pub(crate) fn stide(training: &[Trace], n: usize) -> impl Fn(&Trace) -> f64 {
    let known: HashSet<&[String]> = training.iter().flat_map(|trace| trace.windows(n)).collect();
    move |trace| {
        let unseen = trace.windows(n).filter(|sequence| !known.contains(sequence)).count();
        part(unseen, trace.len().saturating_sub(n - 1))
    }
}

/// A trace as weights of its sequences of one to three calls.
type Weights<'a> = HashMap<&'a [String], f64>;

/// The distance to the nearest training trace, of sequences of one to three calls weighed by how
/// often they come and how few traces have them.
#[derive(Debug)]
pub(crate) struct Nearest<'a> {
    rarity: HashMap<&'a [String], f64>,
    unknown: f64,
    holders: HashMap<&'a [String], Vec<(usize, f64)>>,
    traces: usize,
}

impl<'a> Nearest<'a> {
    /// Learns from traces.
    pub(crate) fn new(training: &'a [Trace]) -> Self {
        let mut traces: HashMap<&[String], usize> = HashMap::new();
        for trace in training {
            for sequence in counted(trace).into_keys() {
                *traces.entry(sequence).or_default() += 1;
            }
        }
        let count = training.len() + 1;
        let rarity = traces.into_iter().map(|(sequence, held)| (sequence, part(count, held).ln()));
        let rarity = rarity.collect();
        let unknown = part(count * 2, 1).ln();
        let mut nearest = Self { rarity, unknown, holders: HashMap::new(), traces: training.len() };
        for (place, trace) in training.iter().enumerate() {
            for (sequence, weight) in nearest.weights(trace) {
                nearest.holders.entry(sequence).or_default().push((place, weight));
            }
        }
        nearest
    }

    /// The distance of a trace.
    pub(crate) fn score(&self, trace: &Trace) -> f64 {
        let mut near = vec![0.0; self.traces];
        for (sequence, weight) in self.weights(trace) {
            for (place, other) in self.holders.get(sequence).into_iter().flatten() {
                if let Some(near) = near.get_mut(*place) {
                    *near += weight * other;
                }
            }
        }
        1.0 - near.into_iter().fold(0.0, f64::max)
    }

    fn weights<'b>(&self, trace: &'b Trace) -> Weights<'b> {
        let mut weights = counted(trace);
        for (sequence, weight) in &mut weights {
            let rarity = self.rarity.get(sequence).copied().unwrap_or(self.unknown);
            *weight = (1.0 + *weight).ln() * rarity;
        }
        let length = weights.values().map(|weight| weight * weight).sum::<f64>().sqrt().max(1e-9);
        weights.values_mut().for_each(|weight| *weight /= length);
        weights
    }
}

fn counted(trace: &Trace) -> Weights<'_> {
    let mut counts = HashMap::new();
    for sequence in (1..=3).flat_map(|n| trace.windows(n)) {
        *counts.entry(sequence).or_default() += 1.0;
    }
    counts
}
