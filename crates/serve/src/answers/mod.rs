//! What is answered: the host, its plugins and its cells as JSON, figures, and the live page.

mod cell;
mod errors;
mod host;
mod metrics;
mod page;

use std::time::Duration;

use aether::monitor::Finding;
use serde_json::{Value, json};

pub(crate) use cell::{cell, cells, ended};
pub(crate) use errors::{call, load, no_cell, start, unrecorded};
pub(crate) use host::{host, plugin, plugins, started};
pub(crate) use metrics::{Served, metrics};
pub(crate) use page::page;

/// What the monitor noticed.
pub(crate) fn finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule,
        "subject": finding.subject,
        "observed": finding.observed,
        "expected": finding.expected,
        "sure": finding.sure,
        "risk": finding.risk,
        "hint": finding.hint,
        "sentence": finding.sentence,
        "evidence": finding.evidence,
        "at_ms": millis(finding.at),
        "since_ms": millis(finding.since),
    })
}

/// Whole milliseconds; what no number holds is as many as one holds.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
