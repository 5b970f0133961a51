//! Work that waits, on threads of its own, and never too much of it.

use std::sync::Arc;

use aether::Canceller;
use hyper::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::refusal::Refusal;
use crate::settings::{CALLS, STREAMS, WORK};

/// How much may be under way, by kind, so that none of them keeps the others out.
#[derive(Debug)]
pub(super) struct Desks {
    calls: Arc<Semaphore>,
    work: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    /// One report at a time: making it reads the whole audit log.
    reports: Arc<Semaphore>,
}

impl Default for Desks {
    fn default() -> Self {
        let of = |many| Arc::new(Semaphore::new(many));
        Self { calls: of(CALLS), work: of(WORK), streams: of(STREAMS), reports: of(1) }
    }
}

impl Desks {
    /// A place for a call.
    pub(super) fn call(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        place(&self.calls, "calls")
    }

    /// A place for a reader of events.
    pub(super) fn stream(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        place(&self.streams, "readers of events")
    }

    /// Does something that waits for the disk or for a cell. It is done to its end, whether somebody
    /// waits for it or not.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        act: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        on_thread(place(&self.work, "orders")?, act).await
    }

    /// Makes a report, once it is its turn.
    pub(super) async fn report<T: Send + 'static>(
        &self,
        act: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = Arc::clone(&self.reports).acquire_owned().await;
        on_thread(turn.map_err(|_| Refusal::busy("reports"))?, act).await
    }
}

/// The same with a place that is held until it is done.
pub(super) async fn on_thread<T: Send + 'static>(
    place: OwnedSemaphorePermit,
    act: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    let work = move || {
        let done = act();
        drop(place);
        done
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| {
        let message = "this went wrong inside the host";
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    })
}

fn place(desk: &Arc<Semaphore>, of: &str) -> Result<OwnedSemaphorePermit, Refusal> {
    Arc::clone(desk).try_acquire_owned().map_err(|_| Refusal::busy(of))
}

/// Cancels a call when nobody waits for it any more.
pub(super) struct HangUp(Option<Canceller>);

impl HangUp {
    pub(super) const fn of(canceller: Canceller) -> Self {
        Self(Some(canceller))
    }

    /// It has been answered.
    pub(super) fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for HangUp {
    fn drop(&mut self) {
        if let Some(canceller) = &self.0 {
            canceller.cancel();
        }
    }
}
