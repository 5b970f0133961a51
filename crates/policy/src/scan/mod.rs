//! The static scan: what a JavaScript file seems to do, told from its text without running it.
//!
//! It is advice. Text can hide anything from a scan (that is what "dynamic code" warnings are for),
//! so nothing is allowed because the scan found nothing: the gateway enforces the grant whatever a
//! plugin's code looks like. It never recurses, and its time grows with the size of the text.

mod context;
mod file;
mod lexer;
mod look;
mod rules;
mod specifier;
#[cfg(test)]
mod tests;
mod text;
mod token;
mod uses;
mod view;

pub use file::{MAX_SCRIPT, Scan, scan};
pub use lexer::MAX_TOKENS;
pub use look::{How, Import, MAX_KEPT, Need, Sighting};
pub use specifier::Specifier;
pub use uses::Uses;
