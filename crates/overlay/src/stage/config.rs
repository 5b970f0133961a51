//! What a staging tree is made of, and why it cannot be made.

use std::path::PathBuf;

use aether_path::VirtualPath;

use crate::config::{Mount, Quota, Resolution};
use crate::error::{HostProblem, QuotaKind, SetupError};

/// What [`Stage::lay`](crate::Stage::lay) needs.
#[derive(Clone, Debug, Default)]
pub struct StageConfig {
    /// The places of one program. They may lie within each other, in the virtual tree and in the
    /// staging tree: what another place stands at is neither copied nor read by the one around it.
    pub places: Vec<StagedPlace>,
    /// Most that is copied, of all places together: bytes of content, and files and folders looked
    /// at.
    pub copied: Quota,
    /// How paths are resolved.
    pub resolution: Resolution,
}

/// A granted folder or file, and where it is laid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedPlace {
    /// Where it stands in the virtual tree, and on the host. It is a single file if nothing stands
    /// there while the host has nothing ([`Absent::Nothing`](crate::Absent::Nothing)).
    pub mount: Mount,
    /// What is laid.
    pub kind: StageKind,
    /// Where: of a folder one that is there and empty but for other places, of a single file a file
    /// that is there and empty. The caller has made it, with the rights that the program is to have.
    /// No component may be a symlink, as in [`Mount::host`].
    pub into: PathBuf,
}

/// How a place is laid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageKind {
    /// Copied, to be read. What becomes of it is not looked at.
    Shown,
    /// Copied. What becomes of it is read back.
    Copied,
    /// Empty at first, whatever the host has there. What comes to be in it is read back.
    Blank,
}

/// A staging tree that could not be laid. It names host paths: for the host's people, not for
/// plugins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StageError {
    /// A granted folder, or where it is to be laid, cannot be used.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// What was granted as a folder is none.
    #[error("{at} is not a folder")]
    NotFolder {
        /// Where it stands.
        at: VirtualPath,
    },
    /// What was granted as a single file is none.
    #[error("{at} is not a file")]
    NotFile {
        /// Where it stands.
        at: VirtualPath,
    },
    /// What a place is to be laid into is not there, or not of its kind.
    #[error("cannot lay {at} into `{}`, which is not of its kind", into.display())]
    Into {
        /// The place.
        at: VirtualPath,
        /// Where it was to be laid.
        into: PathBuf,
    },
    /// The host does not let a granted folder be listed.
    #[error("cannot copy {at}: {problem}")]
    Unread {
        /// The folder.
        at: VirtualPath,
        /// Why not.
        problem: HostProblem,
    },
    /// A copy cannot be made.
    #[error("cannot make a copy of {at}: {problem}")]
    Unlaid {
        /// What was to be copied.
        at: VirtualPath,
        /// Why not.
        problem: HostProblem,
    },
    /// The places hold more than [`StageConfig::copied`] allows.
    #[error("more than {} would have to be copied, with {at}", amount(*kind, *limit))]
    TooMuch {
        /// The file or folder with which it was too much.
        at: VirtualPath,
        /// Which part of the quota.
        kind: QuotaKind,
        /// Its limit.
        limit: u64,
    },
}

/// A limit as people read it.
fn amount(kind: QuotaKind, limit: u64) -> String {
    match kind {
        QuotaKind::Bytes if limit >= 1 << 20 => format!("{} MB", limit >> 20),
        QuotaKind::Bytes => format!("{limit} bytes"),
        QuotaKind::Entries => format!("{limit} files and folders"),
    }
}
