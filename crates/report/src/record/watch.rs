//! What was noticed about a cell while it ran, what was done about it, and where it went.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that the monitor noticed. All those alike are one entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingRecord {
    /// Which detector: a stable kebab-case word.
    pub rule: String,
    /// On what it rests.
    #[serde(default)]
    pub layer: Layer,
    /// When it was first noticed.
    pub at_ms: u64,
    /// When it was last noticed.
    pub last_ms: u64,
    /// Since when it was so.
    pub since_ms: u64,
    /// How often it was noticed.
    pub count: u64,
    /// What was seen, with its unit.
    pub observed: String,
    /// What was to be expected, and why that.
    pub expected: String,
    /// How sure it is, in percent.
    pub sure: u8,
    /// All of this in one sentence for a person.
    pub sentence: String,
    /// What it rests on, one line each.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// On what a finding rests.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// On a rule that is met or not.
    #[default]
    Rule,
    /// On figures over time.
    Series,
    /// On what it does in which order, against what it did before.
    Behaviour,
}

/// A step on the ladder, up or down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LadderStep {
    /// When.
    pub at_ms: u64,
    /// Where it stood before.
    pub from: Rung,
    /// Where it stands from then on.
    pub to: Rung,
    /// Who took it: `monitor`, `policy`, `pressure`, or the person.
    pub by: String,
    /// The risk at that time, from 0 to 100.
    pub risk: u8,
    /// Why, in one sentence.
    pub because: String,
}

/// A place on the ladder.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// It is watched as every cell is.
    #[default]
    Observe,
    /// The host was told.
    Notify,
    /// It gets less processor time and fewer calls.
    Throttle,
    /// Its optional grants are gone.
    Narrow,
    /// It stands still.
    Freeze,
    /// It was ended.
    Kill,
}

/// Another machine that a cell talked to, or wanted to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EgressRecord {
    /// Host and port, e.g. `api.example.com:443`.
    pub destination: String,
    /// Requests or connections that were let through.
    pub allowed: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Bytes sent there.
    pub bytes_out: u64,
    /// Bytes received from there.
    pub bytes_in: u64,
    /// When first.
    pub first_ms: u64,
    /// When last.
    pub last_ms: u64,
}
