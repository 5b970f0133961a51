//! The host's file system, reached beneath an opened folder and without following symlinks.
//!
//! One file per system with the same interface. A system that cannot do it refuses.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::{
    Folder, HostFile, NewFile, Root, create_private_file, create_private_folder, name_from_bytes,
    name_to_bytes,
};

#[cfg(not(target_os = "linux"))]
mod refuse;
#[cfg(not(target_os = "linux"))]
pub(crate) use refuse::{
    Folder, HostFile, NewFile, Root, create_private_file, create_private_folder, name_from_bytes,
    name_to_bytes,
};

use std::ffi::OsString;

use crate::error::SpecialKind;

/// What the host says of a file, without following it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) kind: HostKind,
    pub(crate) len: u64,
    /// Seconds and nanoseconds since the epoch.
    pub(crate) modified: (i64, u32),
    pub(crate) device: u64,
    pub(crate) inode: u64,
    /// Permission bits only.
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
}

impl Meta {
    pub(crate) fn executable(&self) -> bool {
        self.mode & 0o111 != 0
    }

    /// Whether both are of one file in one state, as far as that can be told without its content.
    pub(crate) fn same_file(&self, other: &Meta) -> bool {
        self.kind == other.kind
            && (self.device, self.inode) == (other.device, other.inode)
            && (self.len, self.modified) == (other.len, other.modified)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "a system that refuses makes none of them")]
pub(crate) enum HostKind {
    File,
    Folder,
    Symlink,
    Special(SpecialKind),
}

/// The names in a folder.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) names: Vec<(OsString, Meta)>,
    /// False when there were more than asked for.
    pub(crate) complete: bool,
}
