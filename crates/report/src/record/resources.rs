//! What a cell used.

use serde::{Deserialize, Serialize};

/// What a cell used, against what it could have used. A limit of 0 means that there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When, since the run began.
    pub t_ms: u64,
    /// Memory at that time.
    pub memory: u64,
    /// Processor time since the cell began, in milliseconds.
    pub cpu_ms: u64,
    /// Calls to the host since the cell began.
    pub calls: u64,
}
