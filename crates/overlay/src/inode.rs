//! The files of the upper tree, apart from their names.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aether_path::VirtualPath;

use crate::paged::Paged;
use crate::pool::Pool;
use crate::sys::Meta;

/// Names a file of [`Inodes`], and never another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct InodeId(u64);

impl InodeId {
    /// As it is told; below 2^52.
    pub(crate) const fn number(self) -> u64 {
        self.0 & ((1 << 52) - 1)
    }
}

/// A file, which has any number of names and of handles, and goes with the last of them.
#[derive(Debug)]
pub(crate) struct Inode {
    pub(crate) content: Content,
    pub(crate) mode: Mode,
    pub(crate) modified: Time,
    names: u32,
    handles: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Shared with changesets taken meanwhile, and copied on the next write then.
    Kept(Arc<Paged>),
    /// Still that of a file of the host.
    Origin { from: VirtualPath, len: u64 },
}

/// What a file may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Whatever the host's user gives new files.
    New { executable: bool },
    /// These permission bits: the host's file had them, or the plugin set them.
    Known(u32),
}

/// When something was last modified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time {
    /// Milliseconds since the epoch.
    pub(crate) at: i64,
    /// Whether the plugin said so, so that it is kept.
    pub(crate) set: bool,
}

/// The permission bits of a new folder, as far as the host's user lets them be.
pub(crate) const NEW_FOLDER: u32 = 0o755;

impl Mode {
    pub(crate) const NEW: Self = Self::New { executable: false };

    /// The permission bits, as far as the host's user lets them be.
    pub(crate) fn bits(self) -> u32 {
        match self {
            Self::New { executable: false } => 0o644,
            Self::New { executable: true } => 0o755,
            Self::Known(mode) => mode,
        }
    }

    pub(crate) fn known(self) -> Option<u32> {
        match self {
            Self::New { .. } => None,
            Self::Known(mode) => Some(mode),
        }
    }
}

impl Inode {
    pub(crate) fn new(content: Content, mode: Mode, modified: Time) -> Self {
        Self { content, mode, modified, names: 0, handles: 0 }
    }

    /// A file that is still as the host has it.
    pub(crate) fn of_host(path: &VirtualPath, meta: &Meta) -> Self {
        let content = Content::Origin { from: path.clone(), len: meta.len };
        Self::new(content, Mode::Known(meta.permissions()), Time::of(meta))
    }

    pub(crate) fn names(&self) -> u32 {
        self.names
    }

    /// What it counts for, beside its names.
    pub(crate) fn bytes(&self) -> u64 {
        match &self.content {
            Content::Kept(content) => content.len(),
            Content::Origin { .. } => 0,
        }
    }

    fn held(&self) -> u64 {
        match &self.content {
            Content::Kept(content) => content.held(),
            Content::Origin { .. } => 0,
        }
    }
}

impl Content {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Kept(content) => content.len(),
            Self::Origin { len, .. } => *len,
        }
    }
}

impl Time {
    pub(crate) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { at: i64::try_from(since.as_millis()).unwrap_or(i64::MAX), set: false }
    }

    pub(crate) fn of(meta: &Meta) -> Self {
        Self { at: meta.modified_ms(), set: false }
    }

    pub(crate) fn if_set(self) -> Option<i64> {
        self.set.then_some(self.at)
    }
}

/// The table of files.
#[derive(Debug)]
pub(crate) struct Inodes {
    table: BTreeMap<InodeId, Inode>,
    next: u64,
    pool: Pool,
}

impl Inodes {
    pub(crate) fn new(pool: Pool) -> Self {
        Self { table: BTreeMap::new(), next: 0, pool }
    }

    pub(crate) fn get(&self, id: InodeId) -> Option<&Inode> {
        self.table.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: InodeId) -> Option<&mut Inode> {
        self.table.get_mut(&id)
    }

    /// A file without a name or handle so far.
    pub(crate) fn add(&mut self, inode: Inode) -> InodeId {
        let id = InodeId(self.next);
        self.next += 1;
        self.table.insert(id, inode);
        id
    }

    pub(crate) fn add_name(&mut self, id: InodeId) {
        if let Some(inode) = self.table.get_mut(&id) {
            inode.names += 1;
        }
    }

    pub(crate) fn drop_name(&mut self, id: InodeId) {
        if let Some(inode) = self.table.get_mut(&id) {
            inode.names = inode.names.saturating_sub(1);
        }
        self.drop_unused(id);
    }

