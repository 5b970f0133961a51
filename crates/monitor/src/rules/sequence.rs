//! The forbidden sequence: a secret is read, and then something leaves.

use std::collections::VecDeque;
use std::time::Duration;

use crate::finding::{Finding, Layer};
use crate::{Act, text};

/// Each half is allowed; both in this order are how secrets are stolen. It rests on an order of acts
/// alone, so that it takes permissions and never ends anybody.
const SEQUENCE: f64 = 55.0;

/// Most reads of secrets that are remembered.
const READS: usize = 8;

/// The reads of secrets that may still be carried out.
#[derive(Clone, Debug, Default)]
pub(super) struct Sequence {
    reads: VecDeque<(Duration, String)>,
}

impl Sequence {
    pub(super) fn act(&mut self, at: Duration, act: &Act, window: Duration) -> Option<Finding> {
        self.reads.retain(|(read, _)| at.saturating_sub(*read) <= window);
        match act {
            Act::Read { place, sensitive: true } => {
                self.remember(at, place);
                None
            }
            Act::Egress { host } => self.left(at, "sent", host),
            Act::Told { plugin } => self.left(at, "gave", plugin),
            _ => None,
        }
    }

    fn remember(&mut self, at: Duration, place: &str) {
        if self.reads.len() >= READS {
            self.reads.pop_front();
        }
        self.reads.push_back((at, text::word(place)));
    }

    fn left(&self, at: Duration, how: &str, to: &str) -> Option<Finding> {
        let (read, place) = self.reads.back()?;
        let to = text::word(to);
        let (from, gap) = (text::time(*read), text::time(at.saturating_sub(*read)));
        Some(
            Finding::new("secret-then-egress", Layer::Behaviour, &to, at)
                .since(*read)
                .seen(format!("{place} read, then {to}"), "secrets that stay")
                .sure(80)
                .says(format!("It read {place}, and {gap} later {how} something to {to}."))
                .because([
                    format!("at {from} it read {place}"),
                    format!("at {} it {how} something to {to}", text::time(at)),
                ])
                .risks(SEQUENCE),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    fn read(sensitive: bool) -> Act {
        Act::Read { place: "/home/.ssh/id".to_owned(), sensitive }
    }

    fn egress() -> Act {
        Act::Egress { host: "example.com".to_owned() }
    }

    fn run(acts: &[(u64, Act)]) -> Option<Finding> {
        let mut sequence = Sequence::default();
        let acts = acts.iter();
        acts.filter_map(|(at, act)| sequence.act(Duration::from_secs(*at), act, WINDOW)).last()
    }

    #[test]
    fn a_secret_and_then_a_request_is_found_with_both_events() {
        let finding = run(&[(1, read(true)), (5, egress())]).unwrap();
        assert_eq!(finding.evidence.len(), 2);
        assert_eq!(finding.since, Duration::from_secs(1));
        let told = Act::Told { plugin: "mailer".to_owned() };
        let sentence = run(&[(1, read(true)), (5, told)]).unwrap().sentence;
        assert!(sentence.contains("gave something to mailer"), "{sentence}");
    }

    #[test]
    fn another_order_a_late_request_and_harmless_reads_are_not() {
        assert!(run(&[(1, egress()), (5, read(true))]).is_none());
        assert!(run(&[(1, read(true)), (62, egress())]).is_none());
        assert!(run(&[(1, read(false)), (5, egress())]).is_none());
    }
}
