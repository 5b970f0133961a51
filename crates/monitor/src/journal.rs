//! All findings of a cell, each kind once.

use std::time::Duration;

use crate::finding::{Finding, Noted};

/// Most different findings that are kept of one cell: a plugin that does ever new wrong things must
/// not fill the host's memory.
pub const MOST_FINDINGS: usize = 128;

/// Most subjects of one rule. A plugin that is refused a thousand paths is told of some, not of each.
const MOST_SUBJECTS: usize = 16;

/// Longest silence between two tellings of one thing.
const LONGEST_QUIET: Duration = Duration::from_secs(24 * 3_600);

/// The silence becomes so many times as long each time.
const LONGER: u32 = 2;

/// And of hints, which begin with a longer one too: what is odd again and again is not odd.
const LONGER_OF_HINTS: u32 = 6;

/// So much more risk than when it was told last is notably worse.
const WORSE: f64 = 1.5;

/// What stands for the subjects beyond [`MOST_SUBJECTS`].
const OTHERS: &str = "others";

/// The findings of one cell: equal ones are counted, and told again only when they got worse or
/// after a silence.
#[derive(Clone, Debug)]
pub struct Journal {
    quiet: Duration,
    kept: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    noted: Noted,
    told: Duration,
    quiet: Duration,
    /// A person has looked at it since it was told.
    is_settled: bool,
}

impl Journal {
    /// Empty. The same thing is told again after `quiet` at the earliest.
    #[must_use]
    pub const fn new(quiet: Duration) -> Self {
        Self { quiet, kept: Vec::new() }
    }

    /// Takes a finding in, and gives it back if it is to be told.
    pub fn note(&mut self, finding: Finding) -> Option<Finding> {
        let finding = self.folded(finding);
        let place = self.kept.iter_mut().find(|entry| entry.noted.finding.same(&finding));
        match place {
            Some(entry) => entry.again(finding),
            None => self.first(finding),
        }
    }

    /// A person has looked at all of it: whatever comes again is told as if for the first time.
    pub fn settle(&mut self) {
        for entry in &mut self.kept {
            entry.quiet = first_quiet(self.quiet, &entry.noted.finding);
            entry.is_settled = true;
        }
    }

    /// All of them, in the order in which they were first made.
    #[must_use]
    pub fn findings(&self) -> Vec<Noted> {
        self.kept.iter().map(|entry| entry.noted.clone()).collect()
    }

    fn first(&mut self, finding: Finding) -> Option<Finding> {
        if self.kept.len() >= MOST_FINDINGS {
            self.forget_lighter(&finding)?;
        }
        let at = finding.at;
        let noted = Noted { finding: finding.clone(), first: at, last: at, count: 1 };
        let quiet = first_quiet(self.quiet, &finding);
        self.kept.push(Entry { noted, told: at, quiet, is_settled: false });
        Some(finding)
    }

    /// Makes room for a finding in place of the lightest one, if that weighs less: trifles must not
    /// hide what comes after them, and equal ones must not take turns.
    fn forget_lighter(&mut self, finding: &Finding) -> Option<()> {
        let weight = |entry: &Entry| entry.noted.finding.risk;
        let all = self.kept.iter().enumerate();
        let (place, lightest) =
            all.min_by(|one, other| weight(one.1).total_cmp(&weight(other.1)))?;
        if weight(lightest) >= finding.risk {
            return None;
        }
        self.kept.remove(place);
        Some(())
    }

    /// The finding, its subject replaced where its rule has too many of them.
    fn folded(&self, mut finding: Finding) -> Finding {
        let of_rule = self.kept.iter().filter(|entry| entry.noted.finding.rule == finding.rule);
        let mut subjects = 0;
        for entry in of_rule {
            if entry.noted.finding.subject == finding.subject {
                return finding;
            }
            subjects += 1;
        }
        if subjects >= MOST_SUBJECTS {
            OTHERS.clone_into(&mut finding.subject);
        }
        finding
    }
}

/// The first silence about a thing.
fn first_quiet(quiet: Duration, finding: &Finding) -> Duration {
    quiet.saturating_mul(if finding.hint { LONGER_OF_HINTS } else { 1 })
}

impl Entry {
    fn again(&mut self, finding: Finding) -> Option<Finding> {
        self.noted.count = self.noted.count.saturating_add(1);
        self.noted.last = finding.at;
        let worse = finding.risk >= self.noted.finding.risk * WORSE;
        let silence = finding.at.saturating_sub(self.told);
        let is_new = std::mem::take(&mut self.is_settled);
        if !worse && !is_new && silence < self.quiet {
            return None;
        }
        if !worse {
            let longer = if finding.hint { LONGER_OF_HINTS } else { LONGER };
            self.quiet = self.quiet.saturating_mul(longer).min(LONGEST_QUIET);
        }
        self.told = finding.at;
        self.noted.finding = finding.clone();
        Some(finding)
    }
}

impl Finding {
    fn same(&self, other: &Self) -> bool {
        self.rule == other.rule && self.subject == other.subject
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Layer;

    fn finding(subject: &str, second: u64, risk: f64) -> Finding {
        Finding::new("test", Layer::Rule, subject, Duration::from_secs(second)).risks(risk)
    }

    #[test]
    fn the_same_is_told_once_and_counted() {
        let mut journal = Journal::new(Duration::from_secs(60));
        assert!(journal.note(finding("a", 1, 10.0)).is_some());
        assert!(journal.note(finding("a", 2, 11.0)).is_none());
        assert!(journal.note(finding("a", 3, 20.0)).is_some(), "worse");
        assert!(journal.note(finding("a", 64, 20.0)).is_some(), "after a silence");
        assert!(journal.note(finding("a", 130, 20.0)).is_none(), "the silence doubles");
        let noted = journal.findings();
        assert_eq!((noted.len(), noted[0].count), (1, 5));
        assert_eq!(noted[0].last, Duration::from_secs(130));
    }

    #[test]
    fn many_subjects_become_one() {
        let mut journal = Journal::new(Duration::from_secs(60));
        let told = (0..1_000).filter_map(|n| journal.note(finding(&n.to_string(), 1, 1.0))).count();
        assert_eq!(told, MOST_SUBJECTS + 1);
        assert_eq!(journal.findings().last().unwrap().count, 1_000 - MOST_SUBJECTS as u64);
    }

    #[test]
    fn trifles_do_not_hide_what_weighs_more() {
        const RULES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let mut journal = Journal::new(Duration::from_secs(60));
        let mut note = |rule, subject: usize, risk| {
            let subject = subject.to_string();
            let finding = Finding::new(rule, Layer::Rule, &subject, Duration::ZERO).risks(risk);
            journal.note(finding).is_some()
        };
        for rule in RULES {
            for subject in 0..MOST_SUBJECTS {
                note(rule, subject, 1.0);
            }
        }
        assert!(!note("trifle", 1, 1.0), "there is no room for it");
        assert!(note("theft", 1, 50.0));
        let findings = journal.findings();
        assert_eq!(findings.len(), MOST_FINDINGS);
        assert_eq!(findings.last().unwrap().finding.rule, "theft");
    }

    proptest! {
        #[test]
        fn a_flood_is_bounded(seconds in prop::collection::vec(0u64..3_600, 1..400)) {
            let mut journal = Journal::new(Duration::from_secs(60));
            let mut seconds = seconds;
            seconds.sort_unstable();
            let told = seconds.iter().filter_map(|at| journal.note(finding("a", *at, 5.0))).count();
            // One at once, then after 1, 2, 4, … minutes: at most 6 within an hour.
            prop_assert!(told <= 7, "{told}");
        }
    }
}
