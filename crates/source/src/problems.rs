//! A bounded collection of diagnostics.

use crate::{Diagnostic, Severity, Source, Span};

/// How many errors, and separately how many warnings, are kept for one source. A hostile file of
/// nothing but mistakes must not become a hundred thousand messages.
pub const MAX_PROBLEMS: usize = 50;

/// Collects diagnostics, up to [`MAX_PROBLEMS`] errors and as many warnings and notes; the rest
/// are counted.
#[derive(Debug, Default)]
pub struct Problems {
    errors: Vec<Diagnostic>,
    others: Vec<Diagnostic>,
    left_out: usize,
}

impl Problems {
    /// An empty collection.
    pub fn new() -> Self {
        Problems::default()
    }

    /// Adds a diagnostic, or counts it when there are enough already.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.push_with(diagnostic.severity, || diagnostic);
    }

    /// Like [`Problems::push`], but makes the diagnostic only if it will be kept: suggestions cost
    /// time, and a file may hold very many mistakes.
    pub fn push_with(&mut self, severity: Severity, make: impl FnOnce() -> Diagnostic) {
        let list = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning | Severity::Note => &mut self.others,
        };
        if list.len() < MAX_PROBLEMS {
            list.push(make());
        } else {
            self.left_out += 1;
        }
    }

    /// Whether an error was added.
    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty() && self.others.is_empty()
    }

    /// All diagnostics in the order of the text, then a note on how many were left out.
    pub fn into_vec(self, source: &Source) -> Vec<Diagnostic> {
        let mut all = self.errors;
        all.extend(self.others);
        all.sort_by_key(|diagnostic| (diagnostic.span.map(|span| span.start), diagnostic.severity));
        if self.left_out > 0 {
            let message = format!("{} more problems are not shown", self.left_out);
            let note =
                Diagnostic::new(Severity::Note, "more-problems", source, Span::default(), message);
            all.push(note.without_place());
        }
        all
    }
}
