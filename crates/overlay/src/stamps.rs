//! What the plugin has read of the host's files, so that it does not write over what it never saw.
//!
//! A plugin reads a file, a person saves it, the plugin writes what it made of the old content. If
//! only the moment of writing counted, the person's work would be gone without a word.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aether_path::VirtualPath;

use crate::sys::Meta;
use crate::upper::cost;

/// Most memory for this, in bytes. A plugin that reads a million files would else take as much of
/// the host's memory as its quota allows, for files that it never writes.
const MAX_BYTES: u64 = 4 << 20;

/// By how much the clock of a file system can be late: it is set by the timer's interrupt, which
/// comes a hundred times a second at the least.
const CLOCK_LAG: Duration = Duration::from_millis(20);

/// The state in which each file was read.
///
/// It takes what the quota has left, and gives way to what the plugin writes.
#[derive(Debug)]
pub(crate) struct Stamps {
    /// Seconds and nanoseconds since the epoch: what changed before was never seen otherwise.
    began: (i64, u32),
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// `None` for a file that was read in pieces of different states.
    stamps: BTreeMap<VirtualPath, Option<Stamp>>,
    bytes: u64,
    /// Whether a file may have been read that is not among these.
    incomplete: bool,
}

/// What tells one state of a file from another. No program can set back the time of the last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    len: u64,
    modified: (i64, u32),
    changed: (i64, u32),
}

impl Stamp {
    fn of(meta: &Meta) -> Self {
        let Meta { device, inode, len, modified, changed, .. } = *meta;
        Self { device, inode, len, modified, changed }
    }
}

impl Stamps {
    pub(crate) fn new() -> Self {
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let began = began.saturating_sub(CLOCK_LAG);
        let seconds = i64::try_from(began.as_secs()).unwrap_or(i64::MAX);
        Self { began: (seconds, began.subsec_nanos()), known: Mutex::default() }
    }

    /// A piece of a file was read. One from the beginning means that it is read anew; any other has
    /// to be of the same state as the one before. `room` is what the quota has left, in bytes.
    pub(crate) fn note(&self, path: &VirtualPath, meta: &Meta, offset: u64, room: u64) {
        let stamp = Some(Stamp::of(meta));
        let mut known = self.lock();
        if let Some(before) = known.stamps.get_mut(path) {
            if offset == 0 {
                *before = stamp;
            } else if *before != stamp {
                *before = None;
            }
            return;
        }
        // What came before may have been read, and not be remembered.
        if !(known.incomplete && offset > 0) {
            known.insert(path, stamp, room);
        }
    }

    /// What the plugin knows of a file is of no state that the host has or had.
    pub(crate) fn confuse(&self, path: &VirtualPath, room: u64) {
        self.lock().insert(path, None, room);
    }

    /// Whether a file is as the plugin read it, or was never read. Where that is not known, one that
    /// changed since the beginning is not.
    pub(crate) fn allow(&self, path: &VirtualPath, meta: &Meta) -> bool {
        let known = self.lock();
        match known.stamps.get(path) {
            Some(stamp) => *stamp == Some(Stamp::of(meta)),
            None => !known.incomplete || meta.changed < self.began,
        }
    }

    /// Makes way for what is written: forgets everything if it takes more than `room` bytes.
    pub(crate) fn fit(&self, room: u64) {
        let mut known = self.lock();
        if known.bytes > room {
            *known = Known { incomplete: true, ..Known::default() };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn insert(&mut self, path: &VirtualPath, stamp: Option<Stamp>, room: u64) {
        let bytes = self.bytes.saturating_add(cost(path, 0).bytes);
        if self.stamps.contains_key(path) {
            self.stamps.insert(path.clone(), stamp);
        } else if bytes <= room.min(MAX_BYTES) {
            self.stamps.insert(path.clone(), stamp);
            self.bytes = bytes;
        } else {
            self.incomplete = true;
        }
    }
}
