//! The run as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CellRecord;

/// The form of a record. A later form that an older reader would misunderstand gets another number.
pub const SCHEMA: &str = "aether-report/1";

/// What stands for the exit code of a run that has none on record. No run ends with it.
pub const NO_EXIT_CODE: u8 = 255;

/// Everything a report is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunRecord {
    /// Always `aether-report/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// The run's id: 32 hexadecimal digits, the same as in the audit log.
    pub run: String,
    /// The name under which the host keeps the run, if it does: what a person types.
    #[serde(default)]
    pub kept_as: Option<String>,
    /// The pipeline or plugin that was run.
    pub name: String,
    /// When it began: RFC 3339.
    pub started: String,
    /// When it ended, or was looked at while it ran, in the same form. Empty where nobody knows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ended: String,
    /// How long it took.
    pub duration_ms: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// Aether's version.
    pub aether: String,
    /// The system it ran on.
    pub platform: String,
    /// Whether sandboxing was switched off.
    #[serde(rename = "unsafe")]
    pub unsafe_mode: bool,
    /// The policy, if there was one.
    #[serde(default)]
    pub policy: Option<PolicyUse>,
    /// The audit log, if there is one.
    #[serde(default)]
    pub audit: Option<AuditUse>,
    /// Every cell of the run, those included that were refused or never started.
    #[serde(default)]
    pub cells: Vec<CellRecord>,
    /// What was passed between cells.
    #[serde(default)]
    pub edges: Vec<Edge>,
    /// The first of what was passed, one by one, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
    /// How many more there were.
    #[serde(default)]
    pub more_messages: u64,
    /// What more than one cell used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<Shared>,
    /// What else a reader should know, one sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Default for RunRecord {
    fn default() -> Self {
        RunRecord {
            schema: SCHEMA.to_owned(),
            run: String::new(),
            kept_as: None,
            name: String::new(),
            started: String::new(),
            ended: String::new(),
            duration_ms: 0,
            outcome: Outcome::default(),
            aether: String::new(),
            platform: String::new(),
            unsafe_mode: false,
            policy: None,
            audit: None,
            cells: Vec::new(),
            edges: Vec::new(),
            messages: Vec::new(),
            more_messages: 0,
            shared: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// How a run ended. The default is what a record says that nobody finished: a fault in Aether.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// In one word.
    pub kind: OutcomeKind,
    /// In one sentence; may be empty when the word says it all.
    pub text: String,
    /// The exit code; 255 where there is none on record.
    pub exit_code: u8,
}

impl Default for Outcome {
    fn default() -> Self {
        Outcome { kind: OutcomeKind::Internal, text: String::new(), exit_code: 70 }
    }
}

/// How a run ended, in the words of the exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// Everything was done (0).
    Done,
    /// A plugin returned an error (1).
    PluginError,
    /// A program that was run for itself ended with a code that is not 0, or by a signal (1).
    ProgramFailed,
    /// Arguments, manifest, policy or pipeline cannot be used (2).
    Unusable,
    /// Refused before start (3).
    Refused,
    /// Ended for a violation (4).
    Violation,
    /// Ended for a limit (5).
    Limit,
    /// Something does not verify (6).
    Integrity,
    /// A required protection cannot be had (7).
    ProtectionMissing,
    /// A bug in Aether (70).
    Internal,
    /// A person, or the system, wanted it to end (130).
    Interrupted,
    /// Its log has no end: it was killed, its machine stopped, or it still runs.
    CutOff,
}

/// The policy that was in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyUse {
    /// Its file.
    pub file: String,
    /// The digest of what was read.
    pub digest: String,
}

/// The audit log of the run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditUse {
    /// Its file, by its name alone.
    pub file: String,
    /// Where it is, for whoever wants to verify it.
    #[serde(default)]
    pub path: Option<String>,
    /// How many records this run has in it.
    pub records: u64,
    /// The hash of the last of them. Kept elsewhere, it proves later that the log is this one.
    #[serde(default)]
    pub head: Option<String>,
    /// What a check of the log found, if there was one.
    #[serde(default)]
    pub verified: Option<AuditCheck>,
}

/// What a check of the audit log found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditCheck {
    /// In one word.
    pub state: AuditState,
    /// In one sentence.
    pub text: String,
}

/// The judgement on an audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuditState {
    /// As it was written, and complete.
    Valid,
    /// So it was when the run ended. It was not there to be looked at again for this report.
    WasValid,
    /// As it was written, but without its end.
    Unclean,
    /// Changed after it was written.
    Broken,
    /// It cannot be read, so nothing is known of it.
    Unreadable,
}

/// Data that was passed from one cell to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Edge {
    /// The cell it came from.
    pub from: u32,
    /// The cell it went to; the same where it got nowhere.
    pub to: u32,
    /// By which way: `pipeline`, or the method that was called.
    pub via: String,
    /// How many times.
    pub calls: u64,
    /// How many bytes altogether.
    pub bytes: u64,
    /// How many further times it was refused.
    #[serde(default)]
    pub refused: u64,
    /// Why it was refused the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Edge {
    /// What was refused of it went to nobody: whoever was called has no cell.
    pub(crate) fn ends_nowhere(&self) -> bool {
        self.from == self.to
    }
}

/// One thing that was passed between cells, or was not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// When.
    pub at_ms: u64,
    /// How long it took until it was answered.
    #[serde(default)]
    pub took_ms: u64,
    /// The cell it came from.
    pub from: u32,
    /// The cell it went to; the same where it got nowhere.
    pub to: u32,
    /// By which way: `pipeline`, the method that was called, or the topic.
    pub via: String,
    /// How many bytes.
    pub bytes: u64,
    /// Why it was not passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Message {
    /// It went to nobody: whoever was called has no cell.
    pub(crate) fn ends_nowhere(&self) -> bool {
        self.from == self.to && self.refused.is_some()
    }
}

/// Something that more than one cell used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shared {
    /// What it is.
    pub kind: SharedKind,
    /// Its path, topic or name.
    pub name: String,
    /// Who put something into it.
    pub writers: Vec<u32>,
    /// Who took something out of it.
    pub readers: Vec<u32>,
}

/// What is shared.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SharedKind {
    /// A file or folder of the host.
    #[default]
    File,
    /// A topic of events.
    Topic,
    /// A blob.
    Blob,
}
