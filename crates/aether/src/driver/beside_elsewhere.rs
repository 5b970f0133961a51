//! Where no plugin runs in its host's own process: nobody makes the other side of one.

use std::convert::Infallible;

use super::Running;
use crate::Ending;

/// The other side of a cell that is no process.
pub(crate) struct Beside(pub(crate) Infallible);

impl Running {
    /// Cannot be called.
    pub(super) fn serve_beside(self, beside: Beside) -> Option<(Self, Ending)> {
        match beside.0 {}
    }
}
