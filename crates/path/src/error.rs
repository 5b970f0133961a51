//! Why a text is not a path or not a pattern.

use std::fmt;

use crate::component::MAX_WILDCARDS_PER_COMPONENT;
use crate::pattern::{MAX_PATTERN_BYTES, MAX_PATTERN_COMPONENTS};
use crate::virtual_path::{MAX_NAME_BYTES, MAX_PATH_BYTES};

/// How much of a refused text an error keeps: a plugin may send a megabyte as a "path", and errors
/// travel into logs and reports.
const MAX_QUOTED_BYTES: usize = 256;

/// A text that is not a virtual path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("path {typed} {problem}")]
pub struct PathError {
    typed: Quoted,
    problem: PathProblem,
}

impl PathError {
    pub(crate) fn new(typed: &str, problem: PathProblem) -> Self {
        Self { typed: Quoted::new(typed), problem }
    }

    /// What is wrong.
    pub fn problem(&self) -> PathProblem {
        self.problem
    }
}

/// The ways in which a text fails to be a virtual path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// Nothing was typed.
    #[error("is empty")]
    Empty,
    /// [`VirtualPath::parse`](crate::VirtualPath::parse) needs a leading `/`.
    #[error("does not begin with `/`")]
    NotAbsolute,
    /// [`VirtualPath::join`](crate::VirtualPath::join) goes below, never elsewhere.
    #[error("is absolute where a relative path is needed")]
    NotRelative,
    /// `..` is refused, never resolved: its meaning depends on symlinks.
    #[error("has a `..` component")]
    Parent,
    /// Not in normal form.
    #[error("has a `.` component")]
    Dot,
    /// `//` or a trailing `/`: not in normal form.
    #[error("has an empty component")]
    EmptyName,
    /// The byte that ends a path for the kernel.
    #[error("has a NUL character")]
    Nul,
    /// Longer than [`MAX_PATH_BYTES`].
    #[error("is longer than {MAX_PATH_BYTES} bytes")]
    TooLong,
    /// A component longer than [`MAX_NAME_BYTES`].
    #[error("has a component longer than {MAX_NAME_BYTES} bytes")]
    NameTooLong,
}

/// A text that is not a path pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pattern {typed} {problem}")]
pub struct PatternError {
    typed: Quoted,
    problem: PatternProblem,
}

impl PatternError {
    pub(crate) fn new(typed: &str, problem: PatternProblem) -> Self {
        Self { typed: Quoted::new(typed), problem }
    }

    /// What is wrong.
    pub fn problem(&self) -> PatternProblem {
        self.problem
    }

    /// What to write instead, when there is something better to say than the problem itself.
    pub fn help(&self) -> Option<&'static str> {
        self.problem.help()
    }
}

/// The ways in which a text fails to be a path pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternProblem {
    /// Nothing was typed.
    #[error("is empty")]
    Empty,
    /// `..` is refused, never resolved.
    #[error("has a `..` component")]
    Parent,
    /// `//`: most likely a slip, and never needed.
    #[error("has an empty component (`//`)")]
    EmptyName,
    /// A control character could hide part of the pattern from the person who reviews it.
    #[error("has a control character")]
    Control,
    /// Would be a separator on one system and a name on another.
    #[error("has a backslash")]
    Backslash,
    /// `[`, `]`, `{`, `}` or `!`.
    #[error(
        "has the character `{0}`, which other glob languages give a meaning and this one does not"
    )]
    Unsupported(char),
    /// `a**` or `***`: other languages disagree on it.
    #[error("has `**` as part of a component")]
    TreeInsideName,
    /// More than [`MAX_WILDCARDS_PER_COMPONENT`].
    #[error("has more than {MAX_WILDCARDS_PER_COMPONENT} wildcards in one component")]
    TooManyWildcards,
    /// More than [`MAX_PATTERN_COMPONENTS`].
    #[error("has more than {MAX_PATTERN_COMPONENTS} components")]
    TooManyComponents,
    /// Longer than [`MAX_PATTERN_BYTES`].
    #[error("is longer than {MAX_PATTERN_BYTES} bytes")]
    TooLong,
    /// A component longer than [`MAX_NAME_BYTES`]: no name could match it.
    #[error("has a component longer than {MAX_NAME_BYTES} bytes")]
    NameTooLong,
}

impl PatternProblem {
    /// What to write instead.
    pub fn help(self) -> Option<&'static str> {
        Some(match self {
            Self::Parent => "write the folder's absolute path",
            Self::EmptyName => "write a single `/`",
            Self::Backslash => "separate folders with `/`",
            Self::Unsupported('!') => {
                "patterns only add; leave the pattern out, or write `?` for a `!` in a name"
            }
            Self::Unsupported(_) => {
                "write one pattern per alternative, or `?` for such a character in a name"
            }
            Self::TreeInsideName => {
                "write `**` between slashes, as in `logs/**/*.txt`, or `*` within a name"
            }
            _ => return None,
        })
    }
}

/// The beginning of a refused text, shown escaped: it comes from a plugin and may end in a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quoted {
    pub(crate) text: String,
    cut: bool,
}

impl Quoted {
    pub(crate) fn new(text: &str) -> Self {
        let kept = text.get(..text.floor_char_boundary(MAX_QUOTED_BYTES)).unwrap_or_default();
        Self { text: kept.to_owned(), cut: kept.len() < text.len() }
    }

    /// What shows that the text went on.
    pub(crate) fn mark(&self) -> &'static str {
        if self.cut { "…" } else { "" }
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}{}`", self.text.escape_debug(), self.mark())
    }
}
