//! How fast a client may go.

use std::sync::{Mutex, PoisonError};

use tokio::time::{Duration, Instant, sleep_until};

/// Spreads turns over time: a burst at once, then one at each interval. Whoever comes too early
/// waits. Since a client's connections are limited, so are those who wait.
pub(crate) struct Pace {
    interval: Duration,
    /// How far turns may run ahead of the clock.
    ahead: Duration,
    /// When the turns that were given would be used up at the even pace.
    spent: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Pace { interval, ahead: interval * burst, spent: Mutex::new(Instant::now()) }
    }

    /// Waits for a turn.
    pub(crate) async fn turn(&self) {
        let now = Instant::now();
        let at = self.take(now);
        // The runtime's timers are coarse: even a sleep until now takes a millisecond or two.
        if at > now {
            sleep_until(at).await;
        }
    }

    /// Takes a turn, and tells when it is.
    fn take(&self, now: Instant) -> Instant {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        *spent = (*spent).max(now) + self.interval;
        spent.checked_sub(self.ahead).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_an_even_pace() {
        let pace = Pace::new(10, 3);
        let now = Instant::now() + Duration::from_secs(1);
        let waits: Vec<u128> =
            (0..6).map(|_| pace.take(now).saturating_duration_since(now).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 100, 200, 300]);
        let later = now + Duration::from_secs(10);
        assert!(pace.take(later) <= later);
    }
}
