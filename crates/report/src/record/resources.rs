//! What a cell used.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a cell used, against what it could have used. A limit of 0 means that there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Resources {
    /// The limit on memory.
    pub memory_limit: u64,
    /// The most memory it had at a time.
    pub memory_peak: u64,
    /// Processor time, in milliseconds.
    pub cpu_ms: u64,
    /// From start to end, in milliseconds.
    pub wall_ms: u64,
    /// The limit on that, in milliseconds.
    pub wall_limit_ms: u64,
    /// The limit on what it may write.
    pub disk_limit: u64,
    /// What it wrote.
    pub disk_used: u64,
    /// How many calls it made to the host.
    pub calls: u64,
    /// Bytes it received through the gateway.
    pub bytes_in: u64,
    /// Bytes it sent through the gateway.
    pub bytes_out: u64,
    /// Bytes of log lines and captured output.
    pub log_bytes: u64,
    /// Measurements over time, the earliest first. The last is best taken at the end.
    pub samples: Vec<Sample>,
}

/// One measurement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    /// When, since the run began.
    pub t_ms: u64,
    /// Memory at that time.
    pub memory: u64,
    /// Processor time since the cell began, in milliseconds.
    pub cpu_ms: u64,
    /// Calls to the host since the cell began.
    pub calls: u64,
    /// Bytes read from storage since the cell began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub read: u64,
    /// Bytes written to storage since the cell began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub written: u64,
    /// Processes at that time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub processes: u64,
    /// Threads at that time, those of all its processes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub threads: u64,
    /// Open descriptors at that time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub descriptors: u64,
    /// Bytes received through the gateway and the way out, since the cell began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bytes_in: u64,
    /// Bytes sent the same ways since the cell began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bytes_out: u64,
    /// Refusals since the cell began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub denials: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
