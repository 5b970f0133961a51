//! How many records a cell may cause.

use std::time::{Duration, Instant};

/// Records per second, and at once after a rest. A plugin that makes calls in a loop would
/// otherwise fill its host's audit log, and bury in it what matters. Each kind has its own, so that
/// none hides another.
#[derive(Debug)]
pub(super) struct Rate {
    per_second: u32,
    burst: u32,
    left: u32,
    since: Instant,
}

impl Rate {
    pub(super) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        Self { per_second, burst, left: burst, since: now }
    }

    /// Whether there may be another one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        if self.left < self.burst {
            let elapsed = now.saturating_duration_since(self.since);
            let earned = elapsed.as_micros() * u128::from(self.per_second) / 1_000_000;
            if earned > 0 {
                let earned = u32::try_from(earned).unwrap_or(u32::MAX);
                self.left = self.left.saturating_add(earned).min(self.burst);
                // What is not yet a whole one is kept.
                self.since += Duration::from_secs(earned.into()) / self.per_second;
            }
        } else {
            self.since = now;
        }
        let may = self.left > 0;
        self.left = self.left.saturating_sub(1);
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_a_steady_rate() {
        let start = Instant::now();
        let mut rate = Rate::new(100, 10, start);
        let taken = |rate: &mut Rate, at| (0..50).filter(|_| rate.take(at)).count();
        assert_eq!(taken(&mut rate, start), 10);
        assert_eq!(taken(&mut rate, start), 0);
        assert_eq!(taken(&mut rate, start + Duration::from_millis(55)), 5);
        // The half of the last one is not lost.
        assert_eq!(taken(&mut rate, start + Duration::from_millis(60)), 1);
        assert_eq!(taken(&mut rate, start + Duration::from_secs(3600)), 10);
        let steady = (0..10_000u32).filter(|milli| {
            rate.take(start + Duration::from_secs(3600) + Duration::from_millis((*milli).into()))
        });
        assert_eq!(steady.count(), 999);
    }
}
