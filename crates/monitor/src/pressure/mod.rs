//! The machine under pressure: how much, and who gives way.
//!
//! The kernel tells under `/proc/pressure` for what share of the time somebody waited for the
//! processor, for memory or for the disk. [`Load`] holds these figures, [`Gauge`] makes a [`Tier`]
//! of them, [`victims`] says who gives way in each, and [`Halt`] that nobody does so by turns.

mod halt;
mod psi;
mod tier;
mod victims;

pub use halt::Halt;
pub use psi::{Load, PRESSURE_BYTES, Stall, StallError};
pub use tier::{Gauge, Tier};
pub use victims::{Answer, Candidate, Priority, victims};
