//! How much speaks against a cell.

use std::time::Duration;

use super::{Rung, Thresholds};
use crate::finding::{Finding, Layer};

/// The most that all hints together count: half of what throttling takes, whatever a plugin does
/// oddly at once. Honest plugins change what they do.
const MOST_OF_HINTS: f64 = 15.0;

/// The highest risk.
const MOST: f64 = 100.0;

/// Points from 0 to 100 that halve with time, kept apart by what they rest on.
///
/// What rests on rules may do everything. With what rests on figures it goes to *freeze* at most:
/// a figure says that something uses much, and not that it means ill. With what rests on behaviour
/// it goes to *narrow* at most: a model says that something is new. Hints help others as far as
/// *throttle*.
#[derive(Clone, Debug)]
pub struct Risk {
    half_life: Duration,
    at: Duration,
    rules: f64,
    series: f64,
    hints: f64,
    behaviour: f64,
}

impl Risk {
    /// None. Points halve in every `half_life`.
    #[must_use]
    pub const fn new(half_life: Duration) -> Self {
        let at = Duration::ZERO;
        Self { half_life, at, rules: 0.0, series: 0.0, hints: 0.0, behaviour: 0.0 }
    }

    /// Lets time pass. A time before the last one changes nothing.
    pub fn pass(&mut self, at: Duration) {
        let passed = at.saturating_sub(self.at);
        if passed.is_zero() {
            return;
        }
        self.at = at;
        let halvings = passed.as_secs_f64() / self.half_life.as_secs_f64().max(1e-3);
        let left = (-halvings).exp2();
        for points in [&mut self.rules, &mut self.series, &mut self.hints, &mut self.behaviour] {
            *points *= left;
        }
    }

    /// Adds what a finding weighs.
    pub fn add(&mut self, finding: &Finding) {
        self.pass(finding.at);
        let points = if finding.risk.is_finite() { finding.risk.clamp(0.0, MOST) } else { 0.0 };
        let (track, most) = match (finding.hint, finding.layer) {
            (true, _) => (&mut self.hints, MOST_OF_HINTS),
            (false, Layer::Rule) => (&mut self.rules, MOST),
            (false, Layer::Series) => (&mut self.series, MOST),
            (false, Layer::Behaviour) => (&mut self.behaviour, MOST),
        };
        *track = (*track + points).min(most);
    }

    /// With what speaks against it from before: `before` has its time on another clock, on which this
    /// one's began at `started`.
    #[must_use]
    pub(crate) fn after(self, mut before: Self, started: Duration) -> Self {
        before.half_life = self.half_life;
        before.pass(started);
        before.at = self.at;
        before
    }

    /// The same on a clock that was at `started` when this one's began.
    #[must_use]
    pub(crate) const fn since(mut self, started: Duration) -> Self {
        self.at = self.at.saturating_add(started);
        self
    }

    /// Of two on one clock the higher points of each kind, at the later time.
    #[must_use]
    pub(crate) fn or_higher(mut self, mut other: Self) -> Self {
        let at = self.at.max(other.at);
        self.pass(at);
        other.pass(at);
        Self {
            rules: self.rules.max(other.rules),
            series: self.series.max(other.series),
            hints: self.hints.max(other.hints),
            behaviour: self.behaviour.max(other.behaviour),
            ..self
        }
    }

    /// All of it.
    #[must_use]
    pub fn score(&self) -> f64 {
        (self.rules + self.series + self.hints + self.behaviour).min(MOST)
    }

    /// Forgets everything: a person has looked.
    pub const fn clear(&mut self) {
        (self.rules, self.series, self.hints, self.behaviour) = (0.0, 0.0, 0.0, 0.0);
    }

    /// The highest rung that the points reach, each kind as far as it may go.
    #[must_use]
    pub fn rung(&self, thresholds: &Thresholds) -> Rung {
        let figures = self.rules + self.series;
        let by_rules = thresholds.rung(self.rules.min(MOST));
        let by_figures = thresholds.rung(figures.min(MOST)).min(Rung::Freeze);
        let by_behaviour = thresholds.rung((figures + self.behaviour).min(MOST)).min(Rung::Narrow);
        let by_all = thresholds.rung(self.score()).min(Rung::Throttle);
        by_rules.max(by_figures).max(by_behaviour).max(by_all).min(thresholds.most)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finding(layer: Layer, points: f64, second: u64) -> Finding {
        Finding::new("test", layer, "", Duration::from_secs(second)).risks(points)
    }

    fn rung_of(layer: Layer) -> Rung {
        let mut risk = Risk::new(Duration::from_secs(300));
        risk.add(&finding(layer, 100.0, 1));
        risk.rung(&Thresholds { most: Rung::Kill, ..Thresholds::default() })
    }

    #[test]
    fn each_layer_goes_as_far_as_it_may() {
        assert_eq!(rung_of(Layer::Rule), Rung::Kill);
        assert_eq!(rung_of(Layer::Series), Rung::Freeze);
        assert_eq!(rung_of(Layer::Behaviour), Rung::Narrow);
    }

    #[test]
    fn points_halve_in_their_time() {
        let mut risk = Risk::new(Duration::from_secs(300));
        risk.add(&finding(Layer::Rule, 80.0, 10));
        risk.pass(Duration::from_secs(310));
        assert!((risk.score() - 40.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn it_stays_between_nothing_and_all(
            points in prop::collection::vec((any::<f64>(), 0u64..10_000, 0u8..6), 0..60),
        ) {
            let mut risk = Risk::new(Duration::from_secs(300));
            for (points, second, kind) in points {
                let layer = [Layer::Rule, Layer::Series, Layer::Behaviour][usize::from(kind % 3)];
                let mut finding = finding(layer, points, second);
                finding.hint = kind > 2;
                risk.add(&finding);
                prop_assert!((0.0..=MOST).contains(&risk.score()));
            }
        }

        #[test]
        fn hints_alone_never_act(points in prop::collection::vec(0.0f64..200.0, 0..60)) {
            let mut risk = Risk::new(Duration::from_secs(300));
            for points in points {
                risk.add(&finding(Layer::Series, points, 1).hint());
            }
            prop_assert!(risk.rung(&Thresholds::default()) < Rung::Throttle);
        }
    }
}
