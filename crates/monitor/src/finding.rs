//! What was noticed.

use std::time::Duration;

use crate::text;

/// On what a finding rests. The order is that of how much it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// On what the cell does in which order, against what it did before.
    Behaviour,
    /// On figures over time.
    Series,
    /// On a rule that is met or not.
    Rule,
}

/// Something that the monitor noticed, with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which detector: a stable word.
    pub rule: &'static str,
    /// On what it rests.
    pub layer: Layer,
    /// What it is about: a figure, a host, a path. With the rule it says which findings are equal.
    pub subject: String,
    /// When it was noticed.
    pub at: Duration,
    /// Since when it is so.
    pub since: Duration,
    /// What was seen, with its unit.
    pub observed: String,
    /// What was to be expected, and why that.
    pub expected: String,
    /// How sure it is, in percent.
    pub sure: u8,
    /// All of this in one sentence for a person.
    pub sentence: String,
    /// What it rests on, one line each.
    pub evidence: Vec<String>,
    /// How many points of risk it adds.
    pub risk: f64,
    /// A hint only: an odd figure that honest plugins have too. All hints together notify,
    /// and help others as far as *throttle*.
    pub hint: bool,
    /// The same thing again is nothing new, and counts no more.
    pub(crate) once: bool,
}

/// Most lines of evidence of one finding.
const EVIDENCE: usize = 8;

impl Finding {
    /// A finding of this moment, to be filled in.
    pub(crate) fn new(rule: &'static str, layer: Layer, subject: &str, at: Duration) -> Self {
        Self {
            rule,
            layer,
            subject: text::word(subject),
            at,
            since: at,
            observed: String::new(),
            expected: String::new(),
            sure: 100,
            sentence: String::new(),
            evidence: Vec::new(),
            risk: 0.0,
            hint: false,
            once: false,
        }
    }

    pub(crate) const fn since(mut self, since: Duration) -> Self {
        self.since = since;
        self
    }

    pub(crate) fn seen(mut self, observed: impl Into<String>, expected: impl Into<String>) -> Self {
        self.observed = observed.into();
        self.expected = expected.into();
        self
    }

    pub(crate) const fn sure(mut self, percent: u8) -> Self {
        self.sure = percent;
        self
    }

    pub(crate) fn says(mut self, sentence: impl Into<String>) -> Self {
        self.sentence = sentence.into();
        self
    }

    pub(crate) fn because(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.evidence =
            lines.into_iter().take(EVIDENCE).map(|line| text::short(&line, 400)).collect();
        self
    }

    pub(crate) const fn risks(mut self, points: f64) -> Self {
        self.risk = points;
        self
    }

    pub(crate) const fn once(mut self) -> Self {
        self.once = true;
        self
    }

    pub(crate) const fn hint(mut self) -> Self {
        self.hint = true;
        self
    }
}

/// A finding with how often it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    /// As it was when it was told last.
    pub finding: Finding,
    /// When it was first noticed.
    pub first: Duration,
    /// When it was last noticed.
    pub last: Duration,
    /// How often it was noticed.
    pub count: u64,
}
