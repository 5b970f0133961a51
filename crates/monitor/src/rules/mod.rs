//! Layer 1: rules that are met or not.

mod honey;
mod refused;
mod scan;
mod sequence;
mod told;

use std::time::Duration;

use crate::{Act, Finding, Settings};

/// The rules of one cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    sequence: sequence::Sequence,
    scan: scan::Scan,
}

impl Rules {
    /// What an act means by itself, and after those before it.
    pub(crate) fn act(&mut self, at: Duration, act: &Act, settings: &Settings) -> Vec<Finding> {
        let enabled = settings.enabled;
        let mut findings = Vec::new();
        if enabled.rules {
            findings.extend(told::act(at, act));
        }
        if enabled.honey {
            findings.extend(honey::act(at, act, settings));
        }
        if enabled.sequence {
            findings.extend(self.sequence.act(at, act, settings.sequence_window));
        }
        if enabled.scan {
            findings.extend(self.scan.act(at, act));
        }
        findings
    }
}
