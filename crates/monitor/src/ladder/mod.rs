//! From findings to what is done: risk, and the ladder that it moves a cell on.

mod climb;
mod risk;
mod rung;

pub use climb::{Ladder, Step};
pub use risk::Risk;
pub use rung::{Rung, Thresholds};
