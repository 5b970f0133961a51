//! A slow leak: little by little, much goes out, and little comes in.

use std::collections::VecDeque;
use std::time::Duration;

use super::metric::float;
use crate::finding::{Finding, Layer};
use crate::{Sample, text};

/// Something is carried out.
const LEAK: f64 = 34.0;

/// Length of a slot.
const SLOT: Duration = Duration::from_secs(3);

/// So many slots are looked at: a minute.
const SLOTS: u32 = 20;

/// In so many of them something must have gone out: a flow, not a burst.
const STEADY: usize = 8;

/// A slot with more than this share of all is an upload: that is not slow, and easily seen.
const UPLOAD: u64 = 4;

/// And more than so many budgets in a minute is not little by little either: who sends that much is
/// found by its traffic.
const MUCH: u64 = 64;

/// The bytes of the last minute.
#[derive(Clone, Debug, Default)]
pub(super) struct Leak {
    slots: VecDeque<Slot>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    from: Duration,
    sent: u64,
    received: u64,
}

impl Leak {
    pub(super) fn look(&mut self, before: &Sample, now: &Sample, budget: u64) -> Option<Finding> {
        self.slots.retain(|slot| now.at.saturating_sub(slot.from) < SLOT * SLOTS);
        let sent = now.bytes_out.saturating_sub(before.bytes_out);
        let received = now.bytes_in.saturating_sub(before.bytes_in);
        self.add(now.at, sent, received);
        if sent == 0 {
            return None;
        }
        self.found(now.at, budget)
    }

    fn add(&mut self, at: Duration, sent: u64, received: u64) {
        match self.slots.back_mut() {
            Some(slot) if at.saturating_sub(slot.from) < SLOT => {
                slot.sent = slot.sent.saturating_add(sent);
                slot.received = slot.received.saturating_add(received);
            }
            _ => self.slots.push_back(Slot { from: at, sent, received }),
        }
    }

    fn found(&self, at: Duration, budget: u64) -> Option<Finding> {
        let sum = |of: fn(&Slot) -> u64| self.slots.iter().map(of).fold(0, u64::saturating_add);
        let (sent, received) = (sum(|slot| slot.sent), sum(|slot| slot.received));
        let steady = self.slots.iter().filter(|slot| slot.sent > 0).count() >= STEADY;
        let little = sent <= budget.saturating_mul(MUCH);
        let slow = little && self.slots.iter().all(|slot| slot.sent <= sent / UPLOAD);
        let outward = received <= sent / 2;
        (sent >= budget && steady && slow && outward).then(|| self.told(at, sent, received, budget))
    }

    fn told(&self, at: Duration, sent: u64, received: u64, budget: u64) -> Finding {
        let since = self.slots.front().map_or(at, |slot| slot.from);
        let span = text::time(at.saturating_sub(since));
        let [sent, received, budget] =
            [sent, received, budget].map(|count| text::bytes(float(count)));
        Finding::new("leak", Layer::Series, "", at)
            .since(since)
            .seen(
                format!("{sent} out and {received} in within {span}"),
                format!("at most {budget} a minute"),
            )
            .sure(70)
            .says(format!(
                "It sends little by little: {sent} within {span}, and {received} came back."
            ))
            .risks(LEAK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds until it is found, when each second sends and receives so much.
    fn run(each: impl Fn(u64) -> (u64, u64)) -> Option<u64> {
        let (mut leak, mut before) = (Leak::default(), Sample::default());
        (1..300).find(|second| {
            let (sent, received) = each(*second);
            let mut now = Sample { at: Duration::from_secs(*second), ..before };
            now.bytes_out += sent;
            now.bytes_in += received;
            let found = leak.look(&before, &now, 32 * 1024).is_some();
            before = now;
            found
        })
    }

    #[test]
    fn a_steady_flow_outward_is_found_within_a_minute() {
        assert!(run(|_| (1_000, 20)).is_some_and(|second| second <= 40));
        assert!(run(|_| (600, 0)).is_some_and(|second| second <= 60));
    }

    #[test]
    fn talk_a_trickle_and_an_upload_are_none() {
        assert_eq!(run(|_| (1_000, 4_000)), None);
        assert_eq!(run(|second| (if second % 10 == 0 { 1_000 } else { 0 }, 0)), None);
        assert_eq!(run(|second| (if second == 50 { 400_000 } else { 280 }, 0)), None);
    }
}
