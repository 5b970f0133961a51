//! Two clocks: that of one cell, and that of its host.

use std::time::Duration;

/// A moment in the life of a cell. What is remembered beyond one cell is kept on the host's clock,
/// which does not begin anew with each; a finding has the cell's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Since the cell's start.
    pub(crate) at: Duration,
    /// When the cell was started, on the host's clock.
    pub(crate) started: Duration,
}

impl Moment {
    /// The same on the host's clock.
    pub(crate) const fn on_host(self) -> Duration {
        self.started.saturating_add(self.at)
    }

    /// A time of the host's clock on the cell's: its start, where it was before that.
    pub(crate) const fn in_cell(self, time: Duration) -> Duration {
        time.saturating_sub(self.started)
    }
}
