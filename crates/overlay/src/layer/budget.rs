//! How much of a layer is read.

use std::ffi::OsString;

use super::LeftOutReason;
use crate::config::{Quota, Usage};
use crate::fingerprint::HashBudget;
use crate::sys::{Meta, Names};
use crate::upper::cost;
use aether_path::VirtualPath;

/// What an entry may cost in memory on average, in bytes, path included. Thirty times what usual
/// trees take; without it, as many entries as allowed with the longest of paths would take sixteen
/// times as much.
const MEAN_ENTRY_BYTES: u64 = 1024;

/// What is left of each limit.
#[derive(Debug)]
pub(crate) struct Budget {
    /// [`Quota::entries`], to be named.
    limit: u64,
    /// Things still to be looked at, in layers and in host folders that go.
    entries: u64,
    /// Memory for entries, in bytes.
    memory: u64,
    /// Bytes of contents still to be kept.
    kept: u64,
    /// Bytes of files still to be compared with the host's. Counted apart from what is kept: a
    /// program that touches a file and one that writes it use the layer alike.
    compared: u64,
    pub(crate) hashes: HashBudget,
}

impl Budget {
    pub(crate) fn new(quota: Quota) -> Self {
        Self {
            limit: quota.entries,
            entries: quota.entries,
            memory: quota.entries.saturating_mul(MEAN_ENTRY_BYTES),
            kept: quota.bytes,
            compared: quota.bytes,
            hashes: HashBudget::of(quota.bytes),
        }
    }

    /// One for what lies among copies: these are looked at and compared too, and count for nothing.
    pub(crate) fn among(quota: Quota, copies: Usage) -> Self {
        let mut budget = Self::new(quota);
        budget.entries = budget.entries.saturating_add(copies.entries);
        budget.compared = budget.compared.saturating_add(copies.bytes);
        budget
    }

    /// How many names of a folder are worth listing.
    pub(crate) fn names(&self) -> usize {
        usize::try_from(self.entries).unwrap_or(usize::MAX)
    }

    /// Takes what a listing brought; an incomplete one takes all that is left, so that a layer of
    /// nothing but huge folders is not listed again and again.
    pub(crate) fn take_names(&mut self, count: usize, complete: bool) -> Result<(), LeftOutReason> {
        if !complete {
            self.entries = 0;
            return Err(self.too_many());
        }
        self.entries = self.entries.saturating_sub(count as u64);
        Ok(())
    }

    /// Lists a folder, as far as it is worth it: `list` is told how many names that is.
    pub(crate) fn list(
        &mut self,
        list: impl FnOnce(usize) -> Result<Names, LeftOutReason>,
    ) -> Result<Vec<(OsString, Meta)>, LeftOutReason> {
        let listed = list(self.names())?;
        self.take_names(listed.names.len(), listed.complete)?;
        Ok(listed.names)
    }

    /// Takes what recording one path costs.
    pub(crate) fn take_path(&mut self, path: &VirtualPath) -> Result<(), LeftOutReason> {
        let left = self.memory.checked_sub(cost(path, 0).bytes);
        self.memory = left.ok_or(self.too_many())?;
        Ok(())
    }

    /// The same of a symlink, whose target may be as long as a path.
    pub(crate) fn take_link(
        &mut self,
        path: &VirtualPath,
        target: &str,
    ) -> Result<(), LeftOutReason> {
        let left = self.memory.checked_sub(cost(path, target.len() as u64).bytes);
        self.memory = left.ok_or(self.too_many())?;
        Ok(())
    }

    /// Takes what keeping a content costs.
    pub(crate) fn take_kept(&mut self, len: u64) -> Result<(), LeftOutReason> {
        self.kept = self.kept.checked_sub(len).ok_or(LeftOutReason::TooLong { len })?;
        Ok(())
    }

    /// Takes what comparing a content costs.
    pub(crate) fn take_compared(&mut self, len: u64) -> Result<(), LeftOutReason> {
        self.compared = self.compared.checked_sub(len).ok_or(LeftOutReason::TooLong { len })?;
        Ok(())
    }

    pub(crate) fn too_many(&self) -> LeftOutReason {
        LeftOutReason::TooMany { limit: self.limit }
    }
}
