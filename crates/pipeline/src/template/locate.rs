//! Where in the file an expression stands.

use aether_source::{Source, Span};

/// Finds the expressions of one scalar, in order, in the text the scalar was read from. A scalar
/// with escapes or folded lines may not hold them letter by letter; then the whole scalar is shown.
pub(super) struct Locator<'a> {
    raw: &'a str,
    scalar: Span,
    at: Option<usize>,
}

impl<'a> Locator<'a> {
    pub(super) fn new(source: &'a Source, scalar: Span) -> Self {
        Locator { raw: source.slice(scalar), scalar, at: Some(0) }
    }

    /// The place of the next expression, whose whole text is `text`.
    pub(super) fn next(&mut self, text: &str) -> Span {
        let found = self.at.and_then(|at| {
            let rest = self.raw.get(at..)?;
            let start = at + rest.find("${{")?;
            self.raw.get(start..)?.starts_with(text).then_some(start)
        });
        self.at = found.map(|start| start + text.len());
        match found {
            Some(start) => {
                let start = self.scalar.start + start;
                Span::new(start, start + text.len())
            }
            None => self.scalar,
        }
    }
}
