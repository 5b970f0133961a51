//! All findings of a cell, each kind once.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
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
    /// When the cell was started, on the host's clock.
    started: Duration,
    kept: Vec<Entry>,
    /// What earlier cells of the plugin were told of, so that what each of them does is one thing.
    known: Vec<Known>,
}

#[derive(Clone, Debug)]
struct Entry {
    noted: Noted,
    told: Told,
    /// A person has looked at it since it was told.
    is_settled: bool,
}

/// When a thing was held against a plugin last.
#[derive(Clone, Copy, Debug)]
struct Told {
    /// On the host's clock.
    at: Duration,
    /// How long it is not told again.
    quiet: Duration,
    /// What it weighed.
    risk: f64,
}

/// A finding that was held against a plugin, as its next cell knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    rule: &'static str,
    /// A digest: text of a plugin's choice is not kept.
    subject: u64,
    told: Told,
}

impl Journal {
    /// Empty. The same thing is told again after `quiet` at the earliest.
    #[must_use]
    pub const fn new(quiet: Duration) -> Self {
        Self { quiet, started: Duration::ZERO, kept: Vec::new(), known: Vec::new() }
    }

    /// With what the plugin's earlier cells were told of, in a cell that was started then.
    pub(crate) fn begin(&mut self, known: Vec<Known>, started: Duration) {
        (self.known, self.started) = (known, started);
    }

    /// What was held against the plugin so far, for its next cell.
    pub(crate) fn known(&self) -> Vec<Known> {
        let settled = |entry: &&Entry| !entry.is_settled;
        let mut known: Vec<Known> = self.kept.iter().filter(settled).map(Known::of).collect();
        Known::merge(&mut known, self.known.clone());
        known
    }

    /// Takes a finding in, and gives it back if it is to be told. It comes back with no risk where an
    /// earlier cell of the plugin has been told of it, and it is not to be held against it again yet.
    pub fn note(&mut self, finding: Finding) -> Option<Finding> {
        let finding = self.folded(finding);
        let place = self.kept.iter_mut().find(|entry| entry.noted.finding.same(&finding));
        match place {
            Some(entry) => {
                let first = first_quiet(self.quiet, &finding);
                entry.again(self.started.saturating_add(finding.at), finding, first)
            }
            None => self.first(finding),
        }
    }

    /// A person has looked at all of it: whatever comes again is told as if for the first time.
    pub fn settle(&mut self) {
        self.known.clear();
        for entry in &mut self.kept {
            entry.told.quiet = first_quiet(self.quiet, &entry.noted.finding);
            entry.is_settled = true;
        }
    }

    /// All of them, in the order in which they were first made.
    #[must_use]
    pub fn findings(&self) -> Vec<Noted> {
        self.kept.iter().map(|entry| entry.noted.clone()).collect()
    }

    fn first(&mut self, mut finding: Finding) -> Option<Finding> {
        if self.kept.len() >= MOST_FINDINGS {
            self.forget_lighter(&finding)?;
        }
        let at = finding.at;
        let noted = Noted { finding: finding.clone(), first: at, last: at, count: 1 };
        let now = self.started.saturating_add(at);
        let quiet = first_quiet(self.quiet, &finding);
        let mut told = Told { at: now, quiet, risk: finding.risk };
        if let Some(known) = self.known.iter().find(|known| known.is(&finding)) {
            told = known.told;
            if !told.again(now, &finding, (quiet, false)) {
                finding.risk = 0.0;
            }
        }
        self.kept.push(Entry { noted, told, is_settled: false });
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
        let is_known = self.known.iter().any(|known| known.is(&finding));
        if is_known || self.kept.iter().any(|entry| entry.noted.finding.same(&finding)) {
            return finding;
        }
        let before = self.known.iter().filter(|known| known.rule == finding.rule);
        let new = self.kept.iter().map(|entry| &entry.noted.finding);
        let new = new.filter(|kept| kept.rule == finding.rule);
        let new = new.filter(|kept| !self.known.iter().any(|known| known.is(kept)));
        if before.count() + new.count() >= MOST_SUBJECTS {
            OTHERS.clone_into(&mut finding.subject);
        }
        finding
    }
}

/// The first silence about a thing.
fn first_quiet(quiet: Duration, finding: &Finding) -> Duration {
    match finding.once {
        true => LONGEST_QUIET,
        false => quiet.saturating_mul(if finding.hint { LONGER_OF_HINTS } else { 1 }),
    }
}

