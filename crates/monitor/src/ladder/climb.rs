//! A cell on the ladder.

use std::time::Duration;

use super::{Risk, Rung, Thresholds};
use crate::finding::Finding;
use crate::text;

/// Most rules that one step names.
const RULES: usize = 8;

/// Why a cell is put on a rung before it has done anything.
const BEFORE: &str = "What it did before it was started again still counts.";

/// A change of rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Duration,
    /// Where it stood before.
    pub from: Rung,
    /// Where it stands from then on.
    pub to: Rung,
    /// The risk at that time, from 0 to 100.
    pub risk: u8,
    /// Why, in one sentence.
    pub because: String,
    /// The rules that added to the risk.
    pub evidence: Vec<&'static str>,
}

/// Where a cell stands: up at once, down slowly, and never down from what took rights away.
#[derive(Clone, Debug)]
pub struct Ladder {
    thresholds: Thresholds,
    risk: Risk,
    /// How much of the risk is from before the cell was started.
    before: Risk,
    rung: Rung,
    /// Since when the risk is low enough to go down.
    low_since: Option<Duration>,
    /// It is slow, and since when its risk is low enough not to be.
    slow: bool,
    calm_since: Option<Duration>,
    /// What added to the risk since the cell last stood at the bottom.
    rules: Vec<&'static str>,
}

impl Ladder {
    /// At the bottom.
    #[must_use]
    pub fn new(thresholds: Thresholds, half_life: Duration) -> Self {
        Self {
            thresholds,
            risk: Risk::new(half_life),
            before: Risk::new(half_life),
            rung: Rung::Observe,
            low_since: None,
            slow: false,
            calm_since: None,
            rules: Vec::new(),
        }
    }

    /// With the risk that the plugin's earlier cells left, on the host's clock, on which this one was
    /// started at `started`.
    pub(crate) fn begin(&mut self, before: Risk, started: Duration) {
        self.before = self.before.clone().after(before, started);
        self.risk = self.before.clone();
    }

    /// Where the cell stands.
    #[must_use]
    pub const fn rung(&self) -> Rung {
        self.rung
    }

    /// Whether it is slowed down. It is from *throttle* on, and, where what was taken from it keeps it
    /// higher up, until it has been calm for as long as going down takes.
    #[must_use]
    pub const fn is_slowed(&self) -> bool {
        self.slow
    }

    /// What speaks against it.
    #[must_use]
    pub const fn risk(&self) -> &Risk {
        &self.risk
    }

    /// Takes findings in and lets time pass; gives the step if there is one.
    pub fn weigh(&mut self, at: Duration, findings: &[Finding]) -> Option<Step> {
        self.risk.pass(at);
        self.before.pass(at);
        for finding in findings {
            self.add(finding);
        }
        let mut reached = self.risk.rung(&self.thresholds);
        let heaviest = heaviest(findings);
        if heaviest.is_none() {
            // What was halted or ended for something is not halted or ended for that again.
            reached = reached.min(Rung::Narrow);
        }
        self.mind_pace(at, reached);
        if reached > self.rung {
            self.low_since = None;
            let because = self.because(heaviest);
            return Some(self.step(at, reached, because));
        }
        self.fade(at)
    }

    /// Puts the cell back to the bottom and forgets its risk. Only the policy or a person may say
    /// so: `by` names who.
    pub fn restore(&mut self, at: Duration, by: &str) -> Option<Step> {
        self.low_since = None;
        (self.slow, self.calm_since) = (false, None);
        let from = self.rung;
        let because = format!("Restored by {}.", text::word(by));
        let step = (from != Rung::Observe).then(|| self.step(at, Rung::Observe, because));
        self.risk.clear();
        self.before.clear();
        self.rules.clear();
        step
    }

    fn add(&mut self, finding: &Finding) {
        self.risk.add(finding);
        if !self.rules.contains(&finding.rule) && self.rules.len() < RULES {
            self.rules.push(finding.rule);
        }
    }

    fn because(&self, heaviest: Option<&Finding>) -> String {
        match heaviest {
            None => BEFORE.to_owned(),
            Some(finding) if self.before.score() < 1.0 => finding.sentence.clone(),
            Some(finding) => format!("{} {BEFORE}", finding.sentence),
        }
    }

    /// Slow at once, and as before when it was calm for long enough.
    fn mind_pace(&mut self, at: Duration, reached: Rung) {
        if reached >= Rung::Throttle {
            (self.slow, self.calm_since) = (true, None);
        } else if self.risk.score() >= self.thresholds.throttle * self.thresholds.leave {
            self.calm_since = None;
        } else {
            let since = *self.calm_since.get_or_insert(at);
            self.slow &= at.saturating_sub(since) < self.thresholds.hold;
        }
    }

    /// One rung down, once the risk has been low for long enough.
    fn fade(&mut self, at: Duration) -> Option<Step> {
        let low = self.thresholds.of(self.rung) * self.thresholds.leave;
        if !self.rung.fades() || self.risk.score() >= low {
            self.low_since = None;
            return None;
        }
        let since = *self.low_since.get_or_insert(at);
        if at.saturating_sub(since) < self.thresholds.hold {
            return None;
        }
        self.low_since = None;
        let held = text::time(self.thresholds.hold);
        Some(self.step(
            at,
            self.rung.below(),
            format!("Its risk stayed below {low:.0} for {held}."),
        ))
    }

