//! The calls (and the load) that the host waits for, each with its own deadline.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aether_protocol::v1::Extend;

use crate::failure::Failure;

/// What a call or a load ended with: JSON text of the result, or how it failed.
pub(crate) type Outcome = Result<String, Failure>;

/// Longest deadline, in milliseconds: a day. Keeps arithmetic on instants from overflowing.
const LONGEST_MS: u64 = 86_400_000;

/// What the host waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The entry being loaded.
    Load,
    /// The entry being compiled.
    Compile,
    /// A method that was called.
    Call,
    /// An event that is dealt with.
    Event,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Running {
    /// Load or call.
    pub(crate) kind: Kind,
    /// When it must have ended.
    pub(crate) deadline: Instant,
    /// Milliseconds that it was given.
    pub(crate) allowed_ms: u64,
    /// What it ended with, not reported yet.
    pub(crate) outcome: Option<Outcome>,
    /// The plugin listens for its cancellation, so it can settle although nothing is pending.
    pub(crate) attended: bool,
    /// A job was interrupted for another call's deadline and may have been this one's.
    pub(crate) disturbed: bool,
}

/// All of them, by the identifier of the host's request.
#[derive(Debug, Default)]
pub(crate) struct Calls(BTreeMap<u64, Running>);

impl Calls {
    /// Begins one; false when the identifier is in use.
    pub(crate) fn begin(&mut self, id: u64, kind: Kind, allowed_ms: u64, now: Instant) -> bool {
        if self.0.contains_key(&id) {
            return false;
        }
        let deadline = now + Duration::from_millis(allowed_ms.min(LONGEST_MS));
        let running = Running {
            kind,
            deadline,
            allowed_ms,
            outcome: None,
            attended: false,
            disturbed: false,
        };
        self.0.insert(id, running);
        true
    }

    /// Gives one more time.
    pub(crate) fn extend(&mut self, extend: Extend) {
        if let Some(running) = self.0.get_mut(&extend.call) {
            let ms = extend.ms.min(LONGEST_MS);
            running.deadline += Duration::from_millis(ms);
            running.allowed_ms = running.allowed_ms.saturating_add(ms);
        }
    }

    /// Gives all of them more time: it stood still.
    #[cfg(feature = "v8")]
    pub(crate) fn shift(&mut self, by: Duration) {
        for running in self.0.values_mut() {
            running.deadline += by;
        }
    }

    /// The earliest deadline.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.0.values().map(|running| running.deadline).min()
    }

    /// Records an outcome; the first one counts.
    pub(crate) fn settle(&mut self, id: u64, outcome: Outcome) {
        if let Some(running) = self.0.get_mut(&id) {
            running.outcome.get_or_insert(outcome);
        }
    }

    /// The running call with this identifier.
    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Running> {
        self.0.get_mut(&id)
    }

    /// The identifier of the only call, when there is just one.
    pub(crate) fn only(&self) -> Option<u64> {
        match self.0.len() {
            1 => self.0.keys().next().copied(),
            _ => None,
        }
    }

    /// All of them.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut Running)> {
        self.0.iter_mut().map(|(id, running)| (*id, running))
    }

    /// Takes out those for which `choose` is true.
    pub(crate) fn take(&mut self, choose: impl Fn(&Running) -> bool) -> Vec<(u64, Running)> {
        let chosen: Vec<u64> =
            self.0.iter().filter(|(_, running)| choose(running)).map(|(id, _)| *id).collect();
        chosen.into_iter().filter_map(|id| Some((id, self.0.remove(&id)?))).collect()
    }

    /// Takes out one.
    pub(crate) fn remove(&mut self, id: u64) -> Option<Running> {
        self.0.remove(&id)
    }

    /// Whether nobody waits for anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_outcome_and_the_earliest_deadline_count() {
        let now = Instant::now();
        let mut calls = Calls::default();
        assert!(calls.begin(1, Kind::Call, u64::MAX, now));
        assert!(calls.begin(2, Kind::Call, 50, now));
        assert!(!calls.begin(2, Kind::Call, 1, now));
        assert_eq!(calls.deadline(), Some(now + Duration::from_millis(50)));
        assert_eq!(calls.only(), None);
        calls.settle(2, Ok("1".into()));
        calls.settle(2, Ok("2".into()));
        calls.settle(3, Ok("3".into()));
        let ended = calls.take(|running| running.outcome.is_some());
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].1.outcome, Some(Ok("1".into())));
        assert_eq!(calls.only(), Some(1));
    }
}
