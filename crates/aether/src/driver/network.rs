//! The cell's network: its way out, once it is used, and what happens there.

use aether_audit::{Kind, Verdict};
use aether_monitor::Act;

use super::Running;
use crate::Ending;
use crate::network::Note;

impl Running {
    /// Opens what leads into the cell.
    pub(super) fn let_in(&mut self) {
        self.driver.network.let_in(&mut self.driver.cell);
    }

    /// Somebody in the cell has connected to its way out.
    pub(super) fn serve_way_out(&mut self) -> Result<(), Ending> {
        let cell = &mut self.driver.cell;
        match self.driver.network.serve(cell) {
            Ok(()) => Ok(()),
            Err(error) => {
                self.audit(Kind::HostCall, "network", Verdict::Failed, &error.to_string())
            }
        }
    }

    /// Counts what happened on the network.
    pub(super) fn take_notes(&mut self) -> Result<(), Ending> {
        let notes: Vec<Note> = self.driver.network.notes().collect();
        for note in notes {
            match note {
                Note::Used(line) => self.driver.door.count_use(line),
                Note::Denied(denied) => self.driver.door.count_denied(denied),
                // What it was handed it may say again; it goes nowhere.
                Note::Decoy(name) if self.driver.door.was_handed(&name) => {}
                Note::Decoy(name) => self.watch_act(&Act::Token { name })?,
                Note::Exchange { destination, allowed } => {
                    self.watch_exchange(&destination, allowed)?;
                }
                Note::Transferred { destination, bytes_out, bytes_in } => {
                    self.watch_transfer(&destination, [bytes_in, bytes_out]);
                }
            }
        }
        self.take_events()
    }

    /// Ends what is left of it, once the cell is gone, and counts the last.
    pub(super) fn close_network(&mut self) {
        self.driver.network.close();
        // The cell ends, whatever is among the last events.
        drop(self.take_notes());
    }
}
