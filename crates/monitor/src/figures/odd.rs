//! What is odd about a figure beside its own history. These are hints: honest plugins change too.

use super::metric::{Figures, METRICS};
use super::trend::Trend;
use super::{Metric, Tail, Usual};
use crate::Finding;
use crate::finding::Layer;
use crate::settings::Enabled;
use crate::text;

/// What one odd figure weighs.
const ODD: f64 = 6.0;

/// The histories of all figures.
#[derive(Clone, Debug, Default)]
pub(super) struct Odd {
    usual: [Usual; METRICS],
    tail: [Tail; METRICS],
    trend: [Trend; METRICS],
}

impl Odd {
    pub(super) fn look(&mut self, figures: &Figures, enabled: Enabled) -> Vec<Finding> {
        let mut findings = Vec::new();
        let histories = self.usual.iter_mut().zip(&mut self.tail).zip(&mut self.trend);
        for ((metric, value), ((usual, tail), trend)) in
            Metric::ALL.into_iter().zip(figures.values).zip(histories)
        {
            let one = One { metric, value, figures };
            if enabled.usual {
                findings.extend(one.usual(usual));
            }
            if enabled.tail {
                findings.extend(one.tail(tail));
            }
            if enabled.trend {
                findings.extend(one.trend(trend));
            }
        }
        findings
    }
}

/// One figure at one time.
struct One<'a> {
    metric: Metric,
    value: f64,
    figures: &'a Figures,
}

impl One<'_> {
    fn usual(&self, usual: &mut Usual) -> Option<Finding> {
        let distance = usual.take(self.value, self.metric.floor())?;
        let (seen, middle) = (self.metric.show(self.value), self.metric.show(usual.median()));
        let sentence = format!("Odd for this plugin: {seen}, where {middle} is usual.");
        let far = format!("{distance:.0} robust deviations above the median of its last minutes");
        Some(
            self.finding("unusual", 60)
                .seen(seen, format!("about {middle}"))
                .says(sentence)
                .because([far]),
        )
    }

    fn tail(&self, tail: &mut Tail) -> Option<Finding> {
        let limit = tail.take(self.value, self.metric.floor())?;
        let (seen, limit) = (self.metric.show(self.value), self.metric.show(limit));
        let sentence =
            format!("Odd for this plugin: {seen}, by its past rarer than once in 10000 times.");
        let rare = "three samples in a row beyond its fitted tail".to_owned();
        Some(
            self.finding("rare", 60)
                .seen(seen, format!("at most {limit}"))
                .says(sentence)
                .because([rare]),
        )
    }

    fn trend(&self, trend: &mut Trend) -> Option<Finding> {
        let rise = trend.take(self.figures.at, self.value, self.metric.floor())?;
        let (late, long) = (self.metric.show(rise.late), self.metric.show(rise.long));
        let span = text::time(self.figures.at.saturating_sub(rise.since));
        let sentence =
            format!("Odd for this plugin: {late} for {span}, where it was {long} before.");
        let finding = self.finding("risen", 50).since(rise.since);
        Some(finding.seen(late, format!("about {long}")).says(sentence))
    }

    fn finding(&self, rule: &'static str, sure: u8) -> Finding {
        let Figures { at, from, .. } = *self.figures;
        Finding::new(rule, Layer::Series, self.metric.name(), at)
            .since(from)
            .sure(sure)
            .risks(ODD)
            .hint()
    }
}
