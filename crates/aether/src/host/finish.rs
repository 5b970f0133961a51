//! The end of a run.

use aether_audit::{End, Event as Record, Kind, Verdict};
use aether_manifest::PluginName;
use aether_overlay::Changeset;

use super::Host;
use crate::ExitCode;

impl Host {
    /// Records what a cell would change.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn record_changes(
        &self,
        cell: u32,
        changes: &Changeset,
    ) -> Result<(), aether_audit::LogError> {
        for change in changes.changes() {
            let event = Record::new(Kind::Changeset, change.kind.word(), Verdict::Noted).cell(cell);
            let event = event.object(change.path.as_str());
            let details = change.details();
            let event =
                details.iter().fold(event, |event, (name, text)| event.detail(name, text.as_str()));
            self.0.log.record(&event)?;
        }
        Ok(())
    }

    /// Removes what a plugin has stored ([`crate::HostBuilder::keep_values`]), as when it is
    /// uninstalled: another plugin of its name must not find it.
    ///
    /// # Errors
    /// The system's; while a cell of it runs, that it is busy.
    pub fn forget_values(&self, plugin: &PluginName) -> std::io::Result<()> {
        self.0.stores.as_ref().map_or(Ok(()), |stores| stores.remove(plugin.as_str()))
    }

    /// Ends the run: its audit log, whatever was laid out for native programs. The record of the run
    /// follows from [`Host::record`].
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn finish(&self, code: ExitCode) -> Result<(), aether_audit::LogError> {
        let verdict = match code {
            ExitCode::Done => Verdict::Allowed,
            ExitCode::Refused | ExitCode::Protection => Verdict::Denied,
            ExitCode::Limit => Verdict::Limited,
            ExitCode::Violation => Verdict::Violation,
            _ => Verdict::Failed,
        };
        let (outcome, exit_code) = match self.is_interrupted() {
            true => ("interrupted", crate::INTERRUPTED),
            false => (code.meaning(), code.number()),
        };
        self.tidy();
        self.0.log.end(&End { outcome, exit_code, verdict }).map(drop)
    }

    /// Removes what was laid out on disk for native programs, and ends processes that no plugin has;
    /// for a program that ends without [`Host::finish`]. What still runs keeps what it has.
    pub fn tidy(&self) {
        self.withdraw();
        self.0.spares.close();
        self.0.shelf.clear();
    }
}
