//! The samples of a cell that are kept.

use crate::Sample;

/// Most samples that are kept of one cell; beyond, every second one is dropped and the distance
/// doubles, so that a cell which lives on and on costs no more memory, and is evenly covered.
pub const MOST_SAMPLES: usize = 512;

/// A bounded series.
#[derive(Clone, Debug)]
pub struct Series {
    kept: Vec<Sample>,
    /// Keep one of so many.
    stride: u64,
    seen: u64,
    last: Option<Sample>,
}

impl Default for Series {
    fn default() -> Self {
        Self { kept: Vec::new(), stride: 1, seen: 0, last: None }
    }
}

impl Series {
    /// Takes a sample in.
    pub fn take(&mut self, sample: Sample) {
        self.last = Some(sample);
        if self.seen.is_multiple_of(self.stride) {
            self.kept.push(sample);
        }
        self.seen = self.seen.saturating_add(1);
        if self.kept.len() >= MOST_SAMPLES {
            self.thin();
        }
    }

    /// The last sample, whether it is kept or not.
    #[must_use]
    pub const fn last(&self) -> Option<&Sample> {
        self.last.as_ref()
    }

    /// The series, the last sample included.
    #[must_use]
    pub fn samples(&self) -> Vec<Sample> {
        let mut samples = self.kept.clone();
        if let Some(last) = self.last
            && samples.last() != Some(&last)
        {
            samples.push(last);
        }
        samples
    }

    fn thin(&mut self) {
        let mut odd = false;
        self.kept.retain(|_| {
            odd = !odd;
            odd
        });
        self.stride = self.stride.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_long_series_stays_bounded_even_and_has_its_last_sample() {
        let mut series = Series::default();
        for second in 0..10_000 {
            series.take(Sample { at: Duration::from_secs(second), ..Sample::default() });
        }
        let samples = series.samples();
        assert!(samples.len() <= MOST_SAMPLES);
        assert_eq!(samples.last().unwrap().at, Duration::from_secs(9_999));
        let gaps: Vec<_> = samples.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
        assert!(gaps[..gaps.len() - 1].iter().all(|gap| *gap == gaps[0]), "{gaps:?}");
    }
}
