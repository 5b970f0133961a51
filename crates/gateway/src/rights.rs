//! The grant, asked.

use std::sync::Arc;

use aether_path::VirtualPath;
use aether_policy::grant::{Allowed, Denial, Grant};

/// What a file call needs to be allowed to do with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Read its content.
    Read,
    /// Create, change, remove it.
    Write,
    /// Know what it is and how large, and list those of its entries that may be looked at too.
    Look,
}

/// A grant, with the door's own combinations of its questions.
#[derive(Clone, Debug)]
pub(crate) struct Rights(pub(crate) Arc<Grant>);

/// What one change of files may reach.
pub(crate) struct Reach<'a> {
    pub(crate) rights: &'a Rights,
    /// Whether it is made on disk at once.
    pub(crate) is_direct: bool,
}

impl Reach<'_> {
    /// Whether it may change what stands there: granted, and in the same way as the rest of it.
    pub(crate) fn changes(&self, path: &VirtualPath) -> bool {
        self.rights.writes(path) && self.rights.0.is_direct(path) == self.is_direct
    }
}

impl Rights {
    /// Whether the right is there, and by which line.
    pub(crate) fn path(&self, path: &VirtualPath, right: Right) -> Result<Allowed, Denial> {
        match right {
            Right::Read => self.0.may_read(path),
            Right::Write => self.0.may_write(path),
            Right::Look => self.0.may_list(path),
        }
    }

    pub(crate) fn reads(&self, path: &VirtualPath) -> bool {
        self.0.may_read(path).is_ok()
    }

    pub(crate) fn writes(&self, path: &VirtualPath) -> bool {
        self.0.may_write(path).is_ok()
    }

    /// Whether an entry shows up in a listing.
    pub(crate) fn shows(&self, path: &VirtualPath) -> bool {
        self.0.shows(path)
    }
}
