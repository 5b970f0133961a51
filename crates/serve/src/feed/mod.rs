//! What happens in the host, kept for a while for whoever reads along.

mod event;
mod ring;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether::Event;
use tokio::sync::watch;

use ring::Ring;

pub(crate) use ring::Next;

/// The events of a host. A copy is the same feed. Made before the host, whose listener calls
/// [`Feed::tell`].
#[derive(Clone, Debug)]
pub struct Feed(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ring: Mutex<Ring>,
    /// The cells that were begun, as far as they are on record still.
    begun: Mutex<BTreeSet<u32>>,
    /// The number of the newest event.
    newest: watch::Sender<u64>,
}

impl Default for Feed {
    fn default() -> Self {
        let newest = watch::Sender::new(0);
        Self(Arc::new(Inner { ring: Mutex::default(), begun: Mutex::default(), newest }))
    }
}

impl Feed {
    /// Takes an event in. Quick, as a listener must be.
    pub fn tell(&self, event: &Event) {
        if let Event::Starting { cell, .. } = event {
            lock(&self.0.begun).insert(*cell);
        }
        let (kind, text) = event::written(event);
        let number = lock(&self.0.ring).push(kind, text);
        self.0.newest.send_if_modified(|newest| {
            let is_news = number > *newest;
            *newest = number.max(*newest);
            is_news
        });
    }

    /// What comes after an event of this number.
    pub(crate) fn after(&self, number: u64) -> Next {
        lock(&self.0.ring).after(number)
    }

    /// The number of the newest event; changes whenever there is another.
    pub(crate) fn newest(&self) -> watch::Receiver<u64> {
        self.0.newest.subscribe()
    }

    /// The cells that were begun.
    pub(crate) fn begun(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        lock(&self.0.begun)
    }
}

/// What is in these is whole at every moment; a panic elsewhere leaves it usable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
