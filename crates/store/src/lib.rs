//! A plugin's keys and values on disk: within a quota, and whole after any crash.
//!
//! A [`Store`] is one file. Changes are kept in memory until [`Store::flush`], which writes all of
//! them or none: whatever ends the process at whatever moment, the file holds exactly what one of
//! the flushes left. Who may have which file, and whether a new version of a plugin may read what
//! an older one wrote, is decided by who opens it; the file says [whose it was](Owner) last. This
//! crate opens no file but the one it is told to, knows no plugin and reads no clock. It depends on
//! none of Aether's other crates.

#![forbid(unsafe_code)]

mod disk;
mod error;
mod quota;
mod store;

pub use error::{StoreError, StoreProblem};
pub use quota::{Quota, Usage};
pub use store::{Owner, Store};
