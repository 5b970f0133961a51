//! What the plugin has written: the tree in memory that lies over the host's folders.

mod files;
mod touched;

pub(crate) use self::touched::Touched;

use std::collections::BTreeMap;

use aether_path::VirtualPath;

use crate::config::{Quota, Usage};
use crate::error::{Problem, QuotaKind};
use crate::fingerprint::Fingerprint;
use crate::inode::{InodeId, Inodes, Time};
use crate::pool::Pool;

/// What each entry is taken to cost beside its content and path: the maps' nodes and the file
/// itself, generously. Empty files are not free: without this, a plugin could fill the host's
/// memory with them.
const ENTRY_BYTES: u64 = 512;

/// One entry of the upper tree.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// Nothing is here, whatever the host has.
    Whiteout,
    /// A folder made by the plugin; the host's folder of that name, if any, is hidden.
    Folder {
        /// Permission bits; `None` while they are those of a new folder.
        mode: Option<u32>,
        modified: Time,
    },
    File {
        inode: InodeId,
        /// The host's file that this name descends from: its own path while it was only changed,
        /// another one once it was renamed.
        origin: Option<VirtualPath>,
    },
    Symlink {
        target: String,
        /// The host's symlink that was moved here; `None` for one that the plugin made.
        origin: Option<VirtualPath>,
    },
}

/// What the host had at a path when the plugin first changed it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Base {
    /// Permission bits; `None` where the host need not have it.
    Folder {
        mode: Option<u32>,
    },
    File {
        fingerprint: Fingerprint,
        mode: u32,
    },
    Symlink {
        fingerprint: Fingerprint,
    },
}

/// The tree, the record of what it hides, and the account of what both cost.
///
/// Entries lie below entries that are folders, here or on the host; nothing lies below a whiteout.
#[derive(Debug)]
pub(crate) struct Upper {
    /// Entries by their folder and name.
    folders: BTreeMap<VirtualPath, BTreeMap<String, Node>>,
    inodes: Inodes,
    /// Files that were opened where they are still the host's.
    opened: BTreeMap<VirtualPath, InodeId>,
    touched: BTreeMap<VirtualPath, Touched>,
    bases: BTreeMap<VirtualPath, Base>,
    used: Usage,
    quota: Quota,
}

impl Upper {
    pub(crate) fn new(quota: Quota, pool: Pool) -> Self {
        Self {
            folders: BTreeMap::new(),
            inodes: Inodes::new(pool),
            opened: BTreeMap::new(),
            touched: BTreeMap::new(),
            bases: BTreeMap::new(),
            used: Usage::default(),
            quota,
        }
    }

    pub(crate) fn used(&self) -> Usage {
        self.used
    }

    /// Bytes that are left of the quota.
    pub(crate) fn left(&self) -> u64 {
        self.quota.bytes.saturating_sub(self.used.bytes)
    }

    pub(crate) fn quota(&self) -> Quota {
        self.quota
    }

    pub(crate) fn get(&self, path: &VirtualPath) -> Option<&Node> {
        self.folders.get(&path.parent()?)?.get(path.file_name()?)
    }

    pub(crate) fn base(&self, path: &VirtualPath) -> Option<&Base> {
        self.bases.get(path)
    }

    pub(crate) fn bases(&self) -> impl Iterator<Item = (&VirtualPath, &Base)> {
        self.bases.iter()
    }

    /// The entries directly in a folder.
    pub(crate) fn children(&self, folder: &VirtualPath) -> impl Iterator<Item = (&str, &Node)> {
        self.folders.get(folder).into_iter().flatten().map(|(name, node)| (name.as_str(), node))
    }

