//! How fast a cell may make calls that are recorded: a token bucket.

use std::time::{Duration, Instant};

use crate::limits::{CALLS_AT_ONCE, CALLS_PER_SECOND};

/// Tokens that are used by calls and come back with time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    tokens: f64,
    filled: Instant,
}

impl Budget {
    pub(crate) fn new(now: Instant) -> Self {
        Self { tokens: f64::from(CALLS_AT_ONCE), filled: now }
    }

    /// Takes a token, or says how long until there is one.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let earned =
            now.saturating_duration_since(self.filled).as_secs_f64() * f64::from(CALLS_PER_SECOND);
        self.tokens = (self.tokens + earned).min(f64::from(CALLS_AT_ONCE));
        self.filled = now;
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / f64::from(CALLS_PER_SECOND)));
        }
        self.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_comes_back_with_time_and_no_faster() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for _ in 0..CALLS_AT_ONCE {
            budget.take(start).unwrap();
        }
        assert!(budget.take(start).is_err());
        let later = start + Duration::from_millis(500);
        let granted = (0..CALLS_AT_ONCE).take_while(|_| budget.take(later).is_ok()).count();
        assert_eq!(granted, CALLS_PER_SECOND as usize / 2);
        let much_later = later + Duration::from_secs(3600);
        let granted =
            (0..2 * CALLS_AT_ONCE).take_while(|_| budget.take(much_later).is_ok()).count();
        assert_eq!(granted, CALLS_AT_ONCE as usize);
    }
}
