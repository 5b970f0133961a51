//! Layer 3: what a cell does in which order, beside what it did in the runs before.
//!
//! A trace is a list of symbols: classes of host calls, or names of system calls. A [`Model`] knows
//! how often each symbol followed each context of up to [`limits::ORDER`] symbols. It says how
//! surprising a trace is, in bits for each call, and which sequences no training run had.

mod class;
mod follower;
pub mod limits;
mod mixture;
mod model;
mod saved;
mod symbols;
mod tree;

pub use class::class;
pub use follower::{Follower, Oddity};
pub use model::{Model, Score};
pub use saved::ModelError;
pub use symbols::Symbols;
