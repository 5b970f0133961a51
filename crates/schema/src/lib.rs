//! The JSON Schemas that a plugin declares for its methods' inputs and results.
//!
//! [`Contracts::of`] compiles what a manifest's `exports` say or tells what is wrong with it, in its
//! place; [`Schema::check`] holds a value against one. Schemas and values are both somebody else's:
//! a schema has caps, a closed set of keywords, no reference that leads out of it, and patterns
//! that take linear time; a check has a budget of steps. This crate does no I/O, resolves nothing
//! and decides nothing about what becomes of a value that does not fit. Of Aether's crates it
//! depends on `manifest` and `source`.

#![forbid(unsafe_code)]

mod compile;
mod contracts;
mod cost;
pub mod limits;
mod mismatch;
mod nesting;
mod read;
mod schema;
mod shape;

pub use compile::compile;
pub use contracts::{Contract, Contracts};
pub use mismatch::{Mismatch, Unfit};
pub use schema::Schema;
