//! Calling a plugin's method.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use aether_container::Waker;
use aether_manifest::show_size;
use aether_protocol::RpcError;
use aether_schema::Unfit;
use serde_json::Value;

use crate::host::millis;
use crate::record::Final;
use crate::{Ending, ExitCode, Limit, NotStarted, Resting};

/// What a plugin's own code did wrong. All texts are the plugin's: escape them where they are
/// shown.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginError {
    /// How it failed: a word of [`aether_protocol::v1::failure`].
    pub kind: String,
    /// The exception's name, such as `TypeError`.
    pub name: Option<String>,
    /// Its message.
    pub message: String,
    /// Where it happened: the plugin's own frames.
    pub stack: Option<String>,
    /// Its `code` property, such as `ERR_ACCESS_DENIED`.
    pub code: Option<String>,
    /// The manifest line that would allow what was refused.
    pub fix: Option<String>,
    /// Where in the plugin's files, for source that does not parse.
    pub place: Option<SourcePlace>,
    /// Whether it failed because its disk limit was reached: the host refused, and the plugin let
    /// that be its result.
    pub disk_limit: bool,
}

/// A place in one of a plugin's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePlace {
    /// The file's path in the bundle.
    pub file: String,
    /// Its line, from 1.
    pub line: u64,
    /// Its column, from 1.
    pub column: u64,
    /// The text of that line.
    pub text: String,
}

impl PluginError {
    /// Whether there is no method of the name that was called.
    #[must_use]
    pub const fn is_no_method(&self) -> bool {
        // What `aether_protocol::v1::failure::NO_METHOD` says.
        matches!(self.kind.as_bytes(), b"no-method")
    }

    /// `advised` tells the manifest lines that the host itself has advised. Others are dropped: a
    /// plugin can write any advice into an exception of its own, and a person would follow it.
    pub(crate) fn from_rpc(error: &RpcError, advised: impl Fn(&str) -> bool) -> Self {
        let fact = |key| error.fact(key).map(str::to_owned);
        Self {
            kind: fact("kind").unwrap_or_else(|| "exception".to_owned()),
            name: fact("name"),
            message: error.message.clone(),
            stack: fact("stack"),
            code: fact("code"),
            fix: fact("fix").filter(|line| advised(line)),
            place: place_of(error),
            disk_limit: false,
        }
    }
}

fn place_of(error: &RpcError) -> Option<SourcePlace> {
    let number = |key| error.data.get(key).and_then(Value::as_u64);
    Some(SourcePlace {
        file: error.fact("file")?.to_owned(),
        line: number("line")?,
        column: number("column").unwrap_or(1),
        text: error.fact("source").unwrap_or_default().to_owned(),
    })
}

/// A value that is not what the plugin's manifest says of a method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{method}` does not fit what the plugin's manifest declares: {unfit}")]
pub struct Misfit {
    /// The method.
    pub method: String,
    /// Where and how it does not fit. Tells nothing of the value but its keys.
    pub unfit: Unfit,
}

/// Why a call gave no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The plugin's own code failed.
    #[error("{}", .0.message)]
    Plugin(Box<PluginError>),
    /// The cell ended before it answered.
    #[error("{0}")]
    Ended(Ending),
    /// The input cannot be sent.
    #[error("the input cannot be sent: {0}")]
    Input(String),
    /// The input is not what the plugin's manifest says that the method takes: the plugin has not
    /// seen it.
    #[error("the input of {0}")]
    Params(Box<Misfit>),
    /// The plugin's own code failed: its result is not what its manifest says that the method gives.
    #[error("the result of {0}")]
    Result(Box<Misfit>),
    /// The call is done, but what it stored could not be kept: its result would say so.
    #[error("what the plugin stored cannot be kept: {0}")]
    Unkept(String),
    /// The plugin is not called now: it stands still, or its host is short of something.
    #[error("{why}; try again in {} ms", millis(*.retry_after))]
    Degraded {
        /// Why, in one clause.
        why: String,
        /// When it may be tried again.
        retry_after: Duration,
    },
    /// The caller cancelled it, and the plugin has ended it or answered too late.
    #[error("the call was cancelled")]
    Cancelled,
    /// The kept plugin could not be started for it.
    #[error("{0}")]
    NotStarted(NotStarted),
    /// The kept plugin has failed before, and is not called now.
    #[error("{0}")]
    Resting(Box<Resting>),
    /// The kept plugin is retired, and none of its cells runs any more: see [`crate::KeptPlugin::retire`].
    #[error("the plugin is not started again: its host keeps another one, or none")]
    Retired,
    /// The kept plugin is not started again: what its ended cells would change takes so many bytes of
    /// its host's memory that these are to be dealt with first, and forgotten ([`crate::Host::forget`]).
    #[error(
        "the plugin is not started again: what its ended cells would change takes {} already",
        show_size(*.0)
    )]
    Full(u64),
}

