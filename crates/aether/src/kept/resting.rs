//! Why a kept plugin does not run.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use aether_manifest::show_duration;

use crate::{CallError, ExitCode, StartError};

/// What a kept plugin waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rest {
    /// It has failed, and is left alone for a moment.
    BackOff,
    /// It has failed again and again, and is left alone for longer.
    Open,
    /// That is over, and another call tries it just now.
    Trial,
    /// It did what no honest plugin does, or the person who was asked said no: it waits for
    /// [`crate::KeptPlugin::restore`].
    Held,
}

/// A kept plugin is not called now. Nothing was sent to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Resting {
    /// What it waits for.
    pub rest: Rest,
    /// After which time a call may be let through; of a trial, an estimate. Nothing if time alone
    /// changes nothing.
    pub retry_after: Option<Duration>,
    /// Why: how its last cell ended ([`CallError::Ended`]), or why it did not start.
    pub reason: CallError,
}

impl fmt::Display for Resting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Up to the next millisecond: whoever waits so long has waited long enough.
        let left =
            self.retry_after.unwrap_or_default().saturating_add(Duration::from_nanos(999_999));
        let (left, reason) = (show_duration(left), &self.reason);
        match self.rest {
            Rest::BackOff => write!(formatter, "the plugin rests for another {left}: {reason}"),
            Rest::Open => write!(
                formatter,
                "the plugin has failed too often and rests for another {left}; lastly: {reason}"
            ),
            Rest::Trial => write!(
                formatter,
                "the plugin is tried by another call after it failed too often; lastly: {reason}"
            ),
            Rest::Held => write!(
                formatter,
                "the plugin is not started again before its host restores it: {reason}"
            ),
        }
    }
}

/// Why a kept plugin could not be started. Equal only to itself and its clones.
#[derive(Clone, Debug)]
pub struct NotStarted {
    error: Arc<StartError>,
    pub(crate) code: ExitCode,
}

impl NotStarted {
    fn new(error: StartError) -> Self {
        let code = error.exit_code();
        Self { error: Arc::new(error), code }
    }
}

impl Deref for NotStarted {
    type Target = StartError;

    fn deref(&self) -> &StartError {
        &self.error
    }
}

impl PartialEq for NotStarted {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.error, &other.error)
    }
}

impl fmt::Display for NotStarted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl From<StartError> for CallError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Load(error) => error,
            error => Self::NotStarted(NotStarted::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ending;

    #[test]
    fn it_says_how_long_and_why() {
        let check = |rest, retry_after, expect: &str| {
            let reason = CallError::Ended(Ending::Crashed("signal 9".to_owned()));
            let resting = Resting { rest, retry_after, reason };
            assert_eq!(resting.to_string(), expect);
            let error = CallError::Resting(Box::new(resting));
            assert_eq!(error.exit_code(), ExitCode::PluginError, "the code of the reason");
            assert_eq!(error, error.clone());
        };
        let time = Some(Duration::from_micros(99_100));
        let crashed = "its process crashed: signal 9";
        check(Rest::BackOff, time, &format!("the plugin rests for another 100ms: {crashed}"));
        let text = "the plugin has failed too often and rests for another 100ms; lastly: ";
        check(Rest::Open, time, &format!("{text}{crashed}"));
        let text = "the plugin is tried by another call after it failed too often; lastly: ";
        check(Rest::Trial, time, &format!("{text}{crashed}"));
        let text = "the plugin is not started again before its host restores it: ";
        check(Rest::Held, None, &format!("{text}{crashed}"));
    }

    #[test]
    fn why_it_did_not_start_is_the_starts_own_error() {
        let ended = CallError::Ended(Ending::Killed);
        assert_eq!(CallError::from(StartError::Load(ended.clone())), ended);
        let error = CallError::from(StartError::Declined);
        assert_eq!(error.exit_code(), ExitCode::Refused);
        assert_eq!(error.to_string(), StartError::Declined.to_string());
        assert_eq!(error, error.clone());
        assert_ne!(error, CallError::from(StartError::Declined));
    }
}
