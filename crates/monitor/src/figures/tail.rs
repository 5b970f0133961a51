//! The tail of a figure: what it would exceed once in ten thousand times.
//!
//! SPOT (Siffer and others, 2017): beyond a high threshold the excesses of nearly any series follow
//! a generalised Pareto law, which two figures describe. They come from the mean and variance of the
//! excesses (method of moments) and give the value that is exceeded with probability [`RARE`].

use std::collections::VecDeque;

/// How rare a value must be: at four samples a second, one in 42 minutes by chance.
const RARE: f64 = 1e-4;

/// Values before it judges: about a minute.
const CALIBRATION: usize = 256;

/// This share of the values lies below the threshold.
const BELOW: f64 = 0.98;

/// Most excesses that are kept.
const PEAKS: usize = 64;

/// So many rare values in a row: one alone is expected now and then.
const IN_A_ROW: u8 = 3;

/// The shape is held within this, since few excesses give wild estimates.
const SHAPE: f64 = 0.45;

/// The tail of one figure.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    calibration: Vec<f64>,
    threshold: f64,
    peaks: VecDeque<f64>,
    values: f64,
    exceeded: f64,
    /// The rare value. Beyond all until calibrated.
    limit: Option<f64>,
    in_a_row: u8,
}

impl Tail {
    /// Takes a value in; gives the limit once enough values in a row were beyond it. `floor` is the
    /// difference that is never odd.
    pub fn take(&mut self, value: f64, floor: f64) -> Option<f64> {
        let Some(limit) = self.limit else {
            self.calibrate(value);
            return None;
        };
        let limit = limit.max(self.threshold + floor);
        if value <= limit {
            self.in_a_row = 0;
            self.learn(value);
            return None;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        let found = self.in_a_row >= IN_A_ROW;
        if found {
            // A new level that stays is learned as if it were rare, so it is not told for ever.
            self.learn(limit);
        }
        found.then_some(limit)
    }

    fn calibrate(&mut self, value: f64) {
        self.calibration.push(value);
        if self.calibration.len() < CALIBRATION {
            return;
        }
        let mut values = std::mem::take(&mut self.calibration);
        values.sort_by(f64::total_cmp);
        let place = share(values.len(), BELOW);
        self.threshold = values.get(place).copied().unwrap_or_default();
        for value in values {
            self.learn(value);
        }
        self.fit();
    }

    fn learn(&mut self, value: f64) {
        self.values += 1.0;
        if value <= self.threshold {
            return;
        }
        self.exceeded += 1.0;
        if self.peaks.len() >= PEAKS {
            self.peaks.pop_front();
        }
        self.peaks.push_back(value - self.threshold);
        if self.limit.is_some() {
            self.fit();
        }
    }

    /// The rare value from the excesses so far.
    fn fit(&mut self) {
        let (shape, scale) = pareto(&self.peaks);
        let ratio = RARE * self.values / self.exceeded.max(1.0);
        let beyond = if shape.abs() < 1e-6 {
            -scale * ratio.ln()
        } else {
            scale / shape * (ratio.powf(-shape) - 1.0)
        };
        self.limit = Some(self.threshold + beyond.max(0.0));
    }
}

/// Shape and scale of the excesses, by the method of moments.
#[expect(clippy::cast_precision_loss, reason = "there are few")]
fn pareto(peaks: &VecDeque<f64>) -> (f64, f64) {
    let count = peaks.len().max(1) as f64;
    let mean = peaks.iter().sum::<f64>() / count;
    let variance = peaks.iter().map(|peak| (peak - mean).powi(2)).sum::<f64>() / count;
    if mean <= 0.0 || variance <= 0.0 {
        return (0.0, mean.max(0.0));
    }
    let shape = (0.5 * (1.0 - mean * mean / variance)).clamp(-SHAPE, SHAPE);
    // The scale that has this mean with this shape.
    (shape, mean * (1.0 - shape))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "of a short list"
)]
fn share(count: usize, share: f64) -> usize {
    (count as f64 * share) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Evenly spread between 0 and 1, from a seed.
    fn uniform(state: &mut u64) -> f64 {
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((*state >> 11) as f64 / (1u64 << 53) as f64).max(1e-12)
    }

    #[test]
    fn it_finds_the_rare_value_of_a_law_that_is_known() {
        // Of the exponential law the value exceeded once in 10,000 times is 9.21.
        let mut tail = Tail::default();
        let mut state = 7;
        for _ in 0..50_000 {
            tail.take(-uniform(&mut state).ln(), 0.0);
        }
        let limit = tail.limit.unwrap();
        assert!((7.5..11.5).contains(&limit), "{limit}");
    }

    #[test]
    fn a_leap_is_found_and_becomes_usual() {
        let mut tail = Tail::default();
        let mut state = 7;
        for _ in 0..1_000 {
            tail.take(-uniform(&mut state).ln(), 0.1);
        }
        assert!((0..3).filter_map(|_| tail.take(60.0, 0.1)).count() == 1);
        let told = (0..20_000).filter_map(|_| tail.take(60.0, 0.1)).count();
        assert!(told < 2_000, "{told}");
    }

    proptest! {
        #[test]
        fn a_stationary_series_is_quiet(seed: u64) {
            let mut tail = Tail::default();
            let mut state = seed;
            let told = (0..10_000).filter_map(|_| tail.take(uniform(&mut state).powi(2), 0.01)).count();
            prop_assert!(told <= 1, "{told}");
        }

        #[test]
        fn any_values_give_a_limit_that_is_a_number(values in prop::collection::vec(0f64..1e15, 256..600)) {
            let mut tail = Tail::default();
            for value in values {
                tail.take(value, 1.0);
            }
            prop_assert!(tail.limit.unwrap().is_finite());
        }
    }
}