impl Entry {
    fn again(&mut self, now: Duration, finding: Finding, first: Duration) -> Option<Finding> {
        self.noted.count = self.noted.count.saturating_add(1);
        self.noted.last = finding.at;
        let is_new = std::mem::take(&mut self.is_settled);
        if !self.told.again(now, &finding, (first, is_new)) {
            return None;
        }
        self.noted.finding = finding.clone();
        Some(finding)
    }
}

impl Told {
    /// Whether it is to be told again, which it is then. `first` is the first silence about it.
    fn again(
        &mut self,
        now: Duration,
        finding: &Finding,
        (first, is_new): (Duration, bool),
    ) -> bool {
        let worse = finding.risk >= self.risk * WORSE;
        if !worse && !is_new && now.saturating_sub(self.at) < self.quiet {
            return false;
        }
        self.quiet = if worse {
            // What was a hint before is none.
            self.quiet.min(first)
        } else {
            let longer = if finding.hint { LONGER_OF_HINTS } else { LONGER };
            self.quiet.saturating_mul(longer).min(LONGEST_QUIET)
        };
        (self.at, self.risk) = (now, finding.risk);
        true
    }
}

impl Known {
    fn of(entry: &Entry) -> Self {
        let finding = &entry.noted.finding;
        Self { rule: finding.rule, subject: digest(&finding.subject), told: entry.told }
    }

    fn is(&self, finding: &Finding) -> bool {
        self.rule == finding.rule && self.subject == digest(&finding.subject)
    }

    /// Adds others: of one thing what was told last counts, and of many things the heaviest.
    pub(crate) fn merge(all: &mut Vec<Self>, others: Vec<Self>) {
        for other in others {
            let same = |one: &&mut Self| one.rule == other.rule && one.subject == other.subject;
            match all.iter_mut().find(same) {
                Some(one) if one.told.at < other.told.at => *one = other,
                Some(_) => {}
                None => all.push(other),
            }
        }
        all.sort_by(|one, other| other.told.risk.total_cmp(&one.told.risk));
        all.truncate(MOST_FINDINGS);
    }
}

fn digest(subject: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    subject.hash(&mut hasher);
    hasher.finish()
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

    /// The journal of the next cell of a plugin, which is started then.
    fn next(journal: &Journal, started: u64) -> Journal {
        let mut next = Journal::new(Duration::from_secs(60));
        next.begin(journal.known(), Duration::from_secs(started));
        next
    }

    #[test]
    fn what_each_cell_of_a_plugin_does_is_told_of_each_and_counts_once() {
        let mut journal = Journal::new(Duration::from_secs(60));
        assert_eq!(journal.note(finding("a", 1, 10.0)).unwrap().risk, 10.0);
        let mut second = next(&journal, 30);
        assert_eq!(second.note(finding("a", 1, 10.0)).unwrap().risk, 0.0);
        assert_eq!(second.note(finding("b", 1, 10.0)).unwrap().risk, 10.0, "is new");
        let mut third = next(&second, 62);
        assert_eq!(third.note(finding("a", 1, 10.0)).unwrap().risk, 10.0, "after a silence");
        let mut fourth = next(&third, 150);
        assert_eq!(fourth.note(finding("a", 1, 10.0)).unwrap().risk, 0.0, "which doubles");
        assert_eq!(fourth.note(finding("a", 2, 20.0)).unwrap().risk, 20.0, "worse");
    }

    #[test]
    fn subjects_add_up_over_cells() {
        let mut journal = Journal::new(Duration::from_secs(60));
        let mut risk = 0.0;
        for cell in 0..20 {
            journal = next(&journal, cell);
            for subject in 0..5 {
                let subject = format!("{cell} {subject}");
                risk += journal.note(finding(&subject, 1, 1.0)).map_or(0.0, |told| told.risk);
            }
        }
        assert_eq!(risk, MOST_SUBJECTS as f64 + 1.0);
        assert!(journal.known().len() <= MOST_FINDINGS);
    }

    #[test]
    fn what_a_person_has_looked_at_counts_again() {
        let mut journal = Journal::new(Duration::from_secs(60));
        journal.note(finding("a", 1, 10.0));
        let mut second = next(&journal, 30);
        second.note(finding("a", 1, 10.0));
        second.settle();
        assert!(second.known().is_empty());
        assert_eq!(second.note(finding("a", 2, 10.0)).unwrap().risk, 10.0);
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
