//! How much memory contents take together, and the pages that they consist of.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::spill::{Slot, Spill};

/// Bytes of a page: what is copied when a content that a changeset holds too is written to, and
/// what goes to the file at once.
pub(crate) const PAGE: usize = 64 << 10;

pub(crate) static ZEROS: [u8; PAGE] = [0; PAGE];

/// How much memory contents may take together, and where the rest goes.
#[derive(Debug)]
pub(crate) struct Pool {
    limit: u64,
    /// Bytes in memory now.
    held: u64,
    spill: Arc<Spill>,
}

impl Pool {
    pub(crate) fn new(limit: u64, folder: impl Into<PathBuf>) -> Self {
        Self { limit, held: 0, spill: Arc::new(Spill::new(folder.into())) }
    }

    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Bytes that have to leave memory for so many to come, as far as that is possible at all.
    pub(crate) fn excess(&self, coming: u64) -> u64 {
        self.held.saturating_add(coming.min(self.limit)).saturating_sub(self.limit)
    }

    /// Bytes in memory now.
    #[cfg(test)]
    pub(crate) fn held(&self) -> u64 {
        self.held
    }

    /// Takes a page out of memory, if it is there. Gives the bytes that are free then.
    pub(crate) fn spill(&mut self, page: &mut Page) -> io::Result<u64> {
        let held = page.held();
        if let Page::Memory(content) = page {
            *page = Page::Spilled(Arc::new(Slot::new(&self.spill, content)?));
            self.hold(0, held);
        }
        Ok(held as u64)
    }

    pub(crate) fn hold(&mut self, more: usize, less: usize) {
        self.held = self.held.saturating_add(more as u64).saturating_sub(less as u64);
    }

    /// A page with these bytes, in memory if there is room; none if they are all zeros.
    pub(crate) fn page(&mut self, mut bytes: Vec<u8>) -> io::Result<Option<Page>> {
        if ZEROS.starts_with(&bytes) {
            return Ok(None);
        }
        if self.held.saturating_add(bytes.len() as u64) > self.limit {
            return Ok(Some(Page::Spilled(Arc::new(Slot::new(&self.spill, &bytes)?))));
        }
        // What was reserved beyond the content is not counted.
        bytes.shrink_to_fit();
        self.hold(bytes.len(), 0);
        Ok(Some(Page::Memory(Arc::new(bytes))))
    }
}

/// At most [`PAGE`] bytes. What a page lacks at its end is zeros, and so is a page that there is not.
/// Shared with changesets taken meanwhile, and copied on the next write then.
#[derive(Clone, Debug)]
pub(crate) enum Page {
    Memory(Arc<Vec<u8>>),
    Spilled(Arc<Slot>),
}

impl Page {
    pub(crate) fn bytes(&self) -> io::Result<Cow<'_, [u8]>> {
        match self {
            Self::Memory(bytes) => Ok(Cow::Borrowed(bytes)),
            Self::Spilled(slot) => slot.read().map(Cow::Owned),
        }
    }

    pub(crate) fn held(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::Spilled(_) => 0,
        }
    }
}

/// What is too much for memory could not be written to a file.
#[derive(Debug)]
pub(crate) struct SpillError(pub(crate) io::Error);
