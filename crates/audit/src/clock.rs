//! Where the times in a record come from.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The two clocks of a log. Passed in, so that a test can say what time it is.
pub trait Clock: Send {
    /// Microseconds since 1970-01-01 UTC by the host's clock. May jump.
    fn wall_us(&self) -> i64;
    /// Microseconds since the log was opened. Never goes back.
    fn mono_us(&self) -> u64;
}

/// The clocks of this machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    opened: Instant,
}

impl SystemClock {
    /// Clocks of which the second starts now.
    pub fn start() -> SystemClock {
        SystemClock { opened: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn wall_us(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let micros = match since {
            Ok(after) => i128::try_from(after.as_micros()).unwrap_or(i128::MAX),
            Err(before) => -i128::try_from(before.duration().as_micros()).unwrap_or(i128::MAX),
        };
        i64::try_from(micros).unwrap_or(i64::MAX)
    }

    fn mono_us(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
