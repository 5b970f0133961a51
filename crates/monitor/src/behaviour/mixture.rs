//! How much each length of context is to be believed.
//!
//! Each kind of context has weights, one for each length, which make the held-out training runs
//! likeliest (expectation maximisation). So a long context that came once is believed little, and
//! one that always had the same follower much.

use std::collections::{BTreeMap, HashMap};

use super::limits::ORDER;
use super::tally;
use super::tree::{Experts, experts_of};

/// Rounds of estimation; more change nothing that matters.
const ROUNDS: usize = 30;

/// What each weight has before anything is counted: no length is ruled out by chance.
const PRIOR: f64 = 0.05;

/// Nothing is less likely than this: one wholly new symbol is 24 bits and not infinitely many.
const LEAST: f64 = 1.0 / 16_777_216.0;

/// Weights are whole numbers of this, so that a saved model is the same everywhere.
pub(super) const WHOLE: u32 = 10_000_000;

/// So many surprises of [`UNUSUAL`] are taken to have been seen of each kind: one that came a few
/// times says little about what is usual.
const SUPPOSED: f64 = 20.0;

/// Mean and mean square of what a kind is supposed to surprise by, in bits.
const UNUSUAL: [f64; 2] = [2.0, 8.0];

/// Least variance of a kind, in bits: who never was wrong may be so a little.
const LEAST_VARIANCE: f64 = 0.1;

/// What is known about a kind of context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// How much each length of context is believed.
    pub(super) weights: Vec<u32>,
    /// Mean and deviation of the held-out surprises, in thousandths of a bit.
    pub(super) usual: [u32; 2],
}

/// Each kind of context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mixture {
    pub(super) kinds: BTreeMap<u16, Kind>,
}

/// How surprising one symbol is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surprise {
    /// In bits.
    pub(super) bits: f64,
    /// How far beyond what symbols in such contexts had in held-out runs, in deviations.
    pub(super) beyond: f64,
    /// How many symbols are known to lead to this one, itself included.
    pub(super) seen: usize,
}

impl Mixture {
    /// The surprise of one symbol.
    pub(super) fn surprise(&self, experts: &Experts) -> Surprise {
        let kind = self.kinds.get(&experts.kind);
        let chance = kind.map_or(experts.plain, |kind| mixed(&kind.weights, experts.chances()));
        let bits = bits(chance);
        let [mean, deviation] = kind.map_or_else(|| usual(&[]), |kind| kind.usual);
        let beyond = (bits * tally::WHOLE - f64::from(mean)) / f64::from(deviation);
        Surprise { bits, beyond, seen: experts.seen }
    }
}

fn bits(chance: f64) -> f64 {
    -chance.max(LEAST).log2()
}

/// Mean and deviation of surprises.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a count of calls, and bits between 0 and 24"
)]
fn usual(surprises: &[f64]) -> [u32; 2] {
    let [mean, square] = UNUSUAL;
    let count = surprises.len() as f64 + SUPPOSED;
    let mean = (surprises.iter().sum::<f64>() + mean * SUPPOSED) / count;
    let squares = surprises.iter().map(|bits| bits * bits).sum::<f64>();
    let variance = (squares + square * SUPPOSED) / count - mean * mean;
    [mean, variance.max(LEAST_VARIANCE).sqrt()].map(|bits| (bits * tally::WHOLE).round() as u32)
}

fn mixed(weights: &[u32], chances: &[f64]) -> f64 {
    let sum: f64 =
        weights.iter().zip(chances).map(|(weight, chance)| f64::from(*weight) * chance).sum();
    sum / f64::from(WHOLE)
}

/// Chances of held-out symbols, collected to weigh them.
#[derive(Debug, Default)]
pub(super) struct Observed {
    of: HashMap<u16, Vec<[f32; ORDER + 1]>>,
}

impl Observed {
    #[expect(clippy::cast_possible_truncation, reason = "a chance needs few digits")]
    pub(super) fn add(&mut self, experts: &Experts) {
        let observed = self.of.entry(experts.kind).or_default();
        let mut chances = [0.0; ORDER + 1];
        for (slot, chance) in chances.iter_mut().zip(experts.chances()) {
            *slot = *chance as f32;
        }
        observed.push(chances);
    }

    pub(super) fn weighed(&self) -> Mixture {
        let known = |(kind, observed): (&u16, &Vec<_>)| (*kind, known(experts_of(*kind), observed));
        Mixture { kinds: self.of.iter().map(known).collect() }
    }
}

fn known(experts: usize, observed: &[[f32; ORDER + 1]]) -> Kind {
    let weights = weigh(experts, observed);
    let surprises: Vec<f64> =
        observed.iter().map(|chances| bits(mixed(&weights, &chances.map(f64::from)))).collect();
    Kind { usual: usual(&surprises), weights }
}

#[expect(clippy::cast_precision_loss, reason = "there are few experts")]
fn weigh(experts: usize, observed: &[[f32; ORDER + 1]]) -> Vec<u32> {
    let mut weights = vec![1.0 / experts.max(1) as f64; experts];
    for _ in 0..ROUNDS {
        let mut sums = vec![PRIOR; experts];
        for chances in observed {
            share(&weights, chances, &mut sums);
        }
        let whole: f64 = sums.iter().sum();
        weights = sums.into_iter().map(|sum| sum / whole).collect();
    }
    rounded(&weights)
}

/// Adds to each expert its share of one observation.
fn share(weights: &[f64], chances: &[f32], sums: &mut [f64]) {
    let parts = weights.iter().zip(chances).map(|(weight, chance)| weight * f64::from(*chance));
    let whole: f64 = parts.clone().sum::<f64>().max(1e-12);
    for (sum, part) in sums.iter_mut().zip(parts) {
        *sum += part / whole;
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to WHOLE")]
fn rounded(weights: &[f64]) -> Vec<u32> {
    let round =
        |weight: &f64| (weight * f64::from(WHOLE)).round().clamp(1.0, f64::from(WHOLE)) as u32;
    weights.iter().map(round).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_expert_that_is_right_is_believed() {
        let mut observed = vec![[0.0; ORDER + 1]; 200];
        for chances in &mut observed {
            chances[..3].copy_from_slice(&[0.01, 0.9, 0.1]);
        }
        let weights = weigh(3, &observed);
        assert!(weights[1] > WHOLE / 10 * 9, "{weights:?}");
    }

    #[test]
    fn what_surprised_often_is_usual_and_what_never_did_is_not() {
        assert_eq!(usual(&[]), [2_000, 2_000]);
        let [calm, wild] = [usual(&[0.01; 5_000]), usual(&[6.0; 5_000])];
        let beyond = |[mean, deviation]: [u32; 2], bits: f64| {
            (bits * 1_000.0 - f64::from(mean)) / f64::from(deviation)
        };
        assert!(beyond(calm, 6.0) > 10.0 && beyond(wild, 6.0).abs() < 0.1, "{calm:?} {wild:?}");
    }

    proptest! {
        #[test]
        fn weights_are_a_share_of_the_whole(
            observed in prop::collection::vec(prop::array::uniform11(0f32..1.0), 0..50),
            experts in 1usize..=11,
        ) {
            let weights = weigh(experts, &observed);
            let sum: u32 = weights.iter().sum();
            prop_assert!(sum.abs_diff(WHOLE) <= 11, "{sum}");
        }
    }
}
