//! The figures of a cell at one moment.

use std::time::Duration;

/// What a cell used so far, or has now. Every figure that only grows is a total since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Since the cell's start.
    pub at: Duration,
    /// Processor time so far.
    pub cpu: Duration,
    /// Resident bytes now.
    pub memory: u64,
    /// Bytes read so far.
    pub read: u64,
    /// Bytes written so far.
    pub written: u64,
    /// Processes now.
    pub processes: u64,
    /// Threads now.
    pub threads: u64,
    /// Open descriptors now.
    pub descriptors: u64,
    /// Calls through the gateway so far.
    pub calls: u64,
    /// Bytes received from outside so far.
    pub bytes_in: u64,
    /// Bytes sent outside so far.
    pub bytes_out: u64,
    /// Refusals so far.
    pub denials: u64,
}
