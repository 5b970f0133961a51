//! Layer 1: rules that are met or not.

mod honey;
mod refused;
mod scan;
mod sequence;
mod told;

use crate::moment::Moment;
use crate::{Act, Finding, Settings};

/// The rules of one cell, with what they remember: on the host's clock, for the cells after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    sequence: sequence::Sequence,
    scan: scan::Scan,
}

impl Rules {
    /// What an act means by itself, and after those before it.
    pub(crate) fn act(&mut self, now: Moment, act: &Act, settings: &Settings) -> Vec<Finding> {
        let (enabled, at) = (settings.enabled, now.at);
        let mut findings = Vec::new();
        if enabled.rules {
            findings.extend(told::act(at, act));
        }
        if enabled.honey {
            findings.extend(honey::act(at, act, settings));
        }
        if enabled.sequence {
            findings.extend(self.sequence.act(now, act, settings));
        }
        if enabled.scan {
            findings.extend(self.scan.act(now, act));
        }
        findings
    }

    /// A person has looked at it: nothing of what the cell did before counts any more.
    pub(crate) fn settle(&mut self) {
        *self = Self::default();
    }

    /// With what another cell of the plugin did.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { sequence: self.sequence.and(other.sequence), scan: self.scan.and(other.scan) }
    }
}
