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
    modified: (i64, u32),
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
        Self { kind, inode: meta.inode, len: meta.len, modified: meta.modified }
    }

    /// Whether it is the same thing, whatever was written to it since.
    pub(super) fn is_thing(&self, meta: &Meta) -> bool {
        let other = Self::of(meta);
        (self.kind, self.inode) == (other.kind, other.inode)
    }

    /// Whether it is the same thing with the same content; of a folder, with whatever is in it.
    pub(super) fn is(&self, meta: &Meta) -> bool {
        self.is_thing(meta) && (self.kind == MarkKind::Folder || *self == Self::of(meta))
    }
}
