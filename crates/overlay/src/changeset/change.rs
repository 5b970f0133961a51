//! The changes and what they consist of.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use aether_path::VirtualPath;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::blob::Blob;
use crate::config::Mount;
use crate::fingerprint::{ContentHash, Fingerprint};

/// What a plugin would change on the host, with the contents it wrote.
///
/// It is a picture of one moment: what is written to the overlay later is not in it. Changes are
/// ordered by path; where one thing takes the place of another of a different kind, the removal
/// comes first.
#[derive(Clone, Debug)]
pub struct Changeset {
    pub(crate) mounts: Vec<Mount>,
    pub(crate) changes: Vec<Change>,
    pub(crate) contents: Contents,
}

/// Written contents by their hash.
pub(crate) type Contents = BTreeMap<ContentHash, Blob>;

impl Changeset {
    /// The changes.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What keeping it takes in memory, about, in bytes: what it would write, and one KiB for each change,
    /// without which many small ones would count for nothing.
    pub fn in_memory(&self) -> u64 {
        let bytes =
            self.changes.iter().map(|change| change.after.as_ref().map_or(0, |after| after.len));
        bytes.fold(0, |sum: u64, bytes| sum.saturating_add(bytes).saturating_add(1 << 10))
    }

    /// The content a change would write; `None` where it writes none.
    pub fn content_of(&self, change: &Change) -> Option<&Blob> {
        let after = change.after.as_ref()?;
        self.contents.get(&after.content)
    }
}

/// Contents are the same that have the same hash, wherever they are kept.
impl PartialEq for Changeset {
    fn eq(&self, other: &Self) -> bool {
        self.mounts == other.mounts
            && self.changes == other.changes
            && self.contents.keys().eq(other.contents.keys())
    }
}

/// One thing that would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Where, in the virtual tree.
    #[serde(with = "virtual_path")]
    pub path: VirtualPath,
    /// Where, on the host. Not stored: it follows from the mounts.
    #[serde(skip)]
    pub host: PathBuf,
    /// What happens there.
    pub kind: ChangeKind,
    /// What was there; for something renamed, what it was at its old path.
    pub before: Option<Fingerprint>,
    /// The content written. `None` for folders and symlinks, for what is removed, and for what is
    /// renamed or given other permissions with its content unchanged.
    pub after: Option<After>,
    /// Its permissions, where they change or are set; `None` where they stay those of what was
    /// there, or are the usual ones of something new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Modes>,
    /// When it was last modified, in milliseconds since the epoch, where the plugin set that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<i64>,
    /// Whether it is a file that can be executed, by everyone who may read it if it is new.
    pub executable: bool,
    /// Whether a file that was there becomes executable, or ceases to be, perhaps beside a change
    /// of its content.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable_changes: bool,
    /// Whether a name on the way to it, within what was granted, begins with a dot.
    pub dotfile: bool,
    /// Whether it is a symlink, itself and not what it leads to.
    pub symlink: bool,
    /// Whether it is a symlink that leads elsewhere from its new place, though within its mount.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retargeted: bool,
}

/// What happens at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ChangeKind {
    /// A new file.
    Added,
    /// A file with other content, and perhaps other permissions.
    Modified,
    /// A file or symlink goes.
    Deleted,
    /// A host file or symlink comes from another path, perhaps with other content.
    Renamed {
        /// Its old path.
        #[serde(with = "virtual_path")]
        from: VirtualPath,
        /// The file that it replaces.
        replaces: Option<Fingerprint>,
    },
    /// A new folder.
    FolderAdded,
    /// A folder goes.
    FolderRemoved,
    /// A new symlink, which stays within its mount.
    LinkAdded {
        /// What it leads to, relative to its own folder. The plugin chose it.
        target: String,
    },
    /// Only the permissions of a file or folder change, and perhaps its time of modification.
    ModeChanged,
    /// Only the time of modification of a file or folder changes.
    TimeChanged,
}

impl ChangeKind {
    /// One word for it, as it stands in an audit log.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Modified => "modified",
            Self::Deleted => "deleted",
            Self::Renamed { .. } => "renamed",
            Self::FolderAdded => "folder-added",
            Self::FolderRemoved => "folder-removed",
            Self::LinkAdded { .. } => "link-added",
            Self::ModeChanged => "mode-changed",
            Self::TimeChanged => "time-changed",
        }
    }

    /// Whether something goes and nothing takes its place.
    pub(crate) fn is_removal(&self) -> bool {
        matches!(self, Self::Deleted | Self::FolderRemoved)
    }
}

impl Change {
    /// Every path this is about, as plugins name it: of what is moved, where it came from too.
    pub fn paths(&self) -> impl Iterator<Item = &VirtualPath> {
        let from = match &self.kind {
            ChangeKind::Renamed { from, .. } => Some(from),
            _ => None,
        };
        from.into_iter().chain([&self.path])
    }

    /// What there is to record of it beside kind and path, by name: where it came from, where it leads to,
    /// and how its mode changed.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let place = match &self.kind {
            ChangeKind::Renamed { from, .. } => Some(("from", from.to_string())),
            ChangeKind::LinkAdded { target } => Some(("to", target.clone())),
            _ => None,
        };
        let mode = self.mode.as_ref().map(|mode| ("mode", mode.to_string()));
        place.into_iter().chain(mode).collect()
    }

    /// Whether no content changes, and nothing comes or goes.
    pub(crate) fn keeps_content(&self) -> bool {
        matches!(self.kind, ChangeKind::ModeChanged | ChangeKind::TimeChanged)
    }

    /// Whether it is about a folder.
    pub fn is_folder(&self) -> bool {
        match self.kind {
            ChangeKind::FolderAdded | ChangeKind::FolderRemoved => true,
            // Of a file, what it was is known.
            ChangeKind::ModeChanged | ChangeKind::TimeChanged => self.before.is_none(),
            _ => false,
        }
    }
}

/// Permission bits, as in `0o644`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modes {
    /// Those of what was there; `None` for something new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<u32>,
    /// Those that it gets.
    pub new: u32,
}

/// As in `0644→0755`, or `0600` for something new.
impl fmt::Display for Modes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(old) = self.old {
            write!(formatter, "{old:04o}→")?;
        }
        write!(formatter, "{:04o}", self.new)
    }
}

/// Content as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// Length in bytes.
    pub len: u64,
    /// Its hash.
    pub content: ContentHash,
}

/// Virtual paths as text.
mod virtual_path {
    use super::{Deserialize, Deserializer, Serializer, VirtualPath};

    pub(super) fn serialize<S: Serializer>(
        path: &VirtualPath,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(path.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<VirtualPath, D::Error> {
        let text = String::deserialize(deserializer)?;
        VirtualPath::parse(&text).map_err(serde::de::Error::custom)
    }
}
