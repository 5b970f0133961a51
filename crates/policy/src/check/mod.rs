//! The static check of a bundle: its code against its manifest, before anything runs.
//!
//! It is advice for authors and reviewers. It finds honest mistakes and careless requests; it does
//! not stop an author who hides what the code does. That is the gateway's part, which enforces the
//! grant whatever this check says.

mod breadth;
mod brought;
mod bundle;
mod config;
mod files;
mod graph;
mod imports;
mod needs;
mod packages;
mod resolve;
#[cfg(test)]
mod tests;
mod unmet;
mod unused;

pub use bundle::{Inspection, check_bundle, inspect_bundle};
pub use graph::{MAX_SCANNED_BYTES, MAX_SCANNED_FILES};
pub use imports::{Import, check_imports, hears_nothing};

pub(crate) use breadth::is_broad;
