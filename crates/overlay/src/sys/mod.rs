//! The host's file system, reached beneath an opened folder and without following symlinks.
//!
//! One file per system with the same interface. A system that cannot do it refuses.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::{
    Folder, HostFile, NewFile, OPEN_FILES_STAY, Root, SYNCS_FILE_SYSTEMS, can_have_mode,
    create_private_file, create_private_folder, name_from_bytes, name_to_bytes, open_private_file,
    stands_at, sync_folder,
};

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::{
    Folder, HostFile, NewFile, OPEN_FILES_STAY, Root, SYNCS_FILE_SYSTEMS, can_have_mode,
    create_private_file, create_private_folder, name_from_bytes, name_to_bytes, open_private_file,
    stands_at, sync_folder,
};

#[cfg(not(any(target_os = "linux", windows)))]
mod refuse;
#[cfg(not(any(target_os = "linux", windows)))]
pub(crate) use refuse::{
    Folder, HostFile, NewFile, OPEN_FILES_STAY, Root, SYNCS_FILE_SYSTEMS, can_have_mode,
    create_private_file, create_private_folder, name_from_bytes, name_to_bytes, open_private_file,
    stands_at, sync_folder,
};

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::error::{HostProblem, SpecialKind};

/// What the host says of a file, without following it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) kind: HostKind,
    pub(crate) len: u64,
    /// Seconds and nanoseconds since the epoch.
    pub(crate) modified: (i64, u32),
    /// The last change of content, name or rights, which no program can set back.
    pub(crate) changed: (i64, u32),
    pub(crate) device: u64,
    pub(crate) inode: u64,
    /// Permission bits only.
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    /// How many names it has.
    pub(crate) links: u64,
    /// Whether it is the character device 0/0, by which overlayfs marks what was removed.
    pub(crate) whiteout: bool,
}

impl Meta {
    pub(crate) fn executable(&self) -> bool {
        self.mode & 0o111 != 0
    }

    /// The last modification in milliseconds since the epoch.
    pub(crate) fn modified_ms(&self) -> i64 {
        let (seconds, nanos) = self.modified;
        seconds.saturating_mul(1000).saturating_add(i64::from(nanos / 1_000_000))
    }

    /// Who may read, write and execute it, and nothing else of its mode.
    pub(crate) fn permissions(&self) -> u32 {
        self.mode & 0o777
    }

    /// Whether both are of one file in one state, as far as that can be told without its content.
    pub(crate) fn same_file(&self, other: &Meta) -> bool {
        self.kind == other.kind
            && (self.device, self.inode) == (other.device, other.inode)
            && (self.len, self.modified) == (other.len, other.modified)
    }
}

/// Permissions of a file that may be executed by everyone who may read it, or by nobody.
pub(crate) const fn with_execution(mode: u32, executable: bool) -> u32 {
    if executable { mode | (mode & 0o444) >> 2 } else { mode & !0o111 }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "a system that refuses makes none of them")]
pub(crate) enum HostKind {
    File,
    Folder,
    Symlink,
    Special(SpecialKind),
}

/// What overlayfs has noted on an entry of a layer, as far as it matters for reading one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(dead_code, reason = "a system that refuses makes none of them")]
pub(crate) struct Marks {
    /// On an empty file: nothing is here, whatever the host has.
    pub(crate) whiteout: bool,
    /// On a folder: what the host has in it is hidden.
    pub(crate) opaque: bool,
    /// What is visible here is not what the layer holds: a folder's content comes from another
    /// place, or a file's content from the host.
    pub(crate) elsewhere: bool,
}

/// What is set on something that is there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    /// Permission bits, and the bits for other users and groups that it has.
    pub(crate) mode: Option<u32>,
    /// Seconds and nanoseconds since the epoch.
    pub(crate) modified: Option<(i64, u32)>,
}

/// Attributes that a program can set on a file or folder, beside its permissions: name and value.
pub(crate) type Attributes = BTreeMap<Vec<u8>, Vec<u8>>;

/// Most names of a folder that are looked through for the first of them. Each listing of a folder of
/// a hundred million names would else take the host minutes.
#[allow(dead_code, reason = "a system that refuses looks at none")]
pub(crate) const MAX_LOOKED_THROUGH: usize = 1 << 20;

/// The first names of a folder, in the order of their keys.
#[derive(Debug, Default)]
pub(crate) struct Least {
    pub(crate) names: BTreeMap<String, Meta>,
    /// The key up to which these are all; `None` if they are all to the end.
    pub(crate) up_to: Option<String>,
    /// False when there were more than [`MAX_LOOKED_THROUGH`], so that any may be missing.
    pub(crate) all: bool,
}

/// Finds the first names of a folder while it is listed: it holds no more of them than are asked for.
#[allow(dead_code, reason = "a system that refuses looks at none")]
pub(crate) struct First {
    max: usize,
    least: BTreeMap<String, OsString>,
    looked_at: usize,
    /// There were more of them.
    more: bool,
    all: bool,
}

#[allow(dead_code, reason = "a system that refuses looks at none")]
impl First {
    pub(crate) const fn new(max: usize) -> Self {
        Self { max, least: BTreeMap::new(), looked_at: 0, more: false, all: true }
    }

    /// Looks at the next name; false when no other is to be looked at.
    pub(crate) fn take(&mut self, name: &OsStr, key: &dyn Fn(&OsStr) -> Option<String>) -> bool {
        if self.looked_at == MAX_LOOKED_THROUGH {
            self.all = false;
            return false;
        }
        self.looked_at += 1;
        if let Some(key) = key(name) {
            self.least.insert(key, name.to_owned());
            if self.least.len() > self.max {
                self.least.pop_last();
                self.more = true;
            }
        }
        true
    }

    /// What was found, with what each of them is; nothing of what is gone since.
    pub(crate) fn done(
        self,
        mut meta: impl FnMut(&OsStr) -> Result<Option<Meta>, HostProblem>,
    ) -> Result<Least, HostProblem> {
        let up_to = self.least.last_key_value().map(|(key, _)| key.clone()).filter(|_| self.more);
        let mut names = BTreeMap::new();
        for (key, name) in self.least {
            if let Some(meta) = meta(&name)? {
                names.insert(key, meta);
            }
        }
        Ok(Least { names, up_to, all: self.all })
    }
}

/// The names in a folder.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) names: Vec<(OsString, Meta)>,
    /// False when there were more than asked for.
    pub(crate) complete: bool,
}
