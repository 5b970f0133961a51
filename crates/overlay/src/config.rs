//! What an overlay is made of.

use std::path::{Path, PathBuf};

use aether_path::VirtualPath;

use crate::blob::MAX_KEPT_IN_MEMORY;

/// What [`Overlay::new`](crate::Overlay::new) needs.
#[derive(Clone, Debug)]
pub struct OverlayConfig {
    /// The host folders and files the virtual tree consists of. A path belongs to the mount with
    /// the longest prefix; folders leading to mounts exist; nothing else does.
    pub mounts: Vec<Mount>,
    /// How much the plugin may change.
    pub quota: Quota,
    /// How host paths are resolved.
    pub resolution: Resolution,
    /// Most bytes of written content in memory. What is beyond goes to a private file without a name
    /// in the system's folder for temporary files, that of the largest files first.
    pub kept_in_memory: u64,
}

impl Default for OverlayConfig {
    /// Nothing mounted, the default quota, and [`MAX_KEPT_IN_MEMORY`].
    fn default() -> Self {
        Self {
            mounts: Vec::new(),
            quota: Quota::default(),
            resolution: Resolution::default(),
            kept_in_memory: MAX_KEPT_IN_MEMORY,
        }
    }
}

/// A host folder or file, and where it stands in the virtual tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Its place in the virtual tree.
    pub at: VirtualPath,
    /// Its absolute path on the host. No component may be a symlink: a path that a plugin or an
    /// unpacked archive had a hand in must not lead elsewhere. A caller that trusts a path
    /// canonicalises it first.
    pub host: PathBuf,
    /// What stands there while the host has nothing.
    pub absent: Absent,
}

impl Mount {
    /// A mount that is an empty folder while the host has nothing there.
    pub fn folder(at: VirtualPath, host: impl Into<PathBuf>) -> Self {
        Self { at, host: host.into(), absent: Absent::Folder }
    }

    /// A mount that does not exist, but may be created, while the host has nothing there.
    pub fn file(at: VirtualPath, host: impl Into<PathBuf>) -> Self {
        Self { at, host: host.into(), absent: Absent::Nothing }
    }

    /// Where one of its paths is on the host.
    pub(crate) fn host_of(&self, path: &VirtualPath) -> PathBuf {
        host_below(&self.host, path.strip_prefix(&self.at).unwrap_or_default())
    }
}

/// The host path of what is below a mount; of the mount itself where that is nothing.
pub(crate) fn host_below(host: &Path, below: &str) -> PathBuf {
    if below.is_empty() { host.to_owned() } else { host.join(below) }
}

/// What stands at a mount while the host has nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// An empty folder, which comes to exist on the host with the first thing written into it.
    Folder,
    /// Nothing; the plugin may create a file or folder there.
    Nothing,
}

/// How much a plugin may change. Writes go to the host's memory and, beyond
/// [`OverlayConfig::kept_in_memory`], to its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of written content, plus an estimate of what each entry costs. A hole counts as what it
    /// stands for; a content counts once, however many names it has, until the last name and handle
    /// are gone.
    pub bytes: u64,
    /// Files and folders created, changed or removed, each thing of a removed or renamed folder
    /// counted.
    pub entries: u64,
}

impl Default for Quota {
    /// 64 MiB, the default of a manifest's `disk`, and 16 384 entries.
    fn default() -> Self {
        Self { bytes: 64 << 20, entries: 16_384 }
    }
}

/// How much of a [`Quota`] is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes, as in [`Quota::bytes`].
    pub bytes: u64,
    /// Entries, as in [`Quota::entries`].
    pub entries: u64,
}

/// How host paths are resolved; both ways follow no symlink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resolution {
    /// By the kernel in one step where it can (`openat2`), otherwise as [`Resolution::Walk`].
    #[default]
    Auto,
    /// Component by component. For old kernels, and for filters that hide `openat2`.
    Walk,
}