impl CallError {
    /// The exit code that this error means for a program.
    #[must_use]
    pub const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Plugin(error) if error.disk_limit => ExitCode::Limit,
            Self::Plugin(error) if error.is_no_method() => ExitCode::Usage,
            Self::Plugin(_) | Self::Result(_) | Self::Cancelled => ExitCode::PluginError,
            Self::Input(_) | Self::Params(_) | Self::Unkept(_) => ExitCode::Usage,
            Self::Ended(ending) => ExitCode::of(ending),
            Self::NotStarted(why) => why.code,
            Self::Resting(resting) => resting.reason.exit_code(),
            Self::Retired => ExitCode::Refused,
            Self::Full(_) | Self::Degraded { .. } => ExitCode::Limit,
        }
    }
}

/// Time that a call is given beyond its limit.
#[derive(Clone, Debug, Default)]
pub(crate) struct More(Arc<AtomicU64>);

impl More {
    pub(crate) fn add(&self, time: Duration) {
        self.0.fetch_add(millis(time), Ordering::Relaxed);
    }

    fn get(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// A call under way. Dropped, it goes on, and nobody learns of its result: who wants it to end
/// cancels it.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # aether::init();
/// # let host = aether::Host::builder().build()?;
/// # let cell = host.start(&host.load("plugins/search")?, &aether::StartOptions::default())?;
/// use std::time::Duration;
///
/// let call = cell.begin("search", serde_json::json!({ "for": "x" }), Duration::from_secs(60));
/// if call.wait_for(Duration::from_secs(1)).is_none() {
///     call.cancel();
///     assert_eq!(call.wait(), Err(aether::CallError::Cancelled));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PendingCall {
    pub(crate) answer: Receiver<Result<Value, CallError>>,
    /// The call's limit, and when waiting for even the last word on it is over.
    pub(crate) limit: Duration,
    pub(crate) until: Instant,
    /// What it is given beyond that.
    pub(crate) more: More,
    pub(crate) canceller: Canceller,
    /// Tells how the cell ended, for a call that came too late to be answered.
    pub(crate) finished: Arc<Mutex<Option<Final>>>,
}

impl PendingCall {
    /// Waits for the result. Never longer than the call's time limit and a moment.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn wait(self) -> Result<Value, CallError> {
        loop {
            let left = self.last_word().saturating_duration_since(Instant::now());
            if let Some(result) = self.wait_for(left) {
                return result;
            }
            // It may have been given more time meanwhile.
            if Instant::now() >= self.last_word() {
                // The driver answers every call, unless the host hangs; the cell is dead by then.
                return Err(CallError::Ended(Ending::Limit(Limit::Time(self.limit))));
            }
        }
    }

    /// When waiting is over, as far as is known by now.
    pub(crate) fn last_word(&self) -> Instant {
        self.until + self.more.get()
    }

    /// The result if it comes within `time`.
    #[must_use]
    pub fn wait_for(&self, time: Duration) -> Option<Result<Value, CallError>> {
        match self.answer.recv_timeout(time) {
            Ok(result) => Some(result),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Err(self.ended())),
        }
    }

    /// Cancels the call: the plugin is told to end it, and hears of it as the `abort` of its
    /// `AbortSignal` or as a message. Does not wait. When the plugin has answered, whatever it
    /// says, the call ends with [`CallError::Cancelled`]; when it has not within two seconds, its
    /// cell is ended, with [`Limit::Cancellation`] for every call that is open in it. A call that
    /// is answered already stays answered.
    pub fn cancel(&self) {
        self.canceller.cancel();
    }

    /// What cancels the call from elsewhere, such as from another thread while this one waits.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    fn ended(&self) -> CallError {
        let finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        CallError::Ended(finished.as_ref().map_or(Ending::Killed, |kept| kept.ending.clone()))
    }
}

/// Cancels a call, from whatever thread and as often as one likes: see [`PendingCall::cancel`].
#[derive(Clone, Debug)]
pub struct Canceller {
    asked: Arc<AtomicBool>,
    number: Arc<OnceLock<u64>>,
    waker: Waker,
}

impl Canceller {
    pub(crate) fn new(waker: Waker) -> Self {
        Self { asked: Arc::default(), number: Arc::default(), waker }
    }

    /// Where the driver tells its number.
    pub(crate) fn numbered(&self) -> Arc<OnceLock<u64>> {
        Arc::clone(&self.number)
    }

    /// Which of its cell's calls it is, as [`crate::Event::Progress`] names it; nothing before it has
    /// begun.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        self.number.get().copied()
    }

    /// Tells the driver whether the call is cancelled.
    pub(crate) fn asked(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.asked)
    }

    /// Cancels the call. Of one that has ended nothing changes.
    pub fn cancel(&self) {
        if !self.asked.swap(true, Ordering::SeqCst) {
            self.waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use aether_protocol::Code;

    use super::*;

    #[test]
    fn only_advice_of_the_host_is_passed_on() {
        let error = RpcError::new(Code::Plugin, "no").with("fix", "grant me everything");
        assert_eq!(PluginError::from_rpc(&error, |_| false).fix, None);
        let fix = PluginError::from_rpc(&error, |line| line == "grant me everything").fix;
        assert_eq!(fix.as_deref(), Some("grant me everything"));
    }
}
