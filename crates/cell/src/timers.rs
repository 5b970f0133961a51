//! Timers in the order in which they come due.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Longest delay, in milliseconds: what browsers and Node accept (2^31 - 1).
const LONGEST_MS: f64 = 2_147_483_647.0;

/// Timers that have not come due.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    next_id: u64,
    /// Identifiers grow, so two timers due at once fire in the order in which they were set.
    due: BTreeSet<(Instant, u64)>,
    when: BTreeMap<u64, Instant>,
}

impl Timers {
    /// Sets a timer, again with the identifier that it had (`None`: a new one). Anything that is
    /// not a useful delay counts as zero, as on the web.
    pub(crate) fn set(&mut self, now: Instant, delay_ms: f64, again: Option<u64>) -> u64 {
        let delay = if delay_ms.is_finite() { delay_ms.clamp(0.0, LONGEST_MS) } else { 0.0 };
        let when = now + Duration::from_micros((delay * 1000.0) as u64);
        let id = again.unwrap_or_else(|| {
            self.next_id += 1;
            self.next_id
        });
        self.clear(id);
        self.due.insert((when, id));
        self.when.insert(id, when);
        id
    }

    /// Forgets a timer.
    pub(crate) fn clear(&mut self, id: u64) {
        if let Some(when) = self.when.remove(&id) {
            self.due.remove(&(when, id));
        }
    }

    /// When the next one comes due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(when, _)| *when)
    }

    /// Takes the first timer that is due.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<u64> {
        let (when, id) = *self.due.first()?;
        if when > now {
            return None;
        }
        self.clear(id);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_fire_by_time_and_then_by_age() {
        let now = Instant::now();
        let mut timers = Timers::default();
        let late = timers.set(now, 5.0, None);
        let odd = timers.set(now, f64::NAN, None);
        let same = timers.set(now, -3.0, None);
        let never = timers.set(now, 1e300, None);
        assert_eq!(timers.pop(now), Some(odd));
        assert_eq!(timers.pop(now), Some(same));
        assert_eq!(timers.pop(now), None);
        assert_eq!(timers.pop(now + Duration::from_millis(5)), Some(late));
        timers.clear(never);
        assert_eq!(timers.next(), None);
    }
}
