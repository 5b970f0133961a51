//! One component of a pattern: a name, or a name with wildcards.

use crate::error::PatternProblem;
use crate::sequence::{self, Step};
use crate::virtual_path::MAX_NAME_BYTES;

/// Most `*` and `?` in one component. Names such as `*a*a*a*a*b` are the classic way to make a
/// backtracking matcher take exponential time; ours does not backtrack, and this keeps its state
/// sets small too.
pub const MAX_WILDCARDS_PER_COMPONENT: usize = 8;

/// What one component of a path must look like.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Component {
    /// Exactly this name.
    Exact(String),
    /// A name with wildcards.
    Glob(Vec<Step<Letter>>),
}

/// One character of a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Letter {
    Any,
    Exact(char),
}

impl Component {
    /// Reads a component that is neither empty nor `.`, `..` or `**`.
    pub(crate) fn parse(text: &str) -> Result<Self, PatternProblem> {
        if text.len() > MAX_NAME_BYTES {
            return Err(PatternProblem::NameTooLong);
        }
        if text.contains("**") {
            return Err(PatternProblem::TreeInsideName);
        }
        text.chars().try_for_each(check_character)?;
        match text.chars().filter(|character| matches!(character, '*' | '?')).count() {
            0 => Ok(Self::Exact(text.to_owned())),
            1..=MAX_WILDCARDS_PER_COMPONENT => Ok(Self::Glob(letters(text))),
            _ => Err(PatternProblem::TooManyWildcards),
        }
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == name,
            Self::Glob(steps) => sequence::read(steps, name.chars(), Letter::matches).at_end(steps),
        }
    }

    /// Whether it certainly matches every name that `other` matches.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (ours, Self::Exact(name)) => ours.matches(name),
            (Self::Exact(_), Self::Glob(_)) => false,
            (Self::Glob(ours), Self::Glob(theirs)) => {
                sequence::covers(ours, theirs, Letter::covers)
            }
        }
    }

    /// Whether it is `*`.
    pub(crate) fn matches_anything(&self) -> bool {
        matches!(self, Self::Glob(steps) if matches!(steps.as_slice(), [Step::Gap]))
    }
}

impl Letter {
    fn matches(&self, character: &char) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == character,
        }
    }

    fn covers(&self, other: &Self) -> bool {
        *self == Self::Any || self == other
    }
}

fn check_character(character: char) -> Result<(), PatternProblem> {
    match character {
        '\\' => Err(PatternProblem::Backslash),
        '[' | ']' | '{' | '}' | '!' => Err(PatternProblem::Unsupported(character)),
        _ if character.is_control() => Err(PatternProblem::Control),
        _ => Ok(()),
    }
}

fn letters(text: &str) -> Vec<Step<Letter>> {
    let mut steps = Vec::new();
    for character in text.chars() {
        let step = match character {
            '*' => Step::Gap,
            '?' => Step::One(Letter::Any),
            _ => Step::One(Letter::Exact(character)),
        };
        sequence::push(&mut steps, step, |letter| *letter == Letter::Any);
    }
    steps
}
