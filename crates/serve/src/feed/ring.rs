//! A bounded queue of numbered events.

use std::collections::VecDeque;
use std::sync::Arc;

/// Most events that are kept for whoever comes back. A plugin can cause events as it likes.
const EVENTS: usize = 4096;

/// Most bytes of all of them, for the same reason.
const BYTES: usize = 4 << 20;

/// An event as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// From 1, without gaps.
    pub(crate) number: u64,
    pub(crate) kind: &'static str,
    /// JSON in one line.
    pub(crate) text: Arc<str>,
}

/// What somebody reads next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing new yet.
    Nothing,
    /// The next event.
    Event(Entry),
    /// Events that are gone, from and to: the reader was away for too long, or is too slow.
    Lost(u64, u64),
}

#[derive(Debug, Default)]
pub(super) struct Ring {
    kept: VecDeque<Entry>,
    bytes: usize,
    newest: u64,
}

impl Ring {
    /// Gives the number of the event.
    pub(super) fn push(&mut self, kind: &'static str, text: String) -> u64 {
        self.newest += 1;
        self.bytes += text.len();
        self.kept.push_back(Entry { number: self.newest, kind, text: text.into() });
        while self.kept.len() > EVENTS || self.bytes > BYTES {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.text.len();
        }
        self.newest
    }

    /// A number that there was never yet is one of another run: all that is kept is new to its reader.
    pub(super) fn after(&self, number: u64) -> Next {
        let number = if number > self.newest { 0 } else { number };
        let first = self.newest + 1 - self.kept.len() as u64;
        if number == self.newest {
            return Next::Nothing;
        }
        let wanted = number + 1;
        if wanted < first {
            return Next::Lost(wanted, first - 1);
        }
        let index = usize::try_from(wanted - first).ok();
        let entry = index.and_then(|index| self.kept.get(index));
        entry.map_or(Next::Nothing, |entry| Next::Event(entry.clone()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_gone_is_told() {
        let mut ring = Ring::default();
        assert_eq!(ring.after(0), Next::Nothing);
        assert_eq!(ring.after(7), Next::Nothing, "of another run");
        for number in 1..=EVENTS as u64 + 10 {
            assert_eq!(ring.push("log", number.to_string()), number);
        }
        assert_eq!(ring.after(0), Next::Lost(1, 10));
        let Next::Event(entry) = ring.after(10) else { panic!("an event") };
        assert_eq!((entry.number, &*entry.text), (11, "11"));
        assert_eq!(ring.after(EVENTS as u64 + 10), Next::Nothing);
        assert_eq!(ring.after(u64::MAX), Next::Lost(1, 10), "of another run");
    }

    #[test]
    fn large_events_push_others_away() {
        let mut ring = Ring::default();
        for _ in 0..10 {
            ring.push("log", "x".repeat(BYTES / 4));
        }
        assert_eq!(ring.kept.len(), 4);
        assert!(ring.bytes <= BYTES);
    }

    proptest! {
        #[test]
        fn a_reader_gets_every_event_or_is_told_of_it(
            steps in proptest::collection::vec((0..3000_usize, 0..20_usize), 0..6),
        ) {
            let mut ring = Ring::default();
            let (mut at, mut seen) = (0, 0);
            for (pushed, read) in steps {
                for _ in 0..pushed {
                    ring.push("log", "x".repeat(3000));
                }
                for _ in 0..read {
                    match ring.after(at) {
                        Next::Nothing => prop_assert_eq!(at, ring.newest),
                        Next::Event(entry) => {
                            prop_assert_eq!(entry.number, at + 1);
                            at += 1;
                            seen += 1;
                        }
                        Next::Lost(from, to) => {
                            prop_assert!(from == at + 1 && to >= from);
                            seen += to - from + 1;
                            at = to;
                        }
                    }
                }
            }
            prop_assert_eq!(seen, at);
        }
    }
}
