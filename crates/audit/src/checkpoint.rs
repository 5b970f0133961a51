//! A place in a log, to be kept elsewhere.

use serde::{Deserialize, Serialize};

use crate::tip::Position;
use crate::{RunId, encode, hex};

/// "When run `run` had `records` records, its last hash was `head`." Kept where whoever can write
/// the log cannot write, it proves that nothing up to there was removed or rewritten since; see
/// [`verify_log`](crate::verify_log). Signed, it proves that even to somebody who got it from them.
///
/// It also names the tree over the records of the segment up to there, against which single records
/// can be proven; see [`Proof`](crate::Proof).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Whose log it is.
    pub origin: String,
    /// The run, as 32 hexadecimal digits.
    pub run: String,
    /// How many records of that run had been written.
    pub records: u64,
    /// The hash of the last of them, as 64 hexadecimal digits.
    pub head: String,
    /// The number of the segment in which that one stands.
    pub segment: u64,
    /// How many records of that segment there were, of whatever runs.
    pub size: u64,
    /// The root of the tree over them, as 64 hexadecimal digits.
    pub root: String,
    /// The host's clock: RFC 3339, UTC, microseconds. May jump.
    pub time: String,
}

impl Checkpoint {
    /// Whose log it is when nothing else is said.
    pub const ORIGIN: &str = "aether-audit";

    pub(crate) fn at(position: &Position, run: &RunId, origin: &str) -> Checkpoint {
        Checkpoint {
            origin: origin.to_owned(),
            run: run.to_string(),
            records: position.records,
            head: hex::text(&position.head),
            segment: position.segment,
            size: position.size,
            root: hex::text(&position.root),
            time: encode::rfc3339(position.wall_us),
        }
    }
}
