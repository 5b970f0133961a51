//! Why a text has no JavaScript in it.

use crate::text;

/// Longest message in characters. A name in the text may be megabytes long, and messages travel.
const MAX_MESSAGE_CHARS: usize = 200;

/// How far a look for JSX goes, in bytes.
const JSX_BYTES: usize = 200;

/// What to do where it looks as if there was JSX.
const JSX: &str = "JSX is more than types; write the calls that it stands for";

/// Why nothing was erased. The message may quote the text, which is a stranger's: whoever shows it
/// escapes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({line}:{column})")]
pub struct Problem {
    /// What sort of problem it is, for programs.
    pub kind: ProblemKind,
    /// What is wrong.
    pub message: String,
    /// What to write instead, where there is something to say.
    pub help: Option<&'static str>,
    /// The line where it is, from 1.
    pub line: u32,
    /// The column where it begins, from 1, in UTF-16 units.
    pub column: u32,
}

/// The sorts of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// It is not TypeScript.
    Syntax,
    /// It is TypeScript that is more than types: without it the program would be another one.
    Unsupported,
    /// It is too large, nested too deeply, or takes too long to be read.
    Limit,
}

impl Problem {
    /// A problem at an offset in bytes.
    pub(crate) fn new(kind: ProblemKind, source: &str, offset: usize, message: &str) -> Self {
        let (line, column) = text::place(source, offset);
        let message = message.chars().take(MAX_MESSAGE_CHARS).collect();
        Self { kind, message, help: None, line, column }
    }

    /// A text that is no TypeScript.
    pub(crate) fn syntax(source: &str, offset: usize, message: &str) -> Self {
        let problem = Self::new(ProblemKind::Syntax, source, offset, message);
        if is_jsx(source, offset) { problem.with_help(JSX) } else { problem }
    }

    pub(crate) fn with_help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }
}

/// Whether there may be JSX, which the parser sees as a comparison that goes wrong.
fn is_jsx(source: &str, offset: usize) -> bool {
    let Some((before, after)) = source.split_at_checked(offset) else { return false };
    let before = &before[before.ceil_char_boundary(offset.saturating_sub(JSX_BYTES))..];
    let after = &after[..after.floor_char_boundary(JSX_BYTES)];
    let is_tag = |rest: &str| {
        let first = rest.chars().next();
        first.is_none_or(|first| first.is_ascii_alphabetic() || first == '>')
    };
    before.rsplit_once('<').is_some_and(|(_, rest)| is_tag(rest))
        && (after.starts_with('/') || after.contains("</") || after.contains("/>"))
}
