//! How a trace looks, call by call.

use super::limits::{LOCALITY, MOST_SYMBOLS, SEQUENCE};
use super::mixture::Surprise;

/// How a trace looks to a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Bits of surprise for each call.
    pub surprise: f64,
    /// Share of sequences of [`SEQUENCE`] calls that no training run had.
    pub unseen: f64,
    /// Most unseen sequences among [`LOCALITY`] in a row.
    pub burst: u32,
    /// How far it is from the training runs, in deviations of theirs: the higher, the odder.
    pub oddness: f64,
}

/// A call surprises by so many bits at most, where it is asked how much of a trace was foreseen: a
/// call that never came before counts little more than a rare one.
const FORESEEN: f64 = 3.0;

/// The n-th time that a call comes it counts n to the power of minus this: what a trace does again
/// and again is one thing that it does.
const REPEATED: f64 = 0.3;

/// Least deviations of the two measures. Of a plugin that always did the same, anything else is many
/// deviations away.
const LEAST: [f64; 2] = [0.5, 0.15];

/// Thousandths, so that a saved model holds whole numbers.
pub(super) const WHOLE: f64 = 1_000.0;

/// The two measures of a trace: bits of surprise for each call, none more than [`FORESEEN`]; and how
/// far beyond the usual of their kind the surprises are, repetitions counting less.
///
/// Neither stands for the other. A run of something new that is hard to foresee has many bits, and
/// none of them far beyond what such calls have; one that leaves a path that was always the same has
/// few, far beyond it.
pub(super) type Measures = [f64; 2];

/// A measure of the training runs: its mean and its deviation, in thousandths.
pub(super) type Yardstick = (i32, u32);

/// What a trace has come to so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    calls: f64,
    bits: f64,
    foreseen: f64,
    beyond: f64,
    /// What all calls count, those that came again less.
    weight: f64,
    /// How often each symbol came; the last stands for all that are unknown.
    times: Vec<u32>,
    whole: f64,
    unseen: f64,
    /// One bit for each of the last sequences, set where it was unseen.
    late: u32,
    burst: u32,
}

impl Tally {
    /// Takes one call in, the last of a sequence; says whether its sequence was never seen.
    pub(super) fn add(&mut self, sequence: &[u32], surprise: &Surprise) -> bool {
        let symbol = sequence.last().copied().unwrap_or_default();
        let weight = f64::from(self.again(symbol)).powf(-REPEATED);
        self.calls += 1.0;
        self.bits += surprise.bits;
        self.foreseen += surprise.bits.min(FORESEEN);
        self.beyond += weight * surprise.beyond;
        self.weight += weight;
        let is_whole = sequence.len() >= SEQUENCE;
        let unseen = is_whole && surprise.seen < SEQUENCE;
        self.whole += f64::from(u8::from(is_whole));
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

    /// The most unseen sequences near to each other.
    pub(super) const fn burst(&self) -> u32 {
        self.burst
    }

    pub(super) fn measures(&self) -> Measures {
        [self.foreseen / self.calls.max(1.0), self.beyond / self.weight.max(1.0)]
    }

    pub(super) fn score(&self, yardsticks: [Yardstick; 2]) -> Score {
        Score {
            surprise: self.bits / self.calls.max(1.0),
            unseen: self.unseen / self.whole.max(1.0),
            burst: self.burst,
            oddness: oddness(self.measures(), yardsticks),
        }
    }

    /// How often a symbol came, this time counted.
    fn again(&mut self, symbol: u32) -> u32 {
        let place = usize::try_from(symbol).unwrap_or(MOST_SYMBOLS).min(MOST_SYMBOLS);
        if place >= self.times.len() {
            self.times.resize(place + 1, 0);
        }
        let Some(times) = self.times.get_mut(place) else { return 1 };
        *times = times.saturating_add(1);
        *times
    }
}

/// A trace is as odd as the odder of its measures.
pub(super) fn oddness(measures: Measures, yardsticks: [Yardstick; 2]) -> f64 {
    let far = |(value, (mean, deviation)): (f64, Yardstick)| {
        (value * WHOLE - f64::from(mean)) / f64::from(deviation)
    };
    measures.into_iter().zip(yardsticks).map(far).fold(f64::NEG_INFINITY, f64::max)
}

/// The yardsticks of training runs.
pub(super) fn yardsticks(runs: &[Measures]) -> [Yardstick; 2] {
    [0, 1].map(|place| {
        let values = runs.iter().filter_map(|run| run.get(place).copied());
        yardstick(values, LEAST.get(place).copied().unwrap_or(1.0))
    })
}

#[expect(clippy::cast_precision_loss, reason = "there are few runs")]
fn yardstick(values: impl Iterator<Item = f64> + Clone, least: f64) -> Yardstick {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let deviation = thousandths(variance.sqrt().max(least)).max(1);
    (thousandths(mean), deviation.unsigned_abs())
}

#[expect(clippy::cast_possible_truncation, reason = "within a million")]
pub(super) fn thousandths(value: f64) -> i32 {
    (value * WHOLE).round().clamp(-1e9, 1e9) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(calls: &[(u32, f64, f64)]) -> Tally {
        let mut tally = Tally::default();
        for (symbol, bits, beyond) in calls {
            tally.add(&[*symbol], &Surprise { bits: *bits, beyond: *beyond, seen: 1 });
        }
        tally
    }

    #[test]
    fn what_comes_again_counts_less() {
        let mut calls = vec![(1, 1.0, 0.0), (2, 1.0, 4.0)];
        let [_, once] = tally(&calls).measures();
        assert!((once - 2.0).abs() < 1e-9);
        calls.extend([(1, 1.0, 0.0); 98]);
        let [_, often] = tally(&calls).measures();
        assert!(often > 2.0 * 4.0 / 100.0, "one odd call among a hundred equal ones: {often}");
    }

    #[test]
    fn a_new_call_counts_little_more_than_a_rare_one() {
        let [rare, _] = tally(&[(1, 3.0, 0.0)]).measures();
        let [new, _] = tally(&[(u32::MAX, 24.0, 0.0)]).measures();
        assert!((rare - new).abs() < 1e-9);
    }

    #[test]
    fn a_trace_is_as_odd_as_the_odder_of_its_measures() {
        let yardsticks = [(1_000, 500), (0, 100)];
        assert!((oddness([2.0, 0.1], yardsticks) - 2.0).abs() < 1e-9);
        assert!((oddness([1.0, 0.4], yardsticks) - 4.0).abs() < 1e-9);
    }

    #[test]
    fn runs_that_are_all_alike_have_a_deviation_still() {
        assert_eq!(yardsticks(&[[0.2, 0.0]; 9]), [(200, 500), (0, 150)]);
        assert_eq!(yardsticks(&[]), [(0, 500), (0, 150)]);
    }

    #[test]
    fn symbols_without_end_are_counted_in_bounds() {
        let calls: Vec<_> = (0..100_000).map(|number| (number * 40_000, 1.0, 0.0)).collect();
        assert!(tally(&calls).times.len() <= MOST_SYMBOLS + 1);
    }
}
