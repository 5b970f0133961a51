//! Whether a figure rises: its average of late beside that of long.

use std::time::Duration;

/// Weight of a new value in the average of late: about three seconds.
const LATE: f64 = 0.15;

/// And in that of long: about two minutes.
const LONG: f64 = 0.004;

/// So many times the average of long is a rise.
const TIMES: f64 = 4.0;

/// And so many floors above it.
const FLOORS: f64 = 4.0;

/// A rise lasts so long.
const LASTS: Duration = Duration::from_secs(10);

/// Values before it judges: a minute.
const LEAST: u32 = 240;

/// Two exponentially weighted averages of one figure.
#[derive(Clone, Debug, Default)]
pub(super) struct Trend {
    late: f64,
    long: f64,
    values: u32,
    since: Option<Duration>,
}

/// A figure that has risen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rise {
    pub(super) since: Duration,
    pub(super) late: f64,
    pub(super) long: f64,
}

impl Trend {
    pub(super) fn take(&mut self, at: Duration, value: f64, floor: f64) -> Option<Rise> {
        self.values = self.values.saturating_add(1);
        // A plain average until there are enough values for the weights.
        let first = 1.0 / f64::from(self.values);
        self.late += (value - self.late) * LATE.max(first);
        self.long += (value - self.long) * LONG.max(first);
        let risen = self.late > TIMES * self.long && self.late > self.long + FLOORS * floor;
        if !risen || self.values < LEAST {
            self.since = None;
            return None;
        }
        let since = *self.since.get_or_insert(at);
        let lasts = at.saturating_sub(since) >= LASTS;
        lasts.then_some(Rise { since, late: self.late, long: self.long })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(value: impl Fn(u64) -> f64) -> usize {
        let mut trend = Trend::default();
        let at = |n| Duration::from_millis(250 * n);
        (0..2_000).filter(|n| trend.take(at(*n), value(*n), 1.0).is_some()).count()
    }

    #[test]
    fn a_level_that_rises_and_stays_is_found() {
        assert!(run(|n| if n < 1_000 { 1.0 } else { 20.0 }) > 0);
    }

    #[test]
    fn a_level_and_a_peak_are_not() {
        assert_eq!(run(|_| 20.0), 0);
        assert_eq!(run(|n| if n % 400 < 4 { 30.0 } else { 1.0 }), 0);
    }
}
