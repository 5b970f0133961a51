//! What a host may make of a peer, and whether that is what it made.

use aether::{CallError, Ending, ExitCode, Limit, PluginError, StartError, Violation};
use serde_json::Value;

/// Longest text of a peer's error that may reach a host, in bytes.
const ERROR_BYTES: usize = 8 << 10;

/// What comes of a call, of a start, or of the end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    /// It is ended for a violation of the protocol, for a reason with these words.
    Cut(&'static str),
    /// It is ended for this system call.
    Syscall(&'static str),
    /// It is ended since it closed its gateway and stayed.
    HungUp,
    /// It is ended when its time is up.
    Time,
    /// It is ended since it reads nothing.
    Unread,
    /// It is ended for what it prints or logs.
    Output,
    /// Its process ended in mid-work, in a way with these words.
    Crashed(&'static str),
    /// The call, or the start, fails with a message with these words, and the cell lives on.
    Fails(&'static str),
    /// The call returns this JSON value.
    Returns(&'static str),
    /// The call returns or fails with these words: which of both is a race that nobody loses.
    ReturnsOr(&'static str, &'static str),
    /// It ends in good order.
    Normal,
}

impl Verdict {
    /// Whether that is what came of a call.
    pub(super) fn of_call(&self, outcome: &Result<Value, CallError>) -> Result<(), String> {
        let fits = match (self, outcome) {
            (Self::Returns(text) | Self::ReturnsOr(text, _), Ok(value)) => {
                serde_json::from_str::<Value>(text).is_ok_and(|expect| expect == *value)
            }
            (Self::Fails(words) | Self::ReturnsOr(_, words), Err(CallError::Plugin(error))) => {
                error.message.contains(words) && is_tame(error)
            }
            (_, Err(CallError::Ended(ending))) => self.fits(ending),
            _ => false,
        };
        let code = outcome.as_ref().map_or_else(CallError::exit_code, |_| ExitCode::Done);
        self.judge(fits, code, outcome)
    }

    /// Whether that is what came of a start that failed.
    pub(super) fn of_start(&self, error: &StartError) -> Result<(), String> {
        let fits = match (self, error) {
            (Self::Fails(words), StartError::Load(CallError::Plugin(error))) => {
                error.message.contains(words) && is_tame(error)
            }
            (_, StartError::Load(CallError::Ended(ending))) => self.fits(ending),
            _ => false,
        };
        self.judge(fits, error.exit_code(), error)
    }

    /// Whether that is how it ended.
    pub(super) fn of_end(&self, ending: &Ending) -> Result<(), String> {
        self.judge(self.fits(ending), ExitCode::of(ending), ending)
    }

    fn judge(
        &self,
        fits: bool,
        code: ExitCode,
        outcome: &impl std::fmt::Debug,
    ) -> Result<(), String> {
        let outcome: String = format!("{outcome:?}").chars().take(600).collect();
        if !fits {
            return Err(format!("expected {self:?}, and it was {outcome}"));
        }
        let expect = self.exit_code();
        if code != expect && !matches!(self, Self::ReturnsOr(..)) {
            return Err(format!("expected the exit code {expect:?}, and it was {code:?}"));
        }
        Ok(())
    }

    fn fits(&self, ending: &Ending) -> bool {
        match (self, ending) {
            (Self::Cut(words), Ending::Violation(Violation::Protocol(what))) => {
                what.contains(words)
            }
            (Self::Syscall(name), Ending::Violation(Violation::Syscall(other))) => name == other,
            (Self::Crashed(words), Ending::Crashed(how)) => how.contains(words),
            (Self::HungUp, Ending::Violation(Violation::HungUp))
            | (Self::Time, Ending::Limit(Limit::Time(_)))
            | (Self::Unread, Ending::Limit(Limit::Unread(_)))
            | (Self::Output, Ending::Limit(Limit::Output(_)))
            | (Self::Normal, Ending::Normal) => true,
            _ => false,
        }
    }

    const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Cut(_) | Self::Syscall(_) | Self::HungUp => ExitCode::Violation,
            Self::Time | Self::Unread | Self::Output => ExitCode::Limit,
            Self::Crashed(_) | Self::Fails(_) => ExitCode::PluginError,
            Self::Returns(_) | Self::ReturnsOr(..) | Self::Normal => ExitCode::Done,
        }
    }
}

/// Whether an error is no longer than it may be and gives no advice: no peer is denied anything.
fn is_tame(error: &PluginError) -> bool {
    let texts = [&error.stack, &error.name, &error.code];
    let texts = texts.into_iter().flatten().chain([&error.message, &error.kind]);
    error.fix.is_none() && texts.into_iter().all(|text| text.len() <= ERROR_BYTES)
}
