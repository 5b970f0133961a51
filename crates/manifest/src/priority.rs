//! How much a plugin matters when there is not enough for all.

use std::fmt;

/// What is kept running longest when the machine is short of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// It waits first, and is ended first.
    Low,
    /// As any other.
    #[default]
    Normal,
    /// It is left alone longest.
    High,
}

impl Priority {
    /// Each with its word.
    pub const WORDS: [(&'static str, Priority); 3] =
        [("low", Priority::Low), ("normal", Priority::Normal), ("high", Priority::High)];

    /// As written in a manifest or policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
