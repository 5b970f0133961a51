//! What runs.

use serde::Serialize;
use serde_json::Value;

/// A line of a posture.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PostureLine {
    /// The protection.
    pub name: String,
    /// Whether it stands, as it was read back: a word such as `enforced`.
    pub state: String,
    /// What was read, or why it is not there.
    pub detail: String,
}

/// A plugin that runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// The number of its cell.
    pub cell: u32,
    /// Its name.
    pub name: String,
    /// What runs it.
    pub engine: String,
    /// What can be called.
    pub methods: Vec<String>,
    /// What holds it.
    pub posture: Vec<PostureLine>,
}

/// A cell that runs, as it was when it was looked at last.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// Its number.
    pub cell: u32,
    /// The plugin.
    pub plugin: String,
    /// Where it stands on the ladder.
    pub rung: String,
    /// How far it is held back since the machine is short of something.
    pub pressed: String,
    /// What speaks against it, from 0 to 100.
    pub risk: f64,
    /// Milliseconds since its start.
    pub age_ms: u64,
    /// Resident bytes.
    pub memory: u64,
    /// The limit on them.
    pub memory_limit: u64,
    /// Processor cores that it uses.
    pub cores: f64,
    /// Milliseconds of processor time so far.
    pub cpu_ms: u64,
    /// Calls through its gateway so far.
    pub calls: u64,
    /// Calls that it is working on.
    pub open_calls: usize,
    /// Refusals so far.
    pub denials: u64,
    /// Bytes received so far.
    pub bytes_in: u64,
    /// Bytes sent so far.
    pub bytes_out: u64,
    /// Processes now.
    pub processes: u32,
    /// Threads.
    pub threads: u32,
    /// Open descriptors.
    pub descriptors: u32,
    /// How often its monitor told of something.
    pub findings: usize,
    /// What it told last, in a sentence.
    pub last_finding: Option<String>,
}

/// All cells that run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// The identifier of the host's run.
    pub run: String,
    /// Milliseconds since the app began to have plugins.
    pub uptime_ms: u64,
    /// How short the machine is.
    pub pressure: String,
    /// Them.
    pub cells: Vec<Cell>,
}

/// Something that comes before a call's result.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum CallEvent {
    /// A piece of the result.
    Piece {
        /// It.
        value: Value,
    },
    /// How far the call has come.
    Progress {
        /// From 0 to 1.
        fraction: f64,
        /// What is being done, in the plugin's words.
        message: String,
    },
}

/// A change that waits for a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The cell that made it.
    pub cell: u32,
    /// Where, as the plugin sees it.
    pub path: String,
    /// What happens there.
    pub kind: String,
    /// Where, on the host.
    pub host: Option<String>,
    /// The difference as a unified diff; nothing where it is not text.
    pub diff: Option<String>,
    /// Bytes that would be there.
    pub bytes: Option<u64>,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// Where, as the plugin sees it.
    pub path: String,
    /// Whether it was made.
    pub outcome: AppliedOutcome,
    /// Why not.
    pub detail: Option<String>,
}

/// Whether a change was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppliedOutcome {
    /// It was, or the host was as it would have it.
    Applied,
    /// The host is not as the plugin saw it.
    Conflict,
    /// The host could not.
    Failed,
}

/// Who called whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Interactions {
    /// Every plugin that ran.
    pub plugins: Vec<String>,
    /// Calls and messages between them.
    pub edges: Vec<Edge>,
    /// Machines that they talked to, or wanted to.
    pub destinations: Vec<Destination>,
}

/// What passed from one plugin to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// From which.
    pub from: String,
    /// To which.
    pub to: String,
    /// The method, or by which other way.
    pub label: String,
    /// How often.
    pub calls: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How often it was refused.
    pub refused: u64,
}

/// A machine that a plugin talked to, or wanted to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    /// The plugin.
    pub plugin: String,
    /// Host and port.
    pub host: String,
    /// Whether it was let, at least once.
    pub allowed: bool,
    /// How often, let or not.
    pub times: u64,
}

/// A report that was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The folder with the page, its data and its findings.
    pub folder: String,
    /// Where the app shows the page: under its own scheme.
    pub url: String,
}

/// A record of the audit log.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord {
    /// Its number in the run.
    pub seq: u64,
    /// When.
    pub time: String,
    /// The plugin.
    pub plugin: Option<String>,
    /// The cell.
    pub cell: Option<u32>,
    /// What it is about.
    pub kind: String,
    /// What was done or tried.
    pub action: String,
    /// How it was judged.
    pub verdict: String,
    /// What it was done to.
    pub object: Option<String>,
    /// The line that decided.
    pub rule: Option<String>,
}

/// Whether the audit log is as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditCheck {
    /// Whether it is.
    pub intact: bool,
    /// How many records are.
    pub records: u64,
    /// The verdict, in a sentence.
    pub text: String,
}
