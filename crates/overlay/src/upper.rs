//! What the plugin has written: the tree in memory that lies over the host's folders.

use std::collections::BTreeMap;
use std::sync::Arc;

use aether_path::VirtualPath;

use crate::blob::Spilled;
use crate::config::{Quota, Usage};
use crate::error::{Problem, QuotaKind};
use crate::fingerprint::Fingerprint;

/// What each entry is taken to cost beside its content and path: the maps' nodes and the node
/// itself, generously. Empty files are not free: without this, a plugin could fill the host's
/// memory with them.
const ENTRY_BYTES: u64 = 256;

/// One entry of the upper tree.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// Nothing is here, whatever the host has.
    Whiteout,
    /// A folder made by the plugin; the host's folder of that name, if any, is hidden.
    Folder {
        modified: i64,
    },
    File(FileNode),
    /// A symlink of the host that was moved here. Plugins cannot make symlinks.
    Symlink {
        target: String,
        origin: VirtualPath,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct FileNode {
    pub(crate) content: Content,
    /// The host's file it descends from: its own path while it was only changed, another one once
    /// it was renamed.
    pub(crate) origin: Option<VirtualPath>,
    pub(crate) executable: bool,
    /// Milliseconds since the epoch.
    pub(crate) modified: i64,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Shared with changesets taken meanwhile, and copied on the next write then.
    Memory(Arc<Vec<u8>>),
    /// Too much for memory; read from a layer.
    Spilled(Spilled),
    /// Still that of the host's file it descends from.
    Origin { len: u64 },
}

impl Content {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Spilled(spilled) => spilled.len,
            Self::Origin { len } => *len,
        }
    }
}

/// What the host had at a path when the plugin first changed it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Base {
    Folder,
    File { fingerprint: Fingerprint, executable: bool },
    Symlink { fingerprint: Fingerprint },
}

/// The tree, the record of what it hides, and the account of what both cost.
///
/// Entries lie below entries that are folders, here or on the host; nothing lies below a whiteout.
#[derive(Debug)]
pub(crate) struct Upper {
    /// Entries by their folder and name.
    folders: BTreeMap<VirtualPath, BTreeMap<String, Node>>,
    bases: BTreeMap<VirtualPath, Base>,
    used: Usage,
    quota: Quota,
}

impl Upper {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { folders: BTreeMap::new(), bases: BTreeMap::new(), used: Usage::default(), quota }
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

    /// What the entry at a path costs now.
    pub(crate) fn cost_at(&self, path: &VirtualPath) -> Usage {
        self.get(path).map(|node| cost(path, node_bytes(node))).unwrap_or_default()
    }

    /// What recording the base of a path would cost: nothing if it is recorded already.
    pub(crate) fn base_cost(&self, path: &VirtualPath) -> Usage {
        if self.bases.contains_key(path) { Usage::default() } else { cost(path, 0) }
    }

    /// Puts an entry in place of any there. The caller has made sure that there is room.
    pub(crate) fn put(&mut self, path: &VirtualPath, node: Node) {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
        self.take(path);
        self.charge(cost(path, node_bytes(&node)));
        self.folders.entry(folder).or_default().insert(name.to_owned(), node);
    }

    /// Takes an entry out, leaving what is below it.
    pub(crate) fn take(&mut self, path: &VirtualPath) -> Option<Node> {
        let folder = path.parent()?;
        let names = self.folders.get_mut(&folder)?;
        let node = names.remove(path.file_name()?)?;
        if names.is_empty() {
            self.folders.remove(&folder);
        }
        self.give_back(cost(path, node_bytes(&node)));
        Some(node)
    }

    /// Takes out an entry and everything below it.
    pub(crate) fn take_tree(&mut self, path: &VirtualPath) {
        self.take(path);
        let folders = self.folders.range(path.clone()..).map(|(folder, _)| folder);
        let below: Vec<VirtualPath> =
            folders.take_while(|folder| folder.starts_with(path)).cloned().collect();
        for folder in below {
            for (name, node) in self.folders.remove(&folder).unwrap_or_default() {
                if let Ok(path) = folder.join(&name) {
                    self.give_back(cost(&path, node_bytes(&node)));
                }
            }
        }
    }

    /// Records what the host had at a path, unless that was done before.
    pub(crate) fn record(&mut self, path: &VirtualPath, base: Base) {
        if !self.bases.contains_key(path) {
            self.charge(cost(path, 0));
            self.bases.insert(path.clone(), base);
        }
    }

    /// Uses up room for good.
    pub(crate) fn spend(&mut self, cost: Usage) {
        self.charge(cost);
    }

    fn charge(&mut self, cost: Usage) {
        self.used.bytes = self.used.bytes.saturating_add(cost.bytes);
        self.used.entries = self.used.entries.saturating_add(cost.entries);
    }

    fn give_back(&mut self, cost: Usage) {
        self.used.bytes = self.used.bytes.saturating_sub(cost.bytes);
        self.used.entries = self.used.entries.saturating_sub(cost.entries);
    }
}

/// What an entry with so much content costs.
pub(crate) fn cost(path: &VirtualPath, content: u64) -> Usage {
    let bytes = ENTRY_BYTES.saturating_add(path.as_str().len() as u64).saturating_add(content);
    Usage { bytes, entries: 1 }
}

pub(crate) fn add(a: Usage, b: Usage) -> Usage {
    Usage { bytes: a.bytes.saturating_add(b.bytes), entries: a.entries.saturating_add(b.entries) }
}

pub(crate) fn node_bytes(node: &Node) -> u64 {
    match node {
        Node::File(FileNode { content: Content::Memory(bytes), .. }) => bytes.len() as u64,
        Node::Symlink { target, .. } => target.len() as u64,
        Node::File(_) | Node::Folder { .. } | Node::Whiteout => 0,
    }
}
