//! A trace, followed as it grows.

use std::collections::VecDeque;

use super::limits::{FEW_RUNS, LOCALITY, ORDER, SEQUENCE, SYMBOL};
use super::model::Model;
use super::tally::{Score, Tally};
use crate::text;

/// Unseen sequences near to each other that count, even if no training run had any.
const LEAST_BURST: u32 = 8;

/// Calls before the oddness of the whole trace says something.
const LEAST_CALLS: f64 = 60.0;

/// The oddness is looked at after each so many calls.
const EVERY: f64 = 20.0;

/// A trace this many times as far from the training runs as the worst of them is odd …
const TIMES: f64 = 1.25;

/// … if it is so many deviations beyond it too: that worst one may be near.
const MARGIN: f64 = 1.0;

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
        let surprise = model.surprise(&self.late);
        let before = self.tally.late();
        if self.tally.add(&self.late, &surprise) {
            self.keep();
        }
        let look = self.tally.calls() % EVERY == 0.0;
        self.burst(model, before).or_else(|| look.then(|| self.end(model))?)
    }

    /// Looks at the trace as a whole: says so when it is odder than any training run.
    pub fn end(&mut self, model: &Model) -> Option<Oddity> {
        let calls = self.tally.calls();
        let Score { surprise: bits, oddness, .. } = self.score(model);
        let worst = model.worst()?.max(0.0);
        if calls < LEAST_CALLS || oddness < worst * TIMES + MARGIN {
            return None;
        }
        let seen = format!("{bits:.1} bits of surprise for each of {calls:.0} calls");
        Some(Oddity {
            rule: "surprising-run",
            observed: format!("{seen}, {oddness:.1} deviations from the usual"),
            expected: format!("at most {worst:.1} deviations, as in {} runs", model.runs()),
            evidence: self.evidence(model),
            sure: sure(model, 50),
        })
    }

    /// How the trace looks so far.
    #[must_use]
    pub fn score(&self, model: &Model) -> Score {
        self.tally.score(model.yardsticks)
    }

    /// More unseen sequences near to each other than any training run had.
    fn burst(&mut self, model: &Model, before: u32) -> Option<Oddity> {
        // Where a training run had nearly as many as there can be, more say nothing.
        let most = model.burst().saturating_add(2).max(LEAST_BURST);
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
    fn who_never_does_the_same_twice_is_not_told_to_do_something_new() {
        let word = |run: usize, n: usize| format!("{run} {n}");
        let runs: Vec<Vec<String>> =
            (0..30).map(|run| (0..60).map(|n| word(run, n)).collect()).collect();
        let model = Model::learn("d", runs.iter().map(|run| run.iter().map(String::as_str)));
        assert_eq!(model.burst(), LOCALITY);
        let mut follower = Follower::default();
        let told: Vec<_> = (0..60).filter_map(|n| follower.follow(&model, &word(99, n))).collect();
        assert!(told.iter().all(|odd| odd.rule != "unseen-sequences"), "{told:?}");
    }

    /// A run of a plugin that does some of three tasks, often the first, each with its variants.
    fn run_of_tasks(seed: u64) -> Vec<&'static str> {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut chance = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % 10
        };
        let mut run = vec!["load"];
        let length = 70 + chance() * 10;
        while run.len() < usize::try_from(length).unwrap() {
            match chance() {
                0..6 => run.extend(["open", "read", "read", "close"]),
                6..9 => run.extend(["stat", "list", "open", "write", "close"]),
                _ => run.extend(["ask", "wait", "answer"]),
            }
            if chance() == 0 {
                run.push("log");
            }
        }
        run
    }

    #[test]
    fn runs_like_those_before_are_seldom_told_and_other_work_is() {
        let model = Model::learn("d", (0..100).map(run_of_tasks));
        let is_told = |run: &[&str]| {
            let mut follower = Follower::default();
            run.iter().any(|word| follower.follow(&model, word).is_some())
        };
        let alike = (1_000..1_500).filter(|seed| is_told(&run_of_tasks(*seed))).count();
        assert!(alike <= 5, "{alike} of 500 runs");
        let other = (1_000..1_100).filter(|seed| {
            // The same calls, from the last to the first.
            is_told(&run_of_tasks(*seed).into_iter().rev().collect::<Vec<_>>())
        });
        assert!(other.count() >= 95);
    }

    #[test]
    fn a_run_off_the_beaten_path_is_told_as_a_whole() {
        let model = model(30);
        let mut follower = Follower::default();
        let odd = DAY.iter().rev().cycle().take(200);
        let told: Vec<_> = odd.filter_map(|word| follower.follow(&model, word)).collect();
        let whole = told.iter().find(|odd| odd.rule == "surprising-run").unwrap();
        assert!(whole.observed.contains("deviations from the usual"), "{whole:?}");
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
        assert_eq!(follower.score(&model), model.score(trace));
    }
}