    fn step(&mut self, at: Duration, to: Rung, because: String) -> Step {
        let from = std::mem::replace(&mut self.rung, to);
        let evidence = self.rules.clone();
        if to == Rung::Observe {
            self.rules.clear();
        }
        Step { at, from, to, risk: self.percent(), because, evidence }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    fn percent(&self) -> u8 {
        self.risk.score().round().clamp(0.0, 100.0) as u8
    }
}

/// The finding that weighs most, if any weighs something.
fn heaviest(findings: &[Finding]) -> Option<&Finding> {
    let weighing = findings.iter().filter(|finding| finding.risk > 0.0);
    weighing.max_by(|one, other| one.risk.total_cmp(&other.risk))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Layer;

    fn finding(layer: Layer, points: f64, second: u64) -> Finding {
        Finding::new("test", layer, "", Duration::from_secs(second)).risks(points)
    }

    fn ladder() -> Ladder {
        Ladder::new(Thresholds::default(), Duration::from_secs(300))
    }

    fn add(ladder: &mut Ladder, layer: Layer, points: f64, second: u64) -> Option<Step> {
        ladder.weigh(Duration::from_secs(second), &[finding(layer, points, second)])
    }

    #[test]
    fn it_goes_up_at_once_and_down_rung_by_rung() {
        let mut ladder = ladder();
        assert_eq!(add(&mut ladder, Layer::Series, 40.0, 1).unwrap().to, Rung::Throttle);
        let steps: Vec<Step> = (2..3_000)
            .filter_map(|second| ladder.weigh(Duration::from_secs(second), &[]))
            .collect();
        let rungs: Vec<Rung> = steps.iter().map(|step| step.to).collect();
        assert_eq!(rungs, [Rung::Notify, Rung::Observe]);
        // 40 points are below 18 after 346 seconds; then the hold.
        assert!((376..380).contains(&steps[0].at.as_secs()), "{:?}", steps[0].at);
    }

    #[test]
    fn what_took_rights_away_stays_until_somebody_restores_it() {
        let mut ladder = ladder();
        assert_eq!(add(&mut ladder, Layer::Rule, 60.0, 1).unwrap().to, Rung::Narrow);
        let day = 24 * 3_600;
        assert!(ladder.is_slowed());
        assert!((2..day).all(|second| ladder.weigh(Duration::from_secs(second), &[]).is_none()));
        assert!(!ladder.is_slowed(), "it has been calm, and is as fast as others");
        let step = ladder.restore(Duration::from_secs(day), "the owner").unwrap();
        assert_eq!((step.from, step.to), (Rung::Narrow, Rung::Observe));
        assert_eq!(step.evidence, ["test"]);
        assert!(ladder.restore(Duration::from_secs(day), "the owner").is_none());
    }

    /// A ladder of a cell that is started so many seconds after one with this risk ended.
    fn after(points: f64, seconds: u64) -> Ladder {
        let mut earlier = Risk::new(Duration::from_secs(300));
        earlier.add(&finding(Layer::Rule, points, 1_000));
        let thresholds = Thresholds { most: Rung::Kill, ..Thresholds::default() };
        let mut ladder = Ladder::new(thresholds, Duration::from_secs(300));
        ladder.begin(earlier, Duration::from_secs(1_000 + seconds));
        ladder
    }

    #[test]
    fn what_an_earlier_cell_did_counts_and_fades_between_cells() {
        let mut ladder = after(40.0, 0);
        let step = ladder.weigh(Duration::ZERO, &[]).unwrap();
        assert_eq!((step.to, step.because.as_str()), (Rung::Throttle, BEFORE));
        let ladder = after(40.0, 300);
        assert!((ladder.risk().score() - 20.0).abs() < 1e-9);
    }

    #[test]
    fn nobody_is_ended_again_for_what_an_earlier_cell_did() {
        let mut ladder = after(95.0, 0);
        assert_eq!(ladder.weigh(Duration::ZERO, &[]).unwrap().to, Rung::Narrow);
        assert!(add(&mut ladder, Layer::Rule, 0.0, 1).is_none(), "that is nothing new");
        let step = add(&mut ladder, Layer::Rule, 1.0, 2).unwrap();
        assert_eq!(step.to, Rung::Kill);
        assert!(step.because.ends_with(BEFORE), "{}", step.because);
    }

    proptest! {
        #[test]
        fn it_does_not_flap(
            events in prop::collection::vec((1u64..40, 0.0f64..30.0), 1..200),
        ) {
            let mut ladder = ladder();
            let mut second = 0;
            let mut down: Option<Duration> = None;
            for (gap, points) in events {
                second += gap;
                let Some(step) = add(&mut ladder, Layer::Series, points, second) else { continue };
                if step.to < step.from {
                    prop_assert_eq!(step.to, step.from.below());
                    prop_assert!(step.from.fades());
                    if let Some(before) = down {
                        prop_assert!(step.at - before >= Thresholds::default().hold);
                    }
                    down = Some(step.at);
                }
            }
        }

        #[test]
        fn a_risk_around_a_threshold_moves_it_once(points in 29.0f64..31.0, seconds in 1u64..600) {
            // Risk that is kept between 0.7 and 1.3 of the threshold, however it goes there.
            let mut ladder = ladder();
            add(&mut ladder, Layer::Series, 31.0, 0);
            for second in 1..seconds {
                let missing = (points - ladder.risk().score()).max(0.0);
                let again = if second % 30 == 0 { missing } else { 0.0 };
                prop_assert!(add(&mut ladder, Layer::Series, again, second).is_none());
            }
        }
    }
}
