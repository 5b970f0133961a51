//! One cell of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ChangeRecord, EgressRecord, FindingRecord, GrantUse, LadderStep, Resources, Violation,
};

/// One plugin in one process, or the attempt to start it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellRecord {
    /// Its number in the run; the audit log uses the same.
    pub id: u32,
    /// The pipeline step it ran, if it was a pipeline.
    #[serde(default)]
    pub step: Option<String>,
    /// What ran in it.
    pub plugin: Plugin,
    /// By what it was run: `javascript`, `wasm`, `native`.
    pub runtime: String,
    /// When it was started.
    pub started_ms: u64,
    /// What protections it got. Empty if it was never started.
    #[serde(default)]
    pub posture: Vec<Protection>,
    /// How it ended.
    pub exit: Exit,
    /// What it used.
    #[serde(default)]
    pub resources: Resources,
    /// Places of its file tree that are elsewhere on the host than their names say.
    #[serde(default)]
    pub mounts: Vec<MountRecord>,
    /// What it was granted, and what it made of that.
    #[serde(default)]
    pub grants: Vec<GrantUse>,
    /// What it was refused or stopped for.
    #[serde(default)]
    pub violations: Vec<Violation>,
    /// How many refusals found no room among the violations: they are counted, and no more.
    #[serde(default)]
    pub more_denied: u64,
    /// What it asked for beyond its grants, and what became of that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elevations: Vec<ElevationRecord>,
    /// What the monitor noticed about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingRecord>,
    /// What was done about that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ladder: Vec<LadderStep>,
    /// Which machines it talked to, or wanted to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub egress: Vec<EgressRecord>,
    /// How many requests and connections were for destinations that found no room there.
    #[serde(default)]
    pub other_destinations: u64,
    /// What it would change on the host, or has changed.
    #[serde(default)]
    pub changes: Vec<ChangeRecord>,
}

impl CellRecord {
    /// The step, or where there is none the plugin.
    pub fn label(&self) -> &str {
        self.step.as_deref().unwrap_or(&self.plugin.name)
    }
}

/// A plugin as it was loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Its version, if the manifest names one.
    #[serde(default)]
    pub version: Option<String>,
    /// The digest of the bundle that was run.
    #[serde(default)]
    pub digest: Option<String>,
}

/// A folder or file of the host at a place of the plugin's file tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MountRecord {
    /// Where the plugin sees it.
    pub at: String,
    /// Where it is on the host.
    pub host: String,
}

/// A token for a single operation beyond the grants, that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ElevationRecord {
    /// What for, such as `host-write below /workspace/out`.
    pub want: String,
    /// Whether it was given.
    pub issued: bool,
    /// The policy's line or the person that decided, or why nobody could.
    pub by: String,
    /// Why it was wanted, in the plugin's own words; may be empty.
    #[serde(default)]
    pub why: String,
    /// How often it could be used.
    pub uses: u64,
    /// How long it lived at most.
    pub lifetime_ms: u64,
    /// When.
    pub at_ms: u64,
}

/// One protection of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Protection {
    /// Its name, e.g. `seccomp`.
    pub name: String,
    /// Whether it was had.
    pub state: ProtectionState,
    /// By what means, or why not.
    #[serde(default)]
    pub detail: String,
}

/// Whether a protection was had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProtectionState {
    /// In force.
    Enforced,
    /// Missing or weaker, because somebody named it as optional.
    Degraded,
    /// It could not be had and was required, so the cell was not started.
    Refused,
    /// This platform does not have it.
    Unavailable,
    /// Switched off on purpose.
    Off,
}

/// How a cell ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exit {
    /// In one word.
    pub kind: ExitKind,
    /// In one sentence; may be empty, may be the plugin's own words.
    #[serde(default)]
    pub text: String,
}

/// How a cell ended, in one word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExitKind {
    /// It did what it was asked.
    Done,
    /// The plugin returned or threw an error.
    Error,
    /// The process ended by itself.
    Crashed,
    /// It was refused before start.
    Refused,
    /// It was ended for a violation.
    Violation,
    /// It was ended for a limit.
    Limit,
    /// The host or a person stopped it.
    Stopped,
    /// Its turn never came.
    #[default]
    NotStarted,
}
