//! JavaScript out of TypeScript, by erasing the types and nothing else.
//!
//! [`erase`] puts spaces where a module has types, so that every line and column, in UTF-16 units, is
//! where it was: errors and stack traces are right without a source map. It takes what Node.js takes
//! when it strips types, and tells for each other construct what to write instead. It does not check
//! types, does not look at other files, and never makes code: the few characters that it writes are
//! `;`, `(` and `)`, where lines would otherwise be joined or divided. It depends on none of Aether's
//! other crates; what TypeScript is, the parser of the Oxc project knows.
//!
//! It is a pure function of a stranger's text and **made for a confined process**: that parser calls
//! itself for whatever is nested, has no limit of its own, and reads parts that can be meant in two ways
//! once for each. A text of a hundred thousand brackets ends the process that reads it, for its stack,
//! and one made for that takes as long as it is let. Both are the plugin's to spend in its own process.

#![forbid(unsafe_code)]

mod edits;
mod eraser;
mod parse;
mod problem;
mod text;

use oxc_allocator::Allocator;

pub use problem::{Problem, ProblemKind};

/// Largest text in bytes: 8 MiB. Whatever is read costs a multiple of its size in memory.
pub const MAX_SOURCE_BYTES: usize = 8 << 20;

/// What a text is, which decides on how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// An ES module.
    Module,
    /// The body of a CommonJS file: sloppy code, which may return.
    CommonJs,
}

/// Erases the types of TypeScript: what is erased becomes spaces, and the ends of lines stay.
/// A text without types stays as it is, byte for byte.
///
/// # Errors
///
/// Where the text is no TypeScript, has more than types, or is beyond a limit, the problem that comes
/// first in the text.
///
/// ```
/// use aether_typescript::{Goal, erase};
///
/// let javascript = erase("let name: string = 'a' as const;", Goal::Module);
/// assert_eq!(javascript.as_deref(), Ok("let name         = 'a'         ;"));
/// ```
pub fn erase(source: &str, goal: Goal) -> Result<String, Problem> {
    if source.len() > MAX_SOURCE_BYTES {
        let message = format!("it has more than {MAX_SOURCE_BYTES} bytes");
        return Err(Problem::new(ProblemKind::Limit, source, 0, &message));
    }
    let allocator = Allocator::default();
    let program = parse::parse(&allocator, source, goal)?;
    Ok(eraser::edits(source, &program)?.apply(source))
}