    pub(crate) fn add_handle(&mut self, id: InodeId) {
        if let Some(inode) = self.table.get_mut(&id) {
            inode.handles += 1;
        }
    }

    pub(crate) fn drop_handle(&mut self, id: InodeId) {
        if let Some(inode) = self.table.get_mut(&id) {
            inode.handles = inode.handles.saturating_sub(1);
        }
        self.drop_unused(id);
    }

    fn drop_unused(&mut self, id: InodeId) {
        let unused = |inode: &&Inode| inode.names == 0 && inode.handles == 0;
        if self.table.get(&id).filter(unused).is_some()
            && let Some(Inode { content: Content::Kept(content), .. }) = self.table.remove(&id)
        {
            content.release(&mut self.pool);
        }
    }

    /// What a file counts for; nothing once it is gone.
    pub(crate) fn bytes(&self, id: InodeId) -> u64 {
        self.get(id).map(Inode::bytes).unwrap_or_default()
    }

    /// What would be free without one of a file's names.
    pub(crate) fn bytes_of_name(&self, id: InodeId) -> u64 {
        let last = |inode: &&Inode| inode.names == 1 && inode.handles == 0;
        self.get(id).filter(last).map(Inode::bytes).unwrap_or_default()
    }

    /// Lets a content come into being. It is counted from then on: it must become that of a file.
    pub(crate) fn keep<T>(&mut self, make: impl FnOnce(&mut Pool) -> T) -> T {
        make(&mut self.pool)
    }

    pub(crate) fn set_content(&mut self, id: InodeId, content: Paged) {
        let content = Arc::new(content);
        let Some(inode) = self.table.get_mut(&id) else {
            content.release(&mut self.pool);
            return;
        };
        if let Content::Kept(old) = std::mem::replace(&mut inode.content, Content::Kept(content)) {
            old.release(&mut self.pool);
        }
    }

    /// Changes a content that is kept.
    pub(crate) fn change(
        &mut self,
        id: InodeId,
        change: impl FnOnce(&mut Paged, &mut Pool) -> io::Result<()>,
    ) -> io::Result<()> {
        match self.table.get_mut(&id) {
            Some(Inode { content: Content::Kept(content), .. }) => {
                change(Arc::make_mut(content), &mut self.pool)
            }
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Sees to it that so many bytes more can be in memory, as far as that is possible at all. What
    /// takes most of it goes first.
    pub(crate) fn make_room(&mut self, coming: u64) -> io::Result<()> {
        if self.pool.excess(coming) == 0 {
            return Ok(());
        }
        // Some more than is needed, so that not every write looks through all files.
        let coming = coming.saturating_add(self.pool.limit() / 4);
        let mut held: Vec<(u64, InodeId)> =
            self.table.iter().map(|(id, inode)| (inode.held(), *id)).collect();
        held.sort_unstable();
        while let (excess @ 1.., Some((_, id))) = (self.pool.excess(coming), held.pop()) {
            if let Some(Inode { content: Content::Kept(content), .. }) = self.table.get_mut(&id) {
                Arc::make_mut(content).spill(excess, &mut self.pool)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_goes_to_disk_first_and_what_is_gone_takes_nothing() {
        let mut inodes = Inodes::new(Pool::new(100_000, std::env::temp_dir()));
        let mut add = |len: usize| {
            let content = inodes.keep(|pool| Paged::of(vec![1; len], pool)).unwrap();
            let content = Content::Kept(Arc::new(content));
            let id = inodes.add(Inode::new(content, Mode::NEW, Time::now()));
            inodes.add_name(id);
            id
        };
        let files = [20_000, 50_000, 10_000, 15_000].map(&mut add);
        let held = |inodes: &Inodes| files.map(|id| inodes.get(id).map_or(0, Inode::held));
        inodes.make_room(5000).unwrap();
        assert_eq!(held(&inodes), [20_000, 50_000, 10_000, 15_000], "there is room");
        // Some more than is needed goes at once.
        inodes.make_room(5001).unwrap();
        assert_eq!(held(&inodes), [20_000, 0, 10_000, 15_000]);
        inodes.make_room(u64::MAX).unwrap();
        assert_eq!(held(&inodes), [0; 4]);
        for id in files {
            inodes.drop_name(id);
        }
        assert_eq!(inodes.keep(|pool| pool.held()), 0);
        assert!(inodes.table.is_empty());
    }
}
