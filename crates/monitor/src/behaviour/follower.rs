//! A trace, followed as it grows.

use std::collections::VecDeque;

use super::limits::{FEW_RUNS, LOCALITY, ORDER, SEQUENCE, SYMBOL};
use super::model::{Model, Score, Tally};
use crate::text;

/// Unseen sequences near to each other that count, even if no training run had any.
const LEAST_BURST: u32 = 8;

/// Calls before the surprise of the whole trace says something.
const LEAST_CALLS: f64 = 60.0;

/// The surprise is looked at after each so many calls.
const EVERY: f64 = 20.0;

/// A trace this many times as surprising as the worst training run is odd …
const TIMES: f64 = 1.25;

/// … if it is so many bits above it too: of a plugin that always did the same, anything is many
/// times as surprising.
const MARGIN: f64 = 0.5;

/// Most unseen sequences that are kept as evidence.
const EVIDENCE: usize = 4;

/// One trace beside its model. It keeps some numbers, however long the trace.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    /// The latest symbols.
    late: Vec<u32>,
    /// The words of the latest of them, which need not be known to the model.
    words: VecDeque<String>,
    tally: Tally,
    /// The first unseen sequences since the last that was told.
    unseen: Vec<String>,
}

/// Something that no training run did.
#[derive(Clone, Debug, PartialEq)]
pub struct Oddity {
    /// `unseen-sequences` or `surprising-run`.
    pub rule: &'static str,
    /// What was seen.
    pub observed: String,
    /// What was to be expected.
    pub expected: String,
    /// Sequences that were never seen.
    pub evidence: Vec<String>,
    /// How sure it is, in percent.
    pub sure: u8,
}

impl Follower {
    /// Takes a word in; says so when the trace has become odd with it.
    pub fn follow(&mut self, model: &Model, word: &str) -> Option<Oddity> {
        if self.late.len() >= ORDER {
            self.late.remove(0);
        }
        self.late.push(model.symbols().number(word));
        if self.words.len() >= SEQUENCE {
            self.words.pop_front();
        }
        self.words.push_back(text::short(word, SYMBOL));
        let (bits, seen) = model.surprise(&self.late);
        let before = self.tally.late();
        if self.tally.add(bits, self.late.len(), seen) {
            self.keep();
        }
        let look = self.tally.calls() % EVERY == 0.0;
        self.burst(model, before).or_else(|| look.then(|| self.end(model))?)
    }

    /// Looks at the trace as a whole: says so when it is more surprising than any training run.
    pub fn end(&mut self, model: &Model) -> Option<Oddity> {
        let calls = self.tally.calls();
        let bits = self.tally.score().surprise;
        let worst = model.worst()?;
        if calls < LEAST_CALLS || bits < worst * TIMES + MARGIN {
            return None;
        }
        Some(Oddity {
            rule: "surprising-run",
            observed: format!("{bits:.1} bits of surprise for each of {calls:.0} calls"),
            expected: format!("at most {worst:.1}, as in {} runs", model.runs()),
            evidence: self.evidence(model),
            sure: sure(model, 50),
        })
    }

    /// How the trace looks so far.
    #[must_use]
    pub fn score(&self) -> Score {
        self.tally.score()
    }

    /// More unseen sequences near to each other than any training run had.
    fn burst(&mut self, model: &Model, before: u32) -> Option<Oddity> {
        let most = model.burst().saturating_add(2).clamp(LEAST_BURST, LOCALITY);
        let now = self.tally.late();
        if now < most || before >= most {
            return None;
        }
        Some(Oddity {
            rule: "unseen-sequences",
            observed: format!("{now} of {LOCALITY} sequences were never seen"),
            expected: format!("at most {}, as in {} runs", model.burst(), model.runs()),
            evidence: self.evidence(model),
            sure: sure(model, 60),
        })
    }

    fn keep(&mut self) {
        if self.unseen.len() < EVIDENCE {
            let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
            self.unseen.push(words.join(", "));
        }
    }

    fn evidence(&mut self, model: &Model) -> Vec<String> {
        let line = |words| format!("never seen in {} runs: {words}", model.runs());
        std::mem::take(&mut self.unseen).into_iter().map(line).collect()
    }
}

/// Less sure where there were few runs.
fn sure(model: &Model, most: u8) -> u8 {
    if model.runs() >= FEW_RUNS { most } else { most / 3 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: [&str; 8] = ["open", "read", "read", "close", "open", "read", "write", "close"];

    fn model(runs: usize) -> Model {
        let run = || DAY.iter().copied().cycle();
        Model::learn("d", (0..runs).map(|n| run().skip(n % 3).take(40 + n)))
    }

    #[test]
    fn a_known_trace_is_quiet_and_a_new_one_is_told_with_its_sequences() {
        let model = model(30);
        let mut follower = Follower::default();
        let quiet =
            DAY.iter().cycle().take(10_000).all(|word| follower.follow(&model, word).is_none());
        assert!(quiet);
        let new = ["socket", "dup", "dup", "exec"];
        let odd =
            new.iter().cycle().take(20).find_map(|word| follower.follow(&model, word)).unwrap();
        assert_eq!(odd.rule, "unseen-sequences");
        assert!(
            odd.evidence[0].ends_with("30 runs: close, open, read, write, close, socket"),
            "{odd:?}"
        );
        assert!(odd.evidence.len() <= EVIDENCE);
    }

    #[test]
    fn few_runs_only_advise() {
        assert!(sure(&model(5), 60) <= 20 && sure(&model(120), 60) == 60);
    }

    #[test]
    fn following_a_trace_gives_the_score_of_the_trace() {
        let model = model(30);
        let mut follower = Follower::default();
        let trace: Vec<&str> = DAY.iter().copied().rev().cycle().take(100).collect();
        for word in &trace {
            follower.follow(&model, word);
        }
        assert_eq!(follower.score(), model.score(trace));
    }
}
