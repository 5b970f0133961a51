//! How much may wait.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a message counts for beside its bytes, so that there are not too many empty ones.
const OVERHEAD: usize = 256;

/// Room for the bytes of messages that wait. One message always has room, when nothing else waits.
#[derive(Clone)]
pub(super) struct Budget {
    room: Arc<Semaphore>,
    bytes: usize,
}

/// Room that is taken up, until it is dropped.
pub(super) type Share = OwnedSemaphorePermit;

impl Budget {
    /// For so many bytes, which is as long as one message can be.
    pub(super) fn new(bytes: usize) -> Self {
        Budget { room: Arc::new(Semaphore::new(bytes)), bytes }
    }

    /// Room for a message, if there is any now.
    pub(super) fn try_take(&self, length: usize) -> Option<Share> {
        Arc::clone(&self.room).try_acquire_many_owned(self.cost(length)).ok()
    }

    /// Room for a message, once there is some; nothing when none is needed any more.
    pub(super) async fn take(&self, length: usize) -> Option<Share> {
        Arc::clone(&self.room).acquire_many_owned(self.cost(length)).await.ok()
    }

    /// Nobody takes room any more.
    pub(super) fn close(&self) {
        self.room.close();
    }

    /// How long a message can be.
    pub(super) fn longest(&self) -> usize {
        self.bytes
    }

    fn cost(&self, length: usize) -> u32 {
        let cost = length.saturating_add(OVERHEAD).min(self.bytes);
        // The limit of messages is far below it.
        u32::try_from(cost).unwrap_or(u32::MAX)
    }
}
