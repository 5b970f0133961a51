//! What something on the host was, so that it is known again, after a crash too.

use serde::{Deserialize, Serialize};

use crate::sys::{HostKind, Meta};

/// A file, folder or symlink in one state, as far as that can be told without its content.
///
/// The device is not part of it: its number may be another one after the machine has started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) kind: MarkKind,
    pub(super) inode: u64,
    len: u64,
    /// Seconds and nanoseconds since the epoch.
    pub(super) modified: (i64, u32),
    /// With the owner, what a folder is made again with that could only be removed.
    pub(super) mode: u32,
    pub(super) owner: (u32, u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum MarkKind {
    File,
    Folder,
    Symlink,
    Special,
}

impl Mark {
    pub(super) fn of(meta: &Meta) -> Self {
        let kind = match meta.kind {
            HostKind::File => MarkKind::File,
            HostKind::Folder => MarkKind::Folder,
            HostKind::Symlink => MarkKind::Symlink,
            HostKind::Special(_) => MarkKind::Special,
        };
        let Meta { inode, len, modified, mode, owner, .. } = *meta;
        Self { kind, inode, len, modified, mode, owner }
    }

    /// Whether it is the same thing, whatever was written to it since.
    pub(super) fn is_thing(&self, meta: &Meta) -> bool {
        let other = Self::of(meta);
        (self.kind, self.inode) == (other.kind, other.inode)
    }

    /// Whether it is the same thing with the same content; of a folder, with whatever is in it.
    pub(super) fn is(&self, meta: &Meta) -> bool {
        let same = (self.len, self.modified) == (meta.len, meta.modified);
        self.is_thing(meta) && (self.kind == MarkKind::Folder || same)
    }
}
