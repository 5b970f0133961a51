//! How fast a cell may make calls that are recorded.

use std::time::{Duration, Instant};

use crate::limits::{CALLS_AT_ONCE, CALLS_PER_SECOND};
use crate::rate::{Bucket, Lack, Rate};

/// Calls that are used up and come back with time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget(Bucket);

impl Budget {
    pub(crate) fn new(now: Instant) -> Self {
        let rate = Rate::per_second(CALLS_AT_ONCE.into(), CALLS_PER_SECOND.into());
        Self(Bucket::new(rate, now))
    }

    /// Takes a call, or says how long until there is one.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        self.0.take(1, now).map_err(|lack| match lack {
            Lack::For(wait) => wait,
            Lack::Forever => Duration::MAX,
        })
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
