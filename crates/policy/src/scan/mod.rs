//! The static scan: what a file of JavaScript, or of TypeScript without its types, seems to do, told from its text without running it.
//!
//! It is advice. Text can hide anything from a scan (that is what "dynamic code" warnings are for),
//! so nothing is allowed because the scan found nothing: the gateway enforces the grant whatever a
//! plugin's code looks like. It never recurses, and its time grows with the size of the text.

mod context;
mod file;
mod format;
mod lexer;
mod look;
mod rules;
mod specifier;
#[cfg(test)]
mod tests;
mod text;
mod token;
mod types;
mod uses;
mod view;

pub use file::{MAX_SCRIPT, Scan, scan, scan_as};
pub use format::Format;
pub use lexer::MAX_TOKENS;
pub use look::{How, Import, MAX_KEPT, Need, Sighting};
pub use specifier::Specifier;
pub use uses::Uses;

pub(crate) use specifier::is_packaged;
