//! How far a figure is from its median, in robust deviations.

use std::collections::VecDeque;

/// So many blocks are the history: about four minutes at four samples a second.
const BLOCKS: usize = 128;

/// Samples of a block, of which the highest is kept: a cell that works in bursts has its bursts in
/// its history, and not only the silence between them.
const BLOCK: u8 = 8;

/// Blocks before it judges: half a minute.
const LEAST: usize = 15;

/// So many robust deviations are odd.
const FAR: f64 = 6.0;

/// So many of the last [`LOOKED_AT`] values must be odd: one alone is an accident.
const ODD: u32 = 3;

/// See [`ODD`].
const LOOKED_AT: u32 = 5;

/// A value must be so many times as high as the bursts of the history.
const NEW: f64 = 1.5;

/// What makes a median deviation a standard deviation, where values are normal.
const NORMAL: f64 = 1.4826;

/// The history of one figure.
#[derive(Clone, Debug, Default)]
pub struct Usual {
    history: VecDeque<f64>,
    highest: f64,
    in_block: u8,
    median: f64,
    deviation: f64,
    /// What nine in ten blocks stay below: bursts that come more often are usual, though they are
    /// far from the median.
    burst: f64,
    /// One bit for each of the last values, set where it was odd.
    odd: u32,
}

impl Usual {
    /// Takes a value in; gives its distance in deviations once enough of the last ones were far
    /// above. `floor` is the difference that is never odd.
    pub fn take(&mut self, value: f64, floor: f64) -> Option<f64> {
        let distance = self.distance(value, floor);
        let new = value > self.burst * NEW;
        let far = new && distance.is_some_and(|distance| distance > FAR);
        self.odd = (self.odd << 1 | u32::from(far)) & ((1 << LOOKED_AT) - 1);
        self.remember(value);
        distance.filter(|_| far && self.odd.count_ones() >= ODD)
    }

    /// The median of the history.
    #[must_use]
    pub const fn median(&self) -> f64 {
        self.median
    }

    fn distance(&self, value: f64, floor: f64) -> Option<f64> {
        if self.history.len() < LEAST {
            return None;
        }
        let tenth = self.median.abs() / 10.0;
        let deviation = (self.deviation * NORMAL).max(floor).max(tenth);
        Some((value - self.median) / deviation)
    }

    fn remember(&mut self, value: f64) {
        self.highest = self.highest.max(value);
        self.in_block += 1;
        if self.in_block < BLOCK {
            return;
        }
        if self.history.len() >= BLOCKS {
            self.history.pop_front();
        }
        self.history.push_back(self.highest);
        (self.in_block, self.highest) = (0, 0.0);
        self.measure();
    }

    fn measure(&mut self) {
        let mut values: Vec<f64> = self.history.iter().copied().collect();
        self.burst = tenth_highest(&mut values);
        self.median = median(&mut values);
        for value in &mut values {
            *value = (*value - self.median).abs();
        }
        self.deviation = median(&mut values);
    }
}

/// The middle value; of none, nothing.
pub(super) fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    let (_, middle, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    *middle
}

/// The value that a tenth of the others exceed.
fn tenth_highest(values: &mut [f64]) -> f64 {
    let place = values.len() * 9 / 10;
    if place >= values.len() {
        return 0.0;
    }
    let (_, value, _) = values.select_nth_unstable_by(place, f64::total_cmp);
    *value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quiet() -> Usual {
        let mut usual = Usual::default();
        for _ in 0..400 {
            assert!(usual.take(1.0, 0.5).is_none());
        }
        usual
    }

    #[test]
    fn three_far_values_are_odd_and_two_are_not() {
        let mut usual = quiet();
        assert!(usual.take(100.0, 0.5).is_none());
        assert!(usual.take(100.0, 0.5).is_none());
        assert!(usual.take(100.0, 0.5).is_some());
    }

    #[test]
    fn a_quiet_series_does_not_scream() {
        let mut usual = quiet();
        assert!((0..10).all(|_| usual.take(3.9, 0.5).is_none()), "within six floors");
    }

    #[test]
    fn regular_bursts_are_usual() {
        let mut usual = Usual::default();
        let odd = (0..4_000).filter(|n| {
            let value = if n % 20 < 4 { 500.0 } else { 0.0 };
            usual.take(value, 1.0).is_some()
        });
        assert_eq!(odd.count(), 0);
    }

    proptest! {
        #[test]
        fn the_median_is_the_middle(mut values in prop::collection::vec(-1e9f64..1e9, 1..50)) {
            let middle = median(&mut values.clone());
            values.sort_by(f64::total_cmp);
            prop_assert_eq!(middle, values[values.len() / 2]);
        }
    }
}
