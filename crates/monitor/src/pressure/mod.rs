//! The machine under pressure: how much, and who gives way.
//!
//! The kernel tells under `/proc/pressure` for what share of the time somebody waited for the
//! processor, for memory or for the disk. [`Load`] holds these figures, [`Gauge`] makes a [`Tier`]
//! of them, and [`shed`] and [`victims`] say what to do in each.

mod psi;
mod shed;
mod tier;

pub use psi::{Load, PRESSURE_BYTES, Stall, StallError};
pub use shed::{Answer, Candidate, Priority, Shed, shed, victims};
pub use tier::{Gauge, Tier};
