//! A plugin's folder, read once and hashed.
//!
//! [`Bundle::read`] takes every file of the folder into memory through descriptors that follow no
//! link, and hashes what it took; the plugin later runs from that memory, so what was
//! verified is what runs. The crate trusts no byte that it did not hash and depends on none of our
//! crates.
#![forbid(unsafe_code)]

mod bundle;
mod digest;
mod error;
mod name;
mod sys;

pub use bundle::{Bundle, MAX_BYTES, MAX_DEPTH, MAX_FILE_BYTES, MAX_FILES};
pub use digest::Digest;
pub use error::{BundleError, Problem};
pub use name::is_portable;
