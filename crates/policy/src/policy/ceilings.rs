//! Upper bounds on resources.

use aether_manifest::{Limit, Resources};
use aether_source::{Item, Span};

/// Upper bounds; a limit that the policy does not name is not bounded here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ceilings {
    /// The limits as read; only those that stand in the file count.
    read: Resources,
}

impl Ceilings {
    /// Reads `limits`, which are written as in a manifest.
    pub(super) fn read(item: &Item<'_>) -> Option<Ceilings> {
        Resources::read(item).map(|read| Ceilings { read })
    }

    /// The bound on a limit, in the limit's own smallest unit, and where it stands.
    pub fn bound(&self, limit: Limit) -> Option<(u64, Span)> {
        Some((amount(&self.read, limit), self.read.place_of(limit)?))
    }

    /// The bound as written in a manifest, for people; without one, `None`.
    pub fn show(&self, limit: Limit) -> Option<String> {
        self.read.place_of(limit).map(|_| self.read.show(limit))
    }

    /// Lowers a limit to its bound, if it is above.
    pub(crate) fn lower(&self, resources: &mut Resources, limit: Limit) {
        let bound = &self.read;
        if bound.place_of(limit).is_none() || amount(resources, limit) <= amount(bound, limit) {
            return;
        }
        match limit {
            Limit::Memory => resources.memory = bound.memory,
            Limit::Timeout => resources.timeout = bound.timeout,
            Limit::Cpu => resources.cpu_millis = bound.cpu_millis,
            Limit::Disk => resources.disk = bound.disk,
            Limit::Processes => resources.processes = bound.processes,
        }
    }
}

/// A limit as a number: bytes, milliseconds, thousandths of a core, processes.
pub(crate) fn amount(resources: &Resources, limit: Limit) -> u64 {
    match limit {
        Limit::Memory => resources.memory,
        Limit::Timeout => u64::try_from(resources.timeout.as_millis()).unwrap_or(u64::MAX),
        Limit::Cpu => resources.cpu_millis.into(),
        Limit::Disk => resources.disk,
        Limit::Processes => resources.processes.into(),
    }
}
