//! What a program did that a changeset does not hold.

use std::ffi::OsStr;

use aether_path::VirtualPath;

use crate::error::{HostProblem, SpecialKind};
use crate::mounts::escape_name;
use crate::overlay::MAX_DEPTH;
use crate::pool::SpillError;

/// How many things that were left out are named; the rest is counted. A plugin can make a million
/// pipes.
pub const MAX_LEFT_OUT: usize = 1000;

/// A thing that a program made, changed or removed and that is not, or not wholly, in the changeset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Where, in the virtual tree. Bytes of a name that are not UTF-8 stand as `\xE9`, so this need
    /// not be a path that can be used. The plugin chose it: it is to be escaped before it is shown.
    pub path: String,
    /// Why.
    pub reason: LeftOutReason,
}

impl LeftOut {
    /// Whether the thing itself is in the changeset, and only something about it is not.
    pub fn is_partial(&self) -> bool {
        matches!(self.reason, LeftOutReason::Mode { .. } | LeftOutReason::Attributes)
    }
}

/// Why something is not in a changeset. What is left out leaves the host as it is at that path, even
/// if it would have taken the place of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum LeftOutReason {
    /// A named pipe, a socket or a device. Changesets hold files, folders and symlinks.
    #[error("is a {0}")]
    Special(SpecialKind),
    /// A new symlink, or one with another target, that does not certainly stay in its mount: it is
    /// absolute, climbs out, has a `..` behind a name, or leads over a symlink of the host that
    /// does. It would lead programs of the host to where the plugin wants. Or a symlink in the place
    /// of a single file.
    #[error("is a symlink that could lead out of its folder")]
    Symlink,
    /// No virtual path names it.
    #[error("has a name that is not UTF-8")]
    NotUtf8,
    /// More than [`MAX_DEPTH`](crate::MAX_DEPTH) components, or a longer path than there can be.
    /// What is below is left out too.
    #[error("path too deep or too long")]
    TooDeep,
    /// Holds more bytes than are left of the quota. What was written within the quota always fits,
    /// so that most of it is a hole.
    #[error("is {len} bytes long, which is beyond the disk limit")]
    TooLong {
        /// Its length in bytes.
        len: u64,
    },
    /// More files and folders than the quota allows. What is below a folder is left out too.
    #[error("beyond the limit of {limit} changed files and folders")]
    TooMany {
        /// [`Quota::entries`](crate::Quota::entries).
        limit: u64,
    },
    /// It changed while it was read: something of the plugin is still alive.
    #[error("changed while it was read")]
    ChangedMeanwhile,
    /// It cannot be read. A program can take even its owner's rights to a file.
    #[error("cannot be read: {0}")]
    Unreadable(HostProblem),
    /// The host has no room for it: it is too much for memory, and cannot be put into a temporary
    /// file.
    #[error("the host cannot keep it: {0}")]
    Unkept(HostProblem),
    /// Its content stands elsewhere. Layers made as this crate expects them hold no such thing.
    #[error("its content is not in the layer")]
    Elsewhere,
    /// The host has a named pipe, a socket or a device there, which is never touched.
    #[error("the host has a {0} there")]
    HostSpecial(SpecialKind),
    /// The host has something there, or in it, of which a staging tree has no copy: the program was
    /// not shown it, and so cannot replace or remove it.
    #[error("the host has something there that the program was not shown")]
    NotShown,
    /// A folder that leads to another grant stays one.
    #[error("the top of a granted folder can be neither removed nor replaced")]
    MountPoint,
    /// Only some of its permissions: no more people may write to something, and nothing runs as
    /// somebody else, because a plugin says so.
    #[error("its permissions {mode:04o} are not all kept")]
    Mode {
        /// The permission bits that the program gave it.
        mode: u32,
    },
    /// Only its extended attributes, access list or capabilities.
    #[error("its extended attributes are not kept")]
    Attributes,
}

impl From<SpillError> for LeftOutReason {
    fn from(SpillError(error): SpillError) -> Self {
        Self::Unkept(HostProblem::from(&error))
    }
}

/// The list, which ends somewhere.
#[derive(Debug, Default)]
pub(crate) struct LeftOuts {
    pub(crate) named: Vec<LeftOut>,
    pub(crate) unnamed: u64,
}

impl LeftOuts {
    pub(crate) fn add(&mut self, path: impl Into<String>, reason: LeftOutReason) {
        if self.named.len() < MAX_LEFT_OUT {
            self.named.push(LeftOut { path: path.into(), reason });
        } else {
            self.unnamed = self.unnamed.saturating_add(1);
        }
    }

    /// The path of a name in a folder; what has none is left out.
    pub(crate) fn path_of(&mut self, folder: &VirtualPath, name: &OsStr) -> Option<VirtualPath> {
        let reason = match name.to_str() {
            None => LeftOutReason::NotUtf8,
            Some(_) if folder.components().count() >= MAX_DEPTH => LeftOutReason::TooDeep,
            Some(name) => match folder.join(name) {
                Ok(path) => return Some(path),
                Err(_) => LeftOutReason::TooDeep,
            },
        };
        let slash = if folder.is_root() { "" } else { "/" };
        self.add(format!("{folder}{slash}{}", escape_name(name)), reason);
        None
    }
}
