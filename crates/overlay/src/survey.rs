//! Seeing a whole tree before it is moved or removed.

use aether_path::VirtualPath;

use crate::error::{Error, Problem, QuotaKind};
use crate::fingerprint::{ContentHash, Fingerprint, HashBudget};
use crate::mounts::Lower;
use crate::overlay::{MAX_DEPTH, Overlay, Seen};
use crate::sys::{HostFile, HostKind, name_to_bytes};
use crate::upper::Base;

/// One thing of a tree.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) path: VirtualPath,
    /// File, folder or symlink.
    pub(crate) kind: HostKind,
    /// Whether it is in memory; otherwise the host has it.
    pub(crate) upper: bool,
}

impl Overlay {
    /// Everything at and below a path, folders before what they hold.
    ///
    /// Fails on what cannot be moved or removed: special files, names that are not UTF-8, and more
    /// than the quota could take.
    pub(crate) fn survey(&self, path: &VirtualPath) -> Result<Vec<Item>, Error> {
        // Each item ends up as an entry, or was one: beyond this it cannot succeed.
        let limit = self.upper.quota().entries.saturating_mul(2);
        let mut items = Vec::new();
        let mut open = vec![path.clone()];
        while let Some(path) = open.pop() {
            // What is still open will be items too: a folder of very many names stops here.
            if (items.len() + open.len()) as u64 >= limit {
                let limit = self.upper.quota().entries;
                return Err(Problem::QuotaExceeded { kind: QuotaKind::Entries, limit }.at(&path));
            }
            let seen = self.look(&path)?;
            let (kind, upper) = (seen.kind(), matches!(seen, Seen::Upper(_)));
            match kind {
                HostKind::Special(kind) => return Err(Problem::Special(kind).at(&path)),
                HostKind::Folder => open.extend(self.children_of(&path)?),
                HostKind::File | HostKind::Symlink => {}
            }
            items.push(Item { path, kind, upper });
        }
        Ok(items)
    }

    /// The paths in a folder, last one first.
    fn children_of(&self, folder: &VirtualPath) -> Result<Vec<VirtualPath>, Error> {
        let merged = self.merge(folder)?;
        if merged.undecodable {
            return Err(Problem::NotUtf8.at(folder));
        }
        if !merged.is_complete() {
            return Err(Problem::TooLarge.at(folder));
        }
        if folder.components().count() >= MAX_DEPTH && !merged.entries.is_empty() {
            return Err(Problem::TooDeep.at(folder));
        }
        let join = |name: &String| folder.join(name).map_err(|_| Problem::TooDeep.at(folder));
        merged.entries.keys().rev().map(join).collect()
    }

    /// What the host has at each item that is still to be recorded.
    pub(crate) fn bases_of(&self, items: &[Item]) -> Result<Vec<(VirtualPath, Base)>, Error> {
        let mut budget = HashBudget::new();
        let unrecorded =
            items.iter().filter(|item| !item.upper && self.upper.base(&item.path).is_none());
        unrecorded.map(|item| Ok((item.path.clone(), self.base_of(item, &mut budget)?))).collect()
    }

    /// The base of a file, which nothing matches if the file is not as the plugin read it, or
    /// changed while its fingerprint was taken.
    pub(crate) fn file_base(
        &self,
        path: &VirtualPath,
        file: &HostFile,
        fingerprint: Fingerprint,
    ) -> Base {
        let meta = file.meta();
        let steady = file.meta_now().is_ok_and(|now| now == *meta);
        let seen = steady && self.stamps.allow(path, meta);
        let fingerprint = if seen { fingerprint } else { Fingerprint::unseen(meta) };
        Base::File { fingerprint, mode: meta.permissions() }
    }

    fn base_of(&self, item: &Item, budget: &mut HashBudget) -> Result<Base, Error> {
        let path = &item.path;
        match item.kind {
            HostKind::File => {
                let file = self.mounts.open_file(path)?;
                let fingerprint =
                    budget.fingerprint(&file).map_err(|problem| Problem::from(problem).at(path))?;
                Ok(self.file_base(path, &file, fingerprint))
            }
            HostKind::Symlink => {
                let target = self.mounts.link_target(path)?;
                let meta = match self.mounts.look(path)? {
                    Lower::Host(meta) => meta,
                    Lower::Virtual => return Err(Problem::NotFound.at(path)),
                };
                Ok(Base::Symlink {
                    fingerprint: Fingerprint::new(
                        &meta,
                        Some(ContentHash::of(name_to_bytes(&target))),
                    ),
                })
            }
            HostKind::Folder | HostKind::Special(_) => match self.mounts.look(path)? {
                Lower::Host(meta) => Ok(Base::Folder { mode: Some(meta.permissions()) }),
                Lower::Virtual => Ok(Base::Folder { mode: None }),
            },
        }
    }
}
