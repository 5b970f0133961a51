//! What is known of a plugin beyond one of its cells.

use crate::Risk;
use crate::journal::Known;
use crate::rules::Rules;

/// What one cell leaves to the cells of the same plugin that are started after it: its risk, what was
/// held against it already, which secrets it read, and what it was refused. All times are on the clock
/// of the host, so that points fade while no cell of the plugin runs. It takes less than 32 KB.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// With the time at which it was so, on the host's clock.
    pub(crate) risk: Option<Risk>,
    pub(crate) known: Vec<Known>,
    pub(crate) rules: Rules,
}

impl Carried {
    /// Takes in what another cell of the plugin leaves. Cells that ran beside each other may both have
    /// what one before them did, so that points are not added up: the higher ones count.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.risk = match (self.risk, other.risk) {
            (Some(one), Some(other)) => Some(one.or_higher(other)),
            (one, other) => one.or(other),
        };
        Known::merge(&mut self.known, other.known);
        self.rules = self.rules.and(other.rules);
        self
    }
}
