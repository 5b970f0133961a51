//! The documented exit codes.

use crate::Ending;

/// What a program that runs plugins ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ExitCode {
    /// 0: done.
    Done,
    /// 1: a plugin returned an error.
    PluginError,
    /// 2: unusable arguments, manifest, policy or pipeline.
    Usage,
    /// 3: refused before start: request beyond policy, no consent, outside its window.
    Refused,
    /// 4: ended for a violation.
    Violation,
    /// 5: ended for a limit: memory, time, processor, disk, processes, messages.
    Limit,
    /// 6: digest, signature, lock file or audit log does not verify.
    Integrity,
    /// 7: a required protection cannot be had on this machine.
    Protection,
    /// 70: a bug in Aether.
    Bug,
}

/// The exit code of a program that was interrupted: 128 and the number of Ctrl-C's signal, as shells
/// have it.
pub const INTERRUPTED: u8 = 130;

impl ExitCode {
    /// Every code.
    pub const ALL: [Self; 9] = [
        Self::Done,
        Self::PluginError,
        Self::Usage,
        Self::Refused,
        Self::Violation,
        Self::Limit,
        Self::Integrity,
        Self::Protection,
        Self::Bug,
    ];

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::PluginError => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Violation => 4,
            Self::Limit => 5,
            Self::Integrity => 6,
            Self::Protection => 7,
            Self::Bug => 70,
        }
    }

    /// One clause for documentation and reports.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::PluginError => "a plugin returned an error",
            Self::Usage => "unusable arguments, manifest, policy or pipeline",
            Self::Refused => "refused before start",
            Self::Violation => "ended for a violation",
            Self::Limit => "ended for a limit",
            Self::Integrity => "something does not verify",
            Self::Protection => "a required protection cannot be had on this machine",
            Self::Bug => "a bug in Aether",
        }
    }

    /// The code of a cell's ending, when it ended in mid-work.
    #[must_use]
    pub const fn of(ending: &Ending) -> Self {
        match ending {
            Ending::Normal => Self::Done,
            Ending::Limit(_) => Self::Limit,
            Ending::Violation(_) => Self::Violation,
            // Its own code or the engine brought the process down: the plugin's failure.
            Ending::Crashed(_) | Ending::Exited(_) | Ending::Signalled(_) | Ending::Killed => {
                Self::PluginError
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_the_documented_ones() {
        let numbers = ExitCode::ALL.map(ExitCode::number);
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 70]);
    }
}
