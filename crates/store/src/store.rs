//! The store: what is on disk, and the changes that are not yet.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::disk::Disk;
use crate::{Quota, StoreError, StoreProblem, Usage};

/// Whose a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The plugin's name.
    pub plugin: String,
    /// The digest of its bundle.
    pub digest: String,
}

/// One plugin's keys and values.
#[derive(Debug)]
pub struct Store {
    file: PathBuf,
    disk: Disk,
    owner: Owner,
    before: Option<Owner>,
    quota: Quota,
    /// Of what is on disk, with the changes.
    usage: Usage,
    /// New values, and keys that are gone. No more than the quota allows, and the keys on disk.
    changes: BTreeMap<String, Option<String>>,
}

impl Store {
    /// Opens a store, or makes an empty one. From the next flush on it is this owner's; until then
    /// nothing is written, so that whoever asks can still [decide](Store::before) against it.
    ///
    /// # Errors
    /// [`StoreProblem::InUse`], [`StoreProblem::Foreign`], [`StoreProblem::Damaged`] or
    /// [`StoreProblem::Io`].
    pub fn open(file: &Path, owner: Owner, quota: Quota) -> Result<Self, StoreError> {
        let problem = |problem| StoreError { file: file.to_owned(), problem };
        let (disk, usage, before) = Disk::open(file).map_err(problem)?;
        let (file, changes) = (file.to_owned(), BTreeMap::new());
        Ok(Store { file, disk, owner, before, quota, usage, changes })
    }

    /// Whose it was when it was opened; nothing for a new one. The plugin of the same name is not
    /// always of the same author.
    #[must_use]
    pub const fn before(&self) -> Option<&Owner> {
        self.before.as_ref()
    }

    /// What it holds, changes included. May be above a quota that was lowered; then it only shrinks.
    #[must_use]
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// The value of a key.
    ///
    /// # Errors
    /// [`StoreProblem::Damaged`] or [`StoreProblem::Io`].
    pub fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        match self.changes.get(key) {
            Some(changed) => Ok(changed.clone()),
            None => self.disk.get(key).map_err(|problem| self.error(problem)),
        }
    }

    /// Gives a key a value.
    ///
    /// # Errors
    /// [`StoreProblem::Full`], and as [`Store::get`]. Nothing has changed then.
    pub fn set(&mut self, key: String, value: String) -> Result<(), StoreError> {
        let old = self.size(&key)?;
        let usage = self.usage.after(&key, old, Some(value.len()));
        let smaller = usage.bytes <= self.usage.bytes && usage.keys <= self.usage.keys;
        if !smaller && !usage.is_within(&self.quota) {
            return Err(self.error(StoreProblem::Full(self.quota)));
        }
        self.usage = usage;
        self.changes.insert(key, Some(value));
        Ok(())
    }

    /// Removes a key; says whether it was there.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn delete(&mut self, key: &str) -> Result<bool, StoreError> {
        let Some(old) = self.size(key)? else { return Ok(false) };
        self.usage = self.usage.after(key, Some(old), None);
        self.changes.insert(key.to_owned(), None);
        Ok(true)
    }

    /// The keys that begin with a prefix, in order.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let on_disk = self.disk.names(prefix).map_err(|problem| self.error(problem))?;
        let changed = self.changes.range(prefix.to_owned()..);
        let changed = changed.take_while(|(key, _)| key.starts_with(prefix));
        let mut names: BTreeSet<String> = on_disk.into_iter().collect();
        for (key, value) in changed {
            match value {
                Some(_) => names.insert(key.clone()),
                None => names.remove(key),
            };
        }
        Ok(names.into_iter().collect())
    }

    /// Writes the changes: all of them are on disk when this returns, or none is. Costs a wait for
    /// the disk, so call it when a call of the plugin ends, not after each change.
    ///
    /// # Errors
    /// [`StoreProblem::Damaged`] or [`StoreProblem::Io`]; the changes are kept for the next time.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let changes = self.changes.iter().map(|(key, value)| (key.as_str(), value.as_deref()));
        self.disk.write(changes, self.usage, &self.owner).map_err(|problem| self.error(problem))?;
        self.changes.clear();
        Ok(())
    }

    /// Forgets the changes since the last flush.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn revert(self) -> Result<Self, StoreError> {
        let Store { file, disk, owner, quota, .. } = self;
        drop(disk);
        Store::open(&file, owner, quota)
    }

    fn size(&self, key: &str) -> Result<Option<usize>, StoreError> {
        match self.changes.get(key) {
            Some(changed) => Ok(changed.as_ref().map(String::len)),
            None => self.disk.size(key).map_err(|problem| self.error(problem)),
        }
    }

    fn error(&self, problem: StoreProblem) -> StoreError {
        StoreError { file: self.file.clone(), problem }
    }
}
