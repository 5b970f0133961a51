//! Time, as this crate is told it.

use std::fmt;
use std::time::Duration;

/// Milliseconds since the host's run began, on a clock that is never set back.
///
/// Not the time of day: setting the machine's clock back must not bring a token back to life. A
/// [`Vault`](crate::Vault) also holds on to the latest moment that it was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub u64);

impl Moment {
    /// The moment so much later; the last one there is, when there is none so late.
    #[must_use]
    pub fn after(self, duration: Duration) -> Moment {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Moment(self.0.saturating_add(millis))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ms", self.0)
    }
}
