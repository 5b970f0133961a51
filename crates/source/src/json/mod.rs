//! Strict JSON (RFC 8259) into nodes with places.
//!
//! An own parser, because the ones that keep places accept more than JSON (raw control characters
//! in strings, Unicode white space) and say less about what is wrong. It descends at most
//! [`MAX_DEPTH`](crate::MAX_DEPTH) levels, checked at every bracket before descending, and reads
//! every byte once.

mod cursor;
mod number;
mod parser;
mod string;
mod words;

use crate::{Diagnostic, Node, Source, caps};

/// Reads strict JSON: no comments, no trailing commas, no unquoted names, no duplicate keys, no
/// NUL. Size, depth and the number of values are capped. The first syntax error ends the reading;
/// duplicate keys and NUL characters are all reported.
pub fn json(source: &Source) -> Result<Node, Vec<Diagnostic>> {
    let (node, problems) = json_with_problems(source)?;
    if problems.is_empty() { Ok(node) } else { Err(problems) }
}

/// The same for readers that go on looking for problems: those that did not keep the text from
/// being read stand beside the tree, in which the first of several equal keys counts and a NUL
/// character is U+FFFD. Such a tree is for looking at, not for use.
pub fn json_with_problems(source: &Source) -> Result<(Node, Vec<Diagnostic>), Vec<Diagnostic>> {
    caps::check(source).map_err(|diagnostic| vec![diagnostic])?;
    parser::Parser::new(source).document()
}
