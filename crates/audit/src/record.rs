//! A line of the log, read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Detail, Kind, Verdict};

/// One record, as it stands in the file. The texts are untrusted: escape them where they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The version of the record's form: 1.
    pub v: u32,
    /// The number of the record in its run, from 0.
    pub seq: u64,
    /// The host's clock: RFC 3339, UTC, microseconds. May jump.
    pub time: String,
    /// Microseconds since the run began, by a clock that does not jump.
    pub mono_us: u64,
    /// The run, as 32 hexadecimal digits.
    pub run: String,
    /// What it is about.
    pub kind: Kind,
    /// The plugin it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// The cell it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<u32>,
    /// What was done or tried.
    pub action: String,
    /// What it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// How it was judged.
    pub verdict: Verdict,
    /// The manifest or policy line that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What else was worth keeping.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub detail: BTreeMap<String, Detail>,
    /// Which fields were too long and hold only their beginning: `plugin`, `action`, `object`,
    /// `rule`, `detail`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub truncated: Vec<String>,
    /// The hash of the record before.
    pub prev: String,
    /// The hash of this record.
    pub hash: String,
}

impl Record {
    /// The only version of the form there is so far.
    pub const VERSION: u32 = 1;
}
