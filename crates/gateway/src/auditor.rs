//! The audit log as one cell's door uses it.

use aether_audit::{Event, Kind, Log, LogError, Verdict};

/// Writes records that carry the cell's identity.
#[derive(Clone, Debug)]
pub struct Auditor {
    log: Log,
    plugin: String,
    cell: u32,
}

impl Auditor {
    /// A writer for one cell.
    #[must_use]
    pub fn new(log: Log, plugin: impl Into<String>, cell: u32) -> Self {
        Self { log, plugin: plugin.into(), cell }
    }

    /// The record of something about this cell, still without its object and details.
    #[must_use]
    pub fn event<'a>(&'a self, kind: Kind, action: &'a str, verdict: Verdict) -> Event<'a> {
        Event::new(kind, action, verdict).plugin(&self.plugin).cell(self.cell)
    }

    /// Writes a record.
    ///
    /// # Errors
    /// [`LogError`]: what the record was about must not happen then.
    pub fn write(&self, event: &Event<'_>) -> Result<(), LogError> {
        self.log.record(event).map(drop)
    }

    /// Writes records that belong together.
    ///
    /// # Errors
    /// As above.
    pub fn write_all(&self, events: &[Event<'_>]) -> Result<(), LogError> {
        self.log.record_all(events)
    }

    /// The plugin's name.
    #[must_use]
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The log itself.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }
}
