//! A result in pieces.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use serde_json::Value;

use crate::call::{CallError, Canceller, PendingCall};
use crate::driver::Piece;

/// A call under way whose result comes in pieces: an iterator over them, and behind them what the
/// method returned.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # aether::init();
/// # let host = aether::Host::builder().build()?;
/// # let cell = host.start(&host.load("plugins/search")?, &aether::StartOptions::default())?;
/// use std::time::Duration;
///
/// let mut found = cell.stream("search", serde_json::json!("x"), Duration::from_secs(60));
/// for piece in &mut found {
///     println!("{piece}");
/// }
/// let returned = found.finish()?;
/// # Ok(())
/// # }
/// ```
///
/// Dropped, it goes on without anybody who takes anything: the pieces that wait count as taken, and the
/// plugin is told with its next one that nobody wants it.
pub struct Pieces {
    pending: PendingCall,
    pieces: Receiver<Piece>,
}

impl Pieces {
    pub(crate) const fn new(pending: PendingCall, pieces: Receiver<Piece>) -> Self {
        Self { pending, pieces }
    }

    /// What the method returned behind its pieces; those that were not taken are dropped.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn finish(mut self) -> Result<Value, CallError> {
        for _ in &mut self {}
        self.pending.wait()
    }

    /// Asks the plugin to stop, as [`PendingCall::cancel`] does.
    pub fn cancel(&self) {
        self.pending.cancel();
    }

    /// What cancels the call from elsewhere.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.pending.canceller()
    }
}

impl Iterator for Pieces {
    type Item = Value;

    /// Waits for the next piece; nothing once the call has ended.
    fn next(&mut self) -> Option<Value> {
        loop {
            let left = self.pending.last_word().saturating_duration_since(Instant::now());
            match self.pieces.recv_timeout(left) {
                Ok(piece) => return Some(piece.take()),
                Err(RecvTimeoutError::Disconnected) => return None,
                // It may have been given more time meanwhile.
                Err(RecvTimeoutError::Timeout) if Instant::now() < self.pending.last_word() => {}
                Err(RecvTimeoutError::Timeout) => return None,
            }
        }
    }
}

impl std::fmt::Debug for Pieces {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pieces").field("pending", &self.pending).finish_non_exhaustive()
    }
}
