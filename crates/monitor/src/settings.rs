//! What a watcher is told beforehand.

use std::time::Duration;

use crate::Thresholds;

/// What is looked for, and how patiently.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which detectors look.
    pub enabled: Enabled,
    /// The same thing is told again after this at the earliest.
    pub quiet: Duration,
    /// In this time half the risk is forgotten.
    pub half_life: Duration,
    /// What is done at which risk.
    pub thresholds: Thresholds,
    /// Paths that exist to be left alone. What lies in them counts too.
    pub honey_paths: Vec<String>,
    /// So long after the read of a secret whatever leaves a cell counts in full.
    pub sequence_window: Duration,
    /// After that it counts half each time that this has passed. It never counts for nothing: what was
    /// read is not forgotten as long as the cell lives.
    pub sequence_half_life: Duration,
    /// What a cell may send in a minute, in small pieces and without much coming back, before it
    /// looks like a leak.
    pub outgoing_budget: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: Enabled::default(),
            quiet: Duration::from_secs(60),
            half_life: Duration::from_secs(5 * 60),
            thresholds: Thresholds::default(),
            honey_paths: Vec::new(),
            sequence_window: Duration::from_secs(60),
            sequence_half_life: Duration::from_secs(10 * 60),
            outgoing_budget: 32 * 1024,
        }
    }
}

/// A switch for each detector. All are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Enabled {
    /// Violations, strikes, limits, refusals.
    pub rules: bool,
    /// Honey paths and tokens.
    pub honey: bool,
    /// A secret read, then something that leaves.
    pub sequence: bool,
    /// Many different refusals.
    pub scan: bool,
    /// Figures far from their median.
    pub usual: bool,
    /// Figures beyond their tail.
    pub tail: bool,
    /// Figures that rise for a while.
    pub trend: bool,
    /// Limits that will be met soon.
    pub forecast: bool,
    /// A core used up for nothing.
    pub spin: bool,
    /// Processes that multiply.
    pub bomb: bool,
    /// Regular requests.
    pub beacon: bool,
    /// A steady flow outward.
    pub leak: bool,
    /// Sequences that no run had.
    pub behaviour: bool,
}

impl Default for Enabled {
    fn default() -> Self {
        Self {
            rules: true,
            honey: true,
            sequence: true,
            scan: true,
            usual: true,
            tail: true,
            trend: true,
            forecast: true,
            spin: true,
            bomb: true,
            beacon: true,
            leak: true,
            behaviour: true,
        }
    }
}

/// The limits of the cell, where it has them. They are enforced elsewhere: here they say what is
/// near.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Resident bytes.
    pub memory: Option<u64>,
    /// Processes.
    pub processes: Option<u64>,
}
