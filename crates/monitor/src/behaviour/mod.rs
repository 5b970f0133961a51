//! Layer 3: what a cell does in which order, beside what it did in the runs before.
//!
//! A trace is a list of symbols: classes of host calls, or names of system calls. A [`Model`] knows
//! how often each symbol followed each context of up to [`limits::ORDER`] symbols. It says how
//! surprising a trace is, in bits for each call, how far that is from the runs that it learned from,
//! and which sequences none of them had.

mod class;
mod follower;
pub mod limits;
mod mixture;
mod model;
mod saved;
mod symbols;
mod tally;
mod tree;

pub use class::class;
pub use follower::{Follower, Oddity};
pub use model::Model;
pub use saved::ModelError;
pub use symbols::Symbols;
pub use tally::Score;
