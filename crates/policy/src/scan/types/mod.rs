//! Types taken out of TypeScript before it is scanned, so that the rules see what a cell runs.
//!
//! Nothing is parsed: tokens are told apart just well enough to find where a type begins and ends, in
//! what can be erased (enums, namespaces with code and the like cannot, and a cell does not run them).
//! What is not understood stays, so that a type may be taken for code; code is taken for a type only in
//! programs that no one writes. No recursion, and what is read ahead is paid for out of a fixed amount,
//! so that the time is linear in the text.

mod declarations;
mod eraser;
mod grammar;
mod members;
mod reader;

use std::ops::Range;

use super::lexer::tokenize;
use super::view::View;
use eraser::Eraser;

/// Whether a file of this name has types.
pub(crate) fn has_types(name: &str) -> bool {
    [".ts", ".mts", ".cts"].iter().any(|ending| name.ends_with(ending))
}

/// The text with blanks in place of its types, of the same length; and whether it was read to its end.
pub(crate) fn erased(text: &str) -> (String, bool) {
    let tokens = tokenize(text);
    let view = View::new(text, &tokens.list);
    (blanked(text, &Eraser::new(view).run()), tokens.complete)
}

/// The text with blanks in place of ranges. Line ends stay, so that every token keeps its line.
fn blanked(text: &str, ranges: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for range in ranges {
        let blank = bytes.get_mut(range.clone()).unwrap_or_default();
        blank
            .iter_mut()
            .filter(|byte| !matches!(byte, b'\n' | b'\r'))
            .for_each(|byte| *byte = b' ');
    }
    // Whole tokens were replaced, and so whole characters.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
