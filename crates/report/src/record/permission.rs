//! What a cell was granted, and what it was refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One line of a grant, and its use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GrantUse {
    /// The permission, e.g. `FileSystemRead`.
    pub permission: String,
    /// The pattern, as the manifest has it.
    pub pattern: String,
    /// For files: where on the host the pattern's fixed beginning is.
    #[serde(default)]
    pub host: Option<String>,
    /// Where the manifest asks for it.
    #[serde(default)]
    pub manifest: Option<Location>,
    /// How many times it allowed something.
    pub used: u64,
    /// When it last did.
    #[serde(default)]
    pub last_used_ms: Option<u64>,
}

/// A place in a file that a person wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The file, as it is shown to people.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// Things a cell was refused, or stopped for: all those alike are one entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Violation {
    /// Which rule: a stable kebab-case word. Those that Aether has are in `RULES`.
    pub rule: String,
    /// How it was judged.
    #[serde(default)]
    pub verdict: Verdict,
    /// The permission that was missing, e.g. `FileSystemRead`.
    pub permission: String,
    /// What was asked for, in the plugin's words.
    pub object: String,
    /// How many times.
    pub count: u64,
    /// When first.
    pub first_ms: u64,
    /// When last.
    pub last_ms: u64,
    /// What happened, in one sentence.
    pub message: String,
    /// The line that decided: in the manifest, or in the policy.
    #[serde(default)]
    pub manifest: Option<Location>,
    /// The exact line that would allow it, if anything would.
    #[serde(default)]
    pub fix: Option<String>,
    /// The first times that it happened, one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub occurrences: Vec<Occurrence>,
}

/// One time that something was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Occurrence {
    /// When.
    pub at_ms: u64,
    /// The number of its record in the audit log.
    #[serde(default)]
    pub record: Option<u64>,
    /// The method of the plugin that ran then.
    #[serde(default)]
    pub during: Option<String>,
    /// By which operation, e.g. `fs.read`.
    pub operation: String,
}

/// How something that was not allowed is judged.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Refused. Asking is no offence in itself.
    #[default]
    Denied,
    /// A limit was reached.
    Limited,
    /// No honest plugin does this.
    Violation,
}
