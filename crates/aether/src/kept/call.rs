//! A call of a kept plugin.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::plugin::KeptPlugin;
use super::restarts::Trial;
use crate::call::{CallError, Canceller, PendingCall};
use crate::cell::Cell;
use crate::pieces::Pieces;

/// A call of a kept plugin under way. Dropped, it goes on, and nobody learns of its result.
#[derive(Debug)]
pub struct KeptCall<'k> {
    pub(super) kept: &'k KeptPlugin,
    pub(super) cell: Arc<Cell>,
    pub(super) call: PendingCall,
    pub(super) ticket: Ticket<'k>,
}

impl KeptCall<'_> {
    /// The number of the cell that was called.
    #[must_use]
    pub fn cell(&self) -> u32 {
        self.cell.number()
    }

    /// Waits for the result, as [`PendingCall::wait`] does.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn wait(self) -> Result<Value, CallError> {
        let Self { kept, cell, call, ticket } = self;
        let result = call.wait();
        kept.learn(&cell, &result, ticket.trial);
        result
    }

    /// The same, but cancels the call at a time, and waits for what it is answered then.
    pub(crate) fn wait_until(self, until: Instant) -> Result<Value, CallError> {
        match self.call.wait_for(until.saturating_duration_since(Instant::now())) {
            Some(result) => {
                self.kept.learn(&self.cell, &result, self.ticket.trial);
                result
            }
            None => {
                self.cancel();
                self.wait()
            }
        }
    }

    /// Cancels the call: see [`PendingCall::cancel`].
    pub fn cancel(&self) {
        self.call.cancel();
    }

    /// What cancels the call from elsewhere.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.call.canceller()
    }
}

/// A call of a kept plugin whose result comes in pieces: an iterator over them, as
/// [`Pieces`](crate::Pieces) is. Dropped, it goes on without anybody who takes anything.
#[derive(Debug)]
pub struct KeptPieces<'k> {
    pub(super) kept: &'k KeptPlugin,
    pub(super) cell: Arc<Cell>,
    pub(super) pieces: Pieces,
    pub(super) ticket: Ticket<'k>,
}

impl KeptPieces<'_> {
    /// The number of the cell that was called.
    #[must_use]
    pub fn cell(&self) -> u32 {
        self.cell.number()
    }

    /// What the method returned behind its pieces; those that were not taken are dropped.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn finish(self) -> Result<Value, CallError> {
        let Self { kept, cell, pieces, ticket } = self;
        let result = pieces.finish();
        kept.learn(&cell, &result, ticket.trial);
        result
    }

    /// What cancels the call from elsewhere.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.pieces.canceller()
    }
}

impl Iterator for KeptPieces<'_> {
    type Item = Value;

    /// Waits for the next piece; nothing once the call has ended.
    fn next(&mut self) -> Option<Value> {
        self.pieces.next()
    }
}

/// That a call was let through. A trial that nobody waits for, or that told nothing, gives way to
/// the next one when this is dropped.
#[derive(Debug)]
pub(super) struct Ticket<'k> {
    pub(super) kept: &'k KeptPlugin,
    pub(super) trial: Option<Trial>,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if let Some(trial) = self.trial {
            self.kept.release(trial);
        }
    }
}