    /// All entries, in the order of their folders.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (VirtualPath, &Node)> {
        self.folders.iter().flat_map(|(folder, names)| {
            names.iter().filter_map(|(name, node)| Some((folder.join(name).ok()?, node)))
        })
    }

    /// Whether what is visible at a path is what the host has there.
    pub(crate) fn is_open(&self, path: &VirtualPath) -> bool {
        self.get(path).is_none() && self.above(path).is_none()
    }

    /// Whether anything stands here at a path, below it or on the way to it.
    pub(crate) fn holds(&self, path: &VirtualPath) -> bool {
        self.get(path).is_some()
            || self.above(path).is_some()
            || is_below(&self.folders, path)
            || is_below(&self.touched, path)
    }

    /// The entry among a path's folders, outermost first, that decides what is below it.
    pub(crate) fn above(&self, path: &VirtualPath) -> Option<&Node> {
        if self.folders.is_empty() {
            return None;
        }
        let mut decisive = None;
        let mut folder = VirtualPath::root();
        let mut names = path.components().peekable();
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                break;
            }
            if let Some(node) = self.folders.get(&folder).and_then(|names| names.get(name)) {
                decisive = Some(node);
                if !matches!(node, Node::Folder { .. }) {
                    break;
                }
            }
            folder = folder.join(name).ok()?;
        }
        decisive
    }

    /// Whether the host's entry at a path is out of sight because of what lies above it.
    pub(crate) fn hides_below(&self, path: &VirtualPath) -> bool {
        self.above(path).is_some()
    }

    /// Fails when `need` does not fit once `freed` is given back.
    pub(crate) fn room(&self, need: Usage, freed: Usage) -> Result<(), Problem> {
        let fits = |used: u64, freed: u64, need: u64, limit: u64| {
            used.saturating_sub(freed).saturating_add(need) <= limit
        };
        if !fits(self.used.bytes, freed.bytes, need.bytes, self.quota.bytes) {
            return Err(Problem::QuotaExceeded { kind: QuotaKind::Bytes, limit: self.quota.bytes });
        }
        if !fits(self.used.entries, freed.entries, need.entries, self.quota.entries) {
            return Err(Problem::QuotaExceeded {
                kind: QuotaKind::Entries,
                limit: self.quota.entries,
            });
        }
        Ok(())
    }

    /// What would be free without the entry at a path: a file's content only with its last name.
    pub(crate) fn cost_at(&self, path: &VirtualPath) -> Usage {
        let Some(node) = self.get(path) else { return Usage::default() };
        let content = match node {
            Node::File { inode, .. } => self.inodes.bytes_of_name(*inode),
            _ => 0,
        };
        add(entry_cost(path, node), Usage { bytes: content, entries: 0 })
    }

    /// The same without the content, for an entry that is moved.
    pub(crate) fn entry_cost_at(&self, path: &VirtualPath) -> Usage {
        self.get(path).map(|node| entry_cost(path, node)).unwrap_or_default()
    }

    /// What recording the base of a path would cost: nothing if it is recorded already.
    pub(crate) fn base_cost(&self, path: &VirtualPath) -> Usage {
        if self.bases.contains_key(path) { Usage::default() } else { cost(path, 0) }
    }

    /// Puts an entry in place of any there. The caller has made sure that there is room.
    pub(crate) fn put(&mut self, path: &VirtualPath, node: Node) {
        // First, so that a file that gets its own name again is not gone in between.
        if let Node::File { inode, .. } = node {
            self.inodes.add_name(inode);
        }
        self.place(path, node);
    }

    /// The same with an entry that was lifted from elsewhere.
    pub(crate) fn place(&mut self, path: &VirtualPath, node: Node) {
        self.take(path);
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
        self.charge(entry_cost(path, &node));
        self.folders.entry(folder).or_default().insert(name.to_owned(), node);
    }

    /// Takes an entry out, leaving what is below it.
    pub(crate) fn take(&mut self, path: &VirtualPath) {
        if let Some(node) = self.lift(path) {
            self.drop_node(&node);
        }
    }

    /// The same, of an entry that is to be placed elsewhere.
    pub(crate) fn lift(&mut self, path: &VirtualPath) -> Option<Node> {
        let folder = path.parent()?;
        let names = self.folders.get_mut(&folder)?;
        let node = names.remove(path.file_name()?)?;
        if names.is_empty() {
            self.folders.remove(&folder);
        }
        self.give_back(entry_cost(path, &node));
        Some(node)
    }

    /// Takes out an entry and everything below it. What was opened there is of no path then.
    pub(crate) fn take_tree(&mut self, path: &VirtualPath) {
        self.take(path);
        for folder in below(&self.folders, path) {
            for (name, node) in self.folders.remove(&folder).unwrap_or_default() {
                if let Ok(path) = folder.join(&name) {
                    self.give_back(entry_cost(&path, &node));
                    self.drop_node(&node);
                }
            }
        }
        for opened in below(&self.opened, path) {
            self.opened.remove(&opened);
        }
        for touched in below(&self.touched, path) {
            self.untouch(&touched);
        }
    }

    fn drop_node(&mut self, node: &Node) {
        if let Node::File { inode, .. } = node {
            self.counting(*inode, |inodes| inodes.drop_name(*inode));
        }
    }

    /// Records what the host had at a path, unless that was done before.
    pub(crate) fn record(&mut self, path: &VirtualPath, base: Base) {
        if !self.bases.contains_key(path) {
            self.charge(cost(path, 0));
            self.bases.insert(path.clone(), base);
        }
    }

    /// The entry at a path, to set something on it.
    pub(crate) fn get_mut(&mut self, path: &VirtualPath) -> Option<&mut Node> {
        self.folders.get_mut(&path.parent()?)?.get_mut(path.file_name()?)
    }

    /// Uses up room for good, or until it is given back.
    pub(crate) fn charge(&mut self, cost: Usage) {
        self.used.bytes = self.used.bytes.saturating_add(cost.bytes);
        self.used.entries = self.used.entries.saturating_add(cost.entries);
    }

    pub(crate) fn give_back(&mut self, cost: Usage) {
        self.used.bytes = self.used.bytes.saturating_sub(cost.bytes);
        self.used.entries = self.used.entries.saturating_sub(cost.entries);
    }
}

/// The keys at and below a path.
fn below<T>(map: &BTreeMap<VirtualPath, T>, path: &VirtualPath) -> Vec<VirtualPath> {
    let from = map.range(path.clone()..).map(|(key, _)| key);
    from.take_while(|key| key.starts_with(path)).cloned().collect()
}

/// Whether there is a key at a path or below it.
fn is_below<T>(map: &BTreeMap<VirtualPath, T>, path: &VirtualPath) -> bool {
    map.range(path.clone()..).next().is_some_and(|(key, _)| key.starts_with(path))
}

/// What an entry with so much content costs.
pub(crate) fn cost(path: &VirtualPath, content: u64) -> Usage {
    let bytes = ENTRY_BYTES.saturating_add(path.as_str().len() as u64).saturating_add(content);
    Usage { bytes, entries: 1 }
}

/// What an entry costs, without the content of a file, which other names may share.
pub(crate) fn entry_cost(path: &VirtualPath, node: &Node) -> Usage {
    match node {
        Node::Symlink { target, .. } => cost(path, target.len() as u64),
        Node::File { .. } | Node::Folder { .. } | Node::Whiteout => cost(path, 0),
    }
}

pub(crate) fn add(a: Usage, b: Usage) -> Usage {
    Usage { bytes: a.bytes.saturating_add(b.bytes), entries: a.entries.saturating_add(b.entries) }
}
