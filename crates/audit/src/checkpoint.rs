//! A place in a chain, to be kept elsewhere.

use serde::{Deserialize, Serialize};

/// "When run `run` had `records` records, its last hash was `head`." Kept where whoever can write
/// the log cannot write, it proves that nothing up to there was removed or rewritten since; see
/// [`verify_against`](crate::verify_against).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The run, as 32 hexadecimal digits.
    pub run: String,
    /// How many records of that run had been written.
    pub records: u64,
    /// The hash of the last of them, as 64 hexadecimal digits.
    pub head: String,
}
