//! When a segment is closed and the next one begun.

use std::time::Duration;

use crate::SEGMENT_BYTES;

/// The limits of a segment. Reaching one closes it before the next record: the next segment holds
/// that one. A run's end is never carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// How many bytes a segment grows to. It goes beyond by one record and its own end at most.
    pub bytes: u64,
    /// How old a segment grows, counted from when this run began it or went on with it.
    pub age: Option<Duration>,
}

/// [`SEGMENT_BYTES`], however old.
impl Default for Rotation {
    fn default() -> Rotation {
        Rotation { bytes: SEGMENT_BYTES, age: None }
    }
}

impl Rotation {
    pub(crate) fn is_due(self, bytes: u64, age_us: u64) -> bool {
        let is_old = |age: Duration| u128::from(age_us) >= age.as_micros();
        bytes >= self.bytes || self.age.is_some_and(is_old)
    }
}
