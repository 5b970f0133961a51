//! Reviews that wait for an answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aether_installed::Review;

use crate::{Error, lock};

/// Reviews that wait at a time; the oldest gives way. Each holds its plugin's bytes.
const MAX_TICKETS: usize = 16;

/// Bytes that they hold together at most, apart from the newest.
const MAX_BYTES: u64 = 256 << 20;

#[derive(Debug, Default)]
pub(crate) struct Tickets(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    last: u64,
    reviews: BTreeMap<u64, Ticket>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) review: Arc<Review>,
    /// Whether it is of an update that waits in the library.
    pub(crate) waits: bool,
}

impl Tickets {
    pub(crate) fn add(&self, review: Review, waits: bool) -> (u64, Arc<Review>) {
        let review = Arc::new(review);
        let mut waiting = lock(&self.0);
        waiting.last += 1;
        let number = waiting.last;
        waiting.reviews.insert(number, Ticket { review: Arc::clone(&review), waits });
        while waiting.reviews.len() > MAX_TICKETS
            || waiting.reviews.len() > 1 && waiting.bytes() > MAX_BYTES
        {
            waiting.reviews.pop_first();
        }
        (number, review)
    }

    pub(crate) fn get(&self, number: u64) -> Result<Ticket, Error> {
        lock(&self.0).reviews.get(&number).cloned().ok_or_else(|| {
            Error::new("no-ticket", format!("there is no review {number} any more"))
                .fix("review the plugin again")
        })
    }

    pub(crate) fn remove(&self, number: u64) -> bool {
        lock(&self.0).reviews.remove(&number).is_some()
    }
}

impl Waiting {
    fn bytes(&self) -> u64 {
        let files =
            self.reviews.values().flat_map(|ticket| ticket.review.bundle().files().values());
        files.map(|content| content.len() as u64).sum()
    }
}
