//! A plugin that is called again and again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use aether_manifest::show_size;
use serde_json::Value;

use super::start::{StartError, StartOptions, call_failure};
use super::{Host, lock};
use crate::call::CallError;
use crate::cell::Cell;
use crate::{Ending, Limit, Plugin, Violation};

/// How long it takes at most until a call that nobody wants any more is ended.
const BEAT: Duration = Duration::from_millis(50);

/// Ended cells without changes that stay in the record of the run. A plugin that crashes at each
/// call must not fill its host's memory.
const KEPT: usize = 100;

/// Most bytes that ended cells would write on the host. They wait in memory until the run is over: a
/// plugin that writes and crashes at each call must not fill it either.
const MAX_WAITING: u64 = 256 << 20;

/// Why a call of a session gave no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The call failed.
    #[error(transparent)]
    Call(CallError),
    /// The plugin could not be started anew.
    #[error(transparent)]
    Start(StartError),
    /// The plugin was ended for a violation before.
    #[error("the plugin was ended for a violation before, and is not started again: {0}")]
    Barred(Violation),
    /// Nothing is started any more.
    #[error(
        "the plugin is not started again: what its ended cells would change takes {} already",
        show_size(*.0)
    )]
    Full(u64),
    /// Nobody wanted the result any more.
    #[error("the call was cancelled")]
    Cancelled,
}

/// A plugin that is kept running between calls, which come one after the other. Where its cell has
/// ended, as for a limit, the next call starts another; who agreed to the first has agreed to that.
/// After a violation there is no other.
///
/// Each cell has an overlay of its own: what an ended one wrote waits among the changes of the run,
/// and the next does not see it.
#[derive(Debug)]
pub struct Session {
    host: Host,
    plugin: Plugin,
    options: StartOptions,
    exports: Vec<String>,
    /// None after it has ended.
    cell: Option<Cell>,
    violation: Option<Violation>,
    /// Ended without changes; the oldest first.
    idle: VecDeque<u32>,
    /// What the ended ones would write, bytes.
    waiting: u64,
}

impl Host {
    /// Starts a plugin for many calls.
    ///
    /// # Errors
    /// [`StartError`]; nothing runs then.
    pub fn session(&self, plugin: Plugin, options: StartOptions) -> Result<Session, StartError> {
        let cell = self.start(&plugin, &options)?;
        Ok(Session {
            host: self.clone(),
            plugin,
            options,
            exports: cell.exports().to_vec(),
            cell: Some(cell),
            violation: None,
            idle: VecDeque::new(),
            waiting: 0,
        })
    }

    /// What an ended cell would write on the host, bytes; none where it would change nothing.
    fn would_write(&self, cell: u32) -> Option<u64> {
        let starts = lock(&self.0.starts);
        let started = starts.iter().find(|started| started.number == cell)?;
        let kept = lock(&started.finished);
        let changes = &kept.as_ref()?.changes;
        let bytes = changes.changes().iter().filter_map(|change| change.after.map(|all| all.len));
        (!changes.is_empty()).then(|| bytes.sum())
    }
}

impl Session {
    /// The plugin.
    #[must_use]
    pub const fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// The methods that it exports.
    #[must_use]
    pub fn exports(&self) -> &[String] {
        &self.exports
    }

    /// Calls a method, in a new cell where the last one has ended. The call ends with `limit` at the
    /// latest, or with the plugin's own limit. It is given up, and its cell ended, as soon as it is
    /// no longer wanted.
    ///
    /// # Errors
    /// [`SessionError`].
    pub fn call(
        &mut self,
        method: &str,
        input: Value,
        limit: Duration,
        is_wanted: impl Fn() -> bool,
    ) -> Result<Value, SessionError> {
        let cell = self.running()?;
        let pending = cell.begin(method, input, limit);
        let number = cell.number();
        let result = loop {
            if let Some(result) = pending.wait_for(BEAT) {
                break result;
            }
            if !is_wanted() {
                self.retire();
                return Err(SessionError::Cancelled);
            }
            // The driver answers every call, unless the host hangs; the cell is dead by then.
            if Instant::now() > pending.last_word() {
                break Err(CallError::Ended(Ending::Limit(Limit::Time(pending.limit))));
            }
        };
        let failure = result.as_ref().err().map(call_failure);
        self.host.update(number, |started| started.failure = failure);
        if let Err(CallError::Ended(ending)) = &result {
            if let Ending::Violation(what) = ending {
                self.violation = Some(what.clone());
            }
            self.retire();
        }
        result.map_err(SessionError::Call)
    }

    /// Whether the plugin was ended for a violation; no call is answered any more then.
    #[must_use]
    pub const fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// Lets the plugin end in good order.
    pub fn stop(mut self) -> Option<Violation> {
        self.retire();
        self.violation.take()
    }

    fn running(&mut self) -> Result<&Cell, SessionError> {
        // Between calls it may have ended by itself.
        if self.cell.as_ref().is_some_and(|cell| cell.ending().is_some()) {
            self.retire();
        }
        if let Some(what) = &self.violation {
            return Err(SessionError::Barred(what.clone()));
        }
        let cell = match self.cell.take() {
            Some(cell) => cell,
            None if self.waiting > MAX_WAITING => return Err(SessionError::Full(self.waiting)),
            None => self.host.start(&self.plugin, &self.options).map_err(SessionError::Start)?,
        };
        Ok(self.cell.insert(cell))
    }

    /// Ends the cell, and keeps of it what the record of the run needs.
    fn retire(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        let number = cell.number();
        let ending = cell.stop();
        self.host.note_ending(number, &ending);
        if let Ending::Violation(what) = ending {
            self.violation = Some(what);
        }
        match self.host.would_write(number) {
            Some(bytes) => self.waiting += bytes,
            None => self.idle.push_back(number),
        }
        if self.idle.len() > KEPT
            && let Some(oldest) = self.idle.pop_front()
        {
            self.host.forget(oldest);
        }
    }
}
