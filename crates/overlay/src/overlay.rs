//! The overlay itself: what is visible at a path.

use aether_path::VirtualPath;

use crate::config::{OverlayConfig, Quota, Usage};
use crate::error::{Error, Problem, SetupError};
use crate::handle::Handles;
use crate::mounts::{Lower, Mounts};
use crate::pool::Pool;
use crate::stamps::Stamps;
use crate::sys::HostKind;
use crate::upper::{Node, Upper};

/// Deepest path that can be used, in components. Resolving costs the square of it when symlinks
/// are on the way, so a path of two thousand one-letter folders would be an attack on the host.
pub const MAX_DEPTH: usize = 128;

/// A virtual file tree over host folders, with changes kept in memory.
///
/// `Send` and `Sync`; reading takes `&self` and writing `&mut self`, so a `Mutex` or `RwLock` around
/// it is all that sharing needs. Reads of host files block on the host's disk.
///
/// Every operation but [`resolve`](Self::resolve) works on a [`Resolved`](crate::Resolved) path.
/// Should a symlink appear on a resolved path meanwhile, the operation fails; it is not followed.
///
/// What the host itself has put into a granted folder by hard link or bind mount is part of it: no
/// resolution can tell that it also stands elsewhere.
#[derive(Debug)]
pub struct Overlay {
    pub(crate) mounts: Mounts,
    pub(crate) upper: Upper,
    pub(crate) stamps: Stamps,
    pub(crate) handles: Handles,
}

/// What is visible at a path.
#[derive(Debug)]
pub(crate) enum Seen<'a> {
    /// Never a whiteout.
    Upper(&'a Node),
    Lower(Lower),
}

impl Seen<'_> {
    pub(crate) fn kind(&self) -> HostKind {
        match self {
            Self::Upper(Node::File { .. }) => HostKind::File,
            Self::Upper(Node::Symlink { .. }) => HostKind::Symlink,
            Self::Upper(Node::Folder { .. } | Node::Whiteout) => HostKind::Folder,
            Self::Lower(lower) => lower.kind(),
        }
    }
}

impl Overlay {
    /// Opens the mounts. The host is not touched further, and nothing is written to it ever, save
    /// by [`apply`](crate::apply) and [`write_through`](Self::write_through).
    pub fn new(config: OverlayConfig) -> Result<Self, SetupError> {
        let mounts = Mounts::open(config.mounts, config.resolution)?;
        Ok(Self::over(mounts, config.quota, config.kept_in_memory))
    }

    pub(crate) fn over(mounts: Mounts, quota: Quota, kept_in_memory: u64) -> Self {
        let pool = Pool::new(kept_in_memory, std::env::temp_dir());
        Self {
            mounts,
            upper: Upper::new(quota, pool),
            stamps: Stamps::new(),
            handles: Handles::default(),
        }
    }

    /// How much of the quota is used.
    pub fn usage(&self) -> Usage {
        self.upper.used()
    }

    /// Fails when `need` does not fit into the quota once `freed` is given back. What was remembered
    /// of files that were read makes way for it.
    pub(crate) fn room(&self, need: Usage, freed: Usage) -> Result<(), Problem> {
        self.upper.room(need, freed)?;
        let left = self.upper.left().saturating_add(freed.bytes).saturating_sub(need.bytes);
        self.stamps.fit(left);
        Ok(())
    }

    /// What is visible at a path whose folders are not symlinks.
    pub(crate) fn look(&self, path: &VirtualPath) -> Result<Seen<'_>, Error> {
        let above = self.upper.above(path);
        match above {
            Some(Node::Whiteout) => return Err(Problem::NotFound.at(path)),
            Some(Node::File { .. }) => return Err(Problem::NotFolder.at(path)),
            Some(Node::Symlink { .. }) => return Err(Problem::LinkInTheWay.at(path)),
            Some(Node::Folder { .. }) | None => {}
        }
        match self.upper.get(path) {
            Some(Node::Whiteout) => Err(Problem::NotFound.at(path)),
            Some(node) => Ok(Seen::Upper(node)),
            None if above.is_some() => Err(Problem::NotFound.at(path)),
            None => self.mounts.look(path).map(Seen::Lower),
        }
    }

    /// The same, with nothing there as `None`.
    pub(crate) fn look_for(&self, path: &VirtualPath) -> Result<Option<Seen<'_>>, Error> {
        match self.look(path) {
            Ok(seen) => Ok(Some(seen)),
            Err(Error { problem: Problem::NotFound, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Fails unless something new can be put at a path: its folder exists and a mount holds it.
    pub(crate) fn check_folder_of(&self, path: &VirtualPath) -> Result<(), Error> {
        if self.mounts.find(path).is_none() {
            return Err(Problem::OutsideMounts.at(path));
        }
        let Some(folder) = path.parent() else { return Ok(()) };
        match self.look(&folder)?.kind() {
            HostKind::Folder => Ok(()),
            HostKind::Symlink => Err(Problem::LinkInTheWay.at(&folder)),
            HostKind::File | HostKind::Special(_) => Err(Problem::NotFolder.at(&folder)),
        }
    }
}
