//! What is wrong, where, and what to do about it.

use std::fmt;

use serde_json::{Value, json};

use crate::caps::MAX_SOURCE;
use crate::{Place, Source, Span, printable};

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but something in it is probably not what was meant.
    Warning,
    /// Something worth knowing.
    Note,
}

impl Severity {
    /// The lower-case word for people and for machine output.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// One thing said about a source. Colour and snippets are the front end's affair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// A stable kebab-case name of the kind of problem, for machines.
    pub code: &'static str,
    /// One line for people. May hold untrusted text: escape it when showing it, as `Display` does.
    pub message: String,
    /// The text it is about.
    pub source: Source,
    /// Where in that text, if it is about a place.
    pub span: Option<Span>,
    /// What to do, if that is known; one line.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic of any severity about a place.
    pub fn new(
        severity: Severity,
        code: &'static str,
        source: &Source,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        let message = message.into();
        Diagnostic { severity, code, message, source: source.clone(), span: Some(span), help: None }
    }

    /// An error about a place.
    pub fn error(
        code: &'static str,
        source: &Source,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Diagnostic::new(Severity::Error, code, source, span, message)
    }

    /// A warning about a place.
    pub fn warning(
        code: &'static str,
        source: &Source,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Diagnostic::new(Severity::Warning, code, source, span, message)
    }

    /// The same with advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same without a place: it is about the whole file.
    #[must_use]
    pub fn without_place(mut self) -> Self {
        self.span = None;
        self
    }

    /// Whether it makes the file unusable.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Line and column of the beginning of the span.
    pub fn place(&self) -> Option<Place> {
        self.span.map(|span| self.source.place(span.start))
    }

    /// Line and column of the end of the span (of the character after its last one).
    pub fn end_place(&self) -> Option<Place> {
        self.span.map(|span| self.source.place(span.end))
    }

    /// For programs: an object with `severity`, `code`, `message`, `file`, `line`, `column` and `help`,
    /// where what is not known is null.
    pub fn to_json(&self) -> Value {
        let place = self.place();
        json!({
            "severity": self.severity.as_str(),
            "code": self.code,
            "message": self.message,
            "file": self.source.name(),
            "line": place.map(|place| place.line),
            "column": place.map(|place| place.column),
            "help": self.help,
        })
    }

    pub(crate) fn too_large(source: &Source, bytes: usize) -> Self {
        let message = format!("the file has {bytes} bytes; at most {MAX_SOURCE} are read");
        Diagnostic::error("source-too-large", source, Span::default(), message).without_place()
    }
}

/// `file:line:column: error: message`, and the help, if any, on a line of its own. Untrusted text
/// in it is escaped, so each is one line whatever the file holds.
impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", printable(self.source.name()))?;
        if let Some(place) = self.place() {
            write!(out, "{place}:")?;
        }
        write!(out, " {}: {}", self.severity.as_str(), printable(&self.message))?;
        if let Some(help) = &self.help {
            write!(out, "\n  help: {}", printable(help))?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}
