//! Samples, and what is told of them.

use serde::Serialize;

/// What is told of a set of samples.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Spread {
    pub(crate) n: usize,
    pub(crate) min: f64,
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// `None` of no samples.
    pub(crate) fn of(mut samples: Vec<f64>) -> Option<Self> {
        samples.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let last = samples.len().checked_sub(1)?;
            // The nearest rank; the share is within 0 and 1.
            samples.get((last as f64 * share).round() as usize).copied()
        };
        Some(Self {
            n: samples.len(),
            min: at(0.0)?,
            p50: at(0.5)?,
            p90: at(0.9)?,
            p99: at(0.99)?,
            max: at(1.0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks() {
        let spread = Spread::of((0..=100).rev().map(f64::from).collect()).unwrap();
        assert_eq!((spread.n, spread.min, spread.p50), (101, 0.0, 50.0));
        assert_eq!((spread.p90, spread.p99, spread.max), (90.0, 99.0, 100.0));
        assert!(Spread::of(Vec::new()).is_none());
    }
}
