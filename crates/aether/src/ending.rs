//! How a cell ended, and what that means for an exit code.

use std::fmt;
use std::time::Duration;

/// A limit that a plugin reached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Memory, bytes.
    Memory(u64),
    /// Wall time of one call, or of loading.
    Time(Duration),
    /// Processor time.
    Processor(Duration),
    /// Its share of the processors, to which it could not be held.
    Share,
    /// What a native program may write, bytes, where nothing stops it from writing more.
    Disk(u64),
    /// Processes and threads of a native program, where nothing stops it from making more.
    Processes(u32),
    /// Log or output, bytes.
    Output(u64),
    /// It stopped reading its messages.
    Unread(Duration),
    /// It did not answer a call that was cancelled.
    Cancellation(Duration),
    /// What the whole machine is short of, for which it was chosen to end.
    Pressure(&'static str),
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(bytes) => write!(formatter, "its memory limit of {} MB", bytes >> 20),
            Self::Share => {
                formatter.write_str("its limit of processor cores, and ran on while it was stopped")
            }
            Self::Disk(bytes) => write!(formatter, "its disk limit of {} MB", bytes >> 20),
            Self::Processes(most) => write!(formatter, "its limit of {most} processes"),
            Self::Processor(time) => {
                write!(formatter, "its limit of {} of processor time", shown(*time))
            }
            Self::Time(time) => write!(formatter, "its time limit of {}", shown(*time)),
            Self::Output(bytes) => write!(formatter, "the output limit of {} MB", bytes >> 20),
            Self::Unread(time) => {
                write!(formatter, "the limit of {} without reading its messages", shown(*time))
            }
            Self::Pressure(what) => {
                write!(
                    formatter,
                    "what the machine has of {what}, and was chosen to end for others"
                )
            }
            Self::Cancellation(time) => {
                write!(formatter, "the limit of {} to answer a cancelled call", shown(*time))
            }
        }
    }
}

fn shown(time: Duration) -> String {
    aether_manifest::show_duration(time)
}

/// What no honest plugin does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// A system call beyond the allow-list; its name.
    Syscall(String),
    /// One that ends a cell at once: of another architecture, or where nobody can be told.
    KilledByFilter,
    /// A message that is none, or too many of them; one clause says what, part of it may be the
    /// cell's own words.
    Protocol(String),
    /// It closed its gateway and stayed.
    HungUp,
    /// It loaded before it answered the greeting.
    Ungreeted,
    /// It used the processor while nobody had called it.
    Restless,
    /// The monitor found too much that is odd about it; one sentence says what was the last.
    Suspicious(String),
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syscall(name) => write!(formatter, "it tried the system call {name}"),
            Self::KilledByFilter => {
                formatter.write_str("it made a system call that ends a cell at once")
            }
            Self::Protocol(what) => formatter.write_str(what),
            Self::HungUp => formatter.write_str("it closed its gateway and stayed"),
            Self::Ungreeted => formatter.write_str("it loaded ungreeted"),
            Self::Suspicious(because) => write!(formatter, "the monitor: {because}"),
            Self::Restless => {
                formatter.write_str("it used the processor while nobody had called it")
            }
        }
    }
}

/// How a cell ended. Nothing of it is left in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// It was stopped by its host, or ended by itself with nothing left to do.
    Normal,
    /// Its host ended it in mid-work.
    Killed,
    /// It reached a limit.
    Limit(Limit),
    /// It did what no honest plugin does.
    Violation(Violation),
    /// A program that was run for itself ended with this code, which is not 0.
    Exited(i32),
    /// A program that was run for itself was ended by this signal.
    Signalled(i32),
    /// Its process ended by itself in mid-work; one clause says how.
    Crashed(String),
}

impl Ending {
    /// The word for it in records and reports.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Killed => "killed",
            Self::Limit(_) => "limit",
            Self::Violation(_) => "violation",
            Self::Exited(_) => "exited",
            Self::Signalled(_) => "signalled",
            Self::Crashed(_) => "crashed",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal => formatter.write_str("it ended normally"),
            Self::Killed => formatter.write_str("its host ended it"),
            Self::Limit(limit) => write!(formatter, "it reached {limit}"),
            Self::Violation(what) => write!(formatter, "it was ended for a violation: {what}"),
            Self::Signalled(number) => write!(formatter, "signal {number} ended it"),
            Self::Exited(code) => write!(formatter, "it ended with code {code}"),
            Self::Crashed(how) => write!(formatter, "its process crashed: {how}"),
        }
    }
}
