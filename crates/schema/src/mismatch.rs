//! How a value does not fit its schema.

use std::fmt;

use aether_source::printable;
use jsonschema::ValidationError;

use crate::limits::{MAX_STEPS, MAX_VALUE_DEPTH, MISMATCH_BYTES};

/// Why a value is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// It does not fit: each mismatch that is told.
    #[error("{}", listed(.0))]
    Mismatch(Vec<Mismatch>),
    /// It does not fit, and it is too large to say where.
    #[error("the value does not fit its schema; it is too large to say where")]
    Somewhere,
    /// Schema and value together would take more steps than a check may.
    #[error("the value takes more than {MAX_STEPS} steps to check")]
    TooCostly,
    /// It nests deeper than any value that is checked.
    #[error("the value nests deeper than {MAX_VALUE_DEPTH} levels")]
    TooDeep,
}

/// One thing that does not fit. Escaped and short, so that it can stand in a line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Where in the value: a JSON pointer (RFC 6901), empty for the whole of it. Cut when long.
    pub pointer: String,
    /// The keyword of the schema that it does not fit.
    pub keyword: String,
    /// What is wrong, without the value itself.
    pub message: String,
}

impl Mismatch {
    pub(crate) fn of(error: &ValidationError<'_>) -> Self {
        Mismatch {
            pointer: shown(error.instance_path().as_str()),
            keyword: shown(error.kind().keyword()),
            message: lower(&shown(&error.masked().to_string())),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(out, "at `{}`: ", self.pointer)?;
        }
        out.write_str(&self.message)
    }
}

fn listed(all: &[Mismatch]) -> String {
    all.iter().map(Mismatch::to_string).collect::<Vec<_>>().join("; ")
}

/// Beginning in lower case, as all messages do.
fn lower(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

/// Escaped, and cut after that, so that the cap is one on what is shown.
fn shown(text: &str) -> String {
    let whole = &text[..text.floor_char_boundary(MISMATCH_BYTES)];
    let escaped = printable(whole);
    let short = &escaped[..escaped.floor_char_boundary(MISMATCH_BYTES)];
    if short.len() == text.len() { short.to_owned() } else { format!("{short}…") }
}
