//! The forbidden sequence: a secret is read, and then something leaves.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use crate::finding::{Finding, Layer};
use crate::moment::Moment;
use crate::{Act, Leaving, Settings, text};

/// Each half is allowed; both in this order are how secrets are stolen. It rests on an order of acts
/// alone, so that it takes permissions and never ends anybody.
const SEQUENCE: f64 = 55.0;

/// The same where what may be the secret has not left yet, and is kept for a run that comes later.
const KEPT: f64 = 35.0;

/// What a read of long ago still counts: a hint, which is told.
const HINT: f64 = 10.0;

/// Most places of secrets that are remembered.
const READS: usize = 8;

/// Most ways out that are remembered as told.
const TOLD: usize = 64;

/// The reads of secrets that may still be carried out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sequence {
    /// When each place was read last, on the host's clock; what was read last is last.
    reads: VecDeque<(Duration, String)>,
    /// Digests of where something went since then: a thing that is read once does not leave by one way
    /// again and again.
    told: Vec<u64>,
}

/// How something leaves.
struct Way {
    /// What is done, in words.
    words: String,
    /// Where to.
    to: String,
    /// What it weighs.
    points: f64,
}

impl Sequence {
    pub(super) fn act(&mut self, now: Moment, act: &Act, settings: &Settings) -> Option<Finding> {
        if let Act::Read { place, sensitive: true } = act {
            self.remember(now.on_host(), place);
        }
        let way = Way::of(act)?;
        self.left(now, &way, settings)
    }

    fn remember(&mut self, now: Duration, place: &str) {
        let place = text::word(place);
        self.reads.retain(|(_, known)| *known != place);
        if self.reads.len() >= READS {
            self.reads.pop_front();
        }
        self.reads.push_back((now, place));
        self.told.clear();
    }

    fn left(&mut self, now: Moment, way: &Way, settings: &Settings) -> Option<Finding> {
        let (read, place) = self.reads.back()?;
        let digest = way.digest();
        if self.told.contains(&digest) {
            return None;
        }
        if self.told.len() < TOLD {
            self.told.push(digest);
        }
        let age = now.on_host().saturating_sub(*read);
        let before = if *read < now.started { " when it ran before" } else { "" };
        let (gap, words) = (text::time(age), &way.words);
        let points = faded(way.points, age, settings);
        let finding = Finding::new("secret-then-egress", Layer::Behaviour, &way.to, now.at)
            .since(now.in_cell(*read))
            .seen(format!("{place} read, then {}", way.to), "secrets that stay")
            .says(format!("It read {place}{before}, and {gap} later {words}."))
            .because(self.evidence(now, words));
        Some(match points > HINT {
            true => finding.sure(80).risks(points),
            false => finding.sure(50).risks(HINT).hint(),
        })
    }

    /// What was read last stands first.
    fn evidence(&self, now: Moment, words: &str) -> Vec<String> {
        let read = |(then, place): &(Duration, String)| match then.checked_sub(now.started) {
            Some(at) => format!("at {} it read {place}", text::time(at)),
            None => {
                let before = text::time(now.started.saturating_sub(*then));
                format!("{before} before it was started it read {place}")
            }
        };
        let mut lines: Vec<String> = self.reads.iter().rev().map(read).collect();
        lines.insert(1.min(lines.len()), format!("at {} it {words}", text::time(now.at)));
        lines
    }

    /// With what another cell read.
    pub(super) fn and(mut self, mut other: Self) -> Self {
        let last = |of: &Self| of.reads.back().map(|(then, _)| *then);
        if last(&self) < last(&other) {
            std::mem::swap(&mut self, &mut other);
        }
        if last(&self) == last(&other) {
            self.told.extend(other.told);
            self.told.truncate(TOLD);
        }
        for (then, place) in other.reads {
            match self.reads.iter_mut().find(|(_, known)| *known == place) {
                Some((known, _)) => *known = then.max(*known),
                None => self.reads.push_front((then, place)),
            }
        }
        self.reads.make_contiguous().sort();
        let most = self.reads.len().saturating_sub(READS);
        self.reads.drain(..most);
        self
    }
}

impl Way {
    fn of(act: &Act) -> Option<Self> {
        let (words, to, points) = match act {
            Act::Egress { host } => {
                let host = text::word(host);
                (format!("sent something to {host}"), host, SEQUENCE)
            }
            Act::Told { how: Leaving::Store, .. } => {
                let store = "its store".to_owned();
                (format!("put something into {store}"), store, KEPT)
            }
            Act::Told { to, how } => {
                let to = text::word(to);
                let words = match how {
                    _ if to.is_empty() => "gave something to another plugin".to_owned(),
                    Leaving::Event => format!("gave something to who listens for {to}"),
                    _ => format!("gave something to {to}"),
                };
                (words, to, SEQUENCE)
            }
            _ => return None,
        };
        Some(Self { words, to, points })
    }

    fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.words.hash(&mut hasher);
        hasher.finish()
    }
}

/// What is left of points some time after the read.
fn faded(points: f64, age: Duration, settings: &Settings) -> f64 {
    let late = age.saturating_sub(settings.sequence_window).as_secs_f64();
    points * (-late / settings.sequence_half_life.as_secs_f64().max(1e-3)).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sensitive: bool) -> Act {
        Act::Read { place: "/home/.ssh/id".to_owned(), sensitive }
    }

    fn egress() -> Act {
        Act::Egress { host: "example.com".to_owned() }
    }

    fn told(how: Leaving) -> Act {
        Act::Told { to: "mailer".to_owned(), how }
    }

    fn run_on(sequence: &mut Sequence, started: u64, acts: &[(u64, Act)]) -> Option<Finding> {
        let settings = Settings::default();
        let started = Duration::from_secs(started);
        let moment = |second| Moment { at: Duration::from_secs(second), started };
        let mut acts = acts.iter().map(|(at, act)| sequence.act(moment(*at), act, &settings));
        acts.by_ref().fold(None, |last, found| found.or(last))
    }

    fn run(acts: &[(u64, Act)]) -> Option<Finding> {
        run_on(&mut Sequence::default(), 0, acts)
    }

    #[test]
    fn a_secret_and_then_a_request_is_found_with_both_events() {
        let finding = run(&[(1, read(true)), (5, egress())]).unwrap();
        assert_eq!(finding.evidence.len(), 2);
        assert_eq!(finding.since, Duration::from_secs(1));
        assert_eq!(finding.risk, SEQUENCE);
    }

    #[test]
    fn each_way_out_has_its_words() {
        let check = |act: Act, words: &str| {
            let finding = run(&[(1, read(true)), (5, act)]).expect("a finding");
            assert!(finding.sentence.contains(words), "{}", finding.sentence);
            assert!(finding.risk >= KEPT, "{}", finding.risk);
        };
        check(egress(), "later sent something to example.com.");
        check(told(Leaving::Call), "later gave something to mailer.");
        check(told(Leaving::Event), "later gave something to who listens for mailer.");
        check(told(Leaving::Blob), "later gave something to mailer.");
        check(told(Leaving::Store), "later put something into its store.");
        let unnamed = Act::Told { to: String::new(), how: Leaving::Blob };
        check(unnamed, "gave something to another plugin.");
    }

    #[test]
    fn another_order_and_harmless_reads_are_none() {
        assert!(run(&[(1, egress()), (5, read(true))]).is_none());
        assert!(run(&[(1, read(false)), (5, egress())]).is_none());
    }

    #[test]
    fn whoever_waits_is_found_and_it_weighs_less() {
        let after = |seconds: u64| run(&[(1, read(true)), (1 + seconds, egress())]).unwrap();
        assert_eq!(after(60).risk, SEQUENCE);
        assert!((after(660).risk - SEQUENCE / 2.0).abs() < 1e-9);
        assert!(after(62).risk > 54.0 && !after(62).hint);
        let late = after(86_400);
        assert!(late.hint && late.risk == HINT, "{late:?}");
    }

    #[test]
    fn one_read_leaves_by_one_way_once() {
        let mut sequence = Sequence::default();
        assert!(run_on(&mut sequence, 0, &[(1, read(true)), (2, egress())]).is_some());
        assert!(run_on(&mut sequence, 0, &[(90, egress())]).is_none());
        assert!(run_on(&mut sequence, 0, &[(91, told(Leaving::Event))]).is_some());
        assert!(run_on(&mut sequence, 0, &[(95, read(true)), (96, egress())]).is_some());
    }

    #[test]
    fn what_an_earlier_cell_read_the_next_one_may_carry_out() {
        let mut sequence = Sequence::default();
        assert!(run_on(&mut sequence, 100, &[(10, read(true))]).is_none());
        let joined = Sequence::default().and(sequence);
        let finding = run_on(&mut joined.clone(), 120, &[(20, egress())]).unwrap();
        assert!(finding.sentence.contains("when it ran before, and 30 s later"), "{finding:?}");
        assert_eq!(finding.since, Duration::ZERO);
        assert!(finding.evidence[0].starts_with("10 s before it was started"), "{finding:?}");
    }
}
