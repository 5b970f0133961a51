//! Typed walking over a tree that collects every problem instead of stopping at the first.
//!
//! Each step gives `Some` value or reports and gives `None`, so a reader of a format reads all
//! fields in turn and asks for the verdict at the end:
//!
//! ```
//! use aether_source::{Reader, Source, json};
//!
//! let source = Source::new("cup.json", r#"{ "colour": "blue", "sizee": 3 }"#);
//! let node = json(&source).unwrap();
//! let reader = Reader::new(&source);
//! let cup = reader.root(&node).fields(&["colour", "size"]).unwrap();
//! let colour = cup.get("colour").and_then(|item| item.string());
//! assert_eq!(colour, Some("blue"));
//! let problems = reader.finish(colour).unwrap_err();
//! assert_eq!(problems[0].to_string(), "cup.json:1:21: error: unknown key `sizee`\n  help: did you mean `size`?");
//! ```

mod fields;
mod item;

use std::cell::RefCell;

pub use fields::{Fields, Key};
pub use item::Item;

use crate::{Diagnostic, Node, Problems, Severity, Source, Span};

/// Collects the problems of one source while it is walked.
#[derive(Debug)]
pub struct Reader {
    source: Source,
    /// Shared by every item, so that siblings can be read in any order.
    problems: RefCell<Problems>,
}

impl Reader {
    /// A reader without problems yet.
    pub fn new(source: &Source) -> Self {
        Reader { source: source.clone(), problems: RefCell::new(Problems::new()) }
    }

    /// The beginning of the walk.
    pub fn root<'a>(&'a self, node: &'a Node) -> Item<'a> {
        Item::new(self, node, String::new())
    }

    /// The text being read.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Reports an error.
    pub fn error(&self, code: &'static str, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(code, &self.source, span, message));
    }

    /// Reports a warning.
    pub fn warning(&self, code: &'static str, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::warning(code, &self.source, span, message));
    }

    /// Reports a diagnostic made elsewhere.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.problems.borrow_mut().push(diagnostic);
    }

    /// Reports a diagnostic that is made only if it will be shown, for those with a suggestion.
    pub fn report_with(&self, severity: Severity, make: impl FnOnce(&Source) -> Diagnostic) {
        self.problems.borrow_mut().push_with(severity, || make(&self.source));
    }

    /// Whether an error was reported.
    pub fn has_errors(&self) -> bool {
        self.problems.borrow().has_errors()
    }

    /// The verdict, taking all problems out: what was read with its warnings, or every problem in the order of the text.
    /// No value and no error cannot both be: a missing value is reported where it is found missing;
    /// should it happen all the same, the answer is an error.
    pub fn finish<T>(&self, value: Option<T>) -> Result<(T, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut problems = self.problems.take();
        match value {
            Some(value) if !problems.has_errors() => Ok((value, problems.into_vec(&self.source))),
            _ => {
                if !problems.has_errors() {
                    let message = "the file cannot be read";
                    let span = Span::default();
                    problems.push(Diagnostic::error("unreadable", &self.source, span, message));
                }
                Err(problems.into_vec(&self.source))
            }
        }
    }
}
