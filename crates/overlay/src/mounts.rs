//! The table of mounts, and reading what they hold.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Component, PathBuf};

use aether_path::VirtualPath;

use crate::config::{Absent, Mount, Resolution, host_below};
use crate::error::{Error, HostProblem, Problem, SetupError};
use crate::sys::{self, Attributes, HostFile, HostKind, Least, Meta, Names};

/// Host folders and files by their place in the virtual tree.
#[derive(Debug)]
pub(crate) struct Mounts(Vec<Mounted>);

#[derive(Debug)]
pub(crate) struct Mounted {
    pub(crate) at: VirtualPath,
    pub(crate) host: PathBuf,
    pub(crate) absent: Absent,
    pub(crate) root: sys::Root,
    /// Whether the host takes several spellings for one name there.
    pub(crate) folds: bool,
}

/// What the host offers at a path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lower {
    /// A folder the host need not have: one that leads to a mount, or a mount still missing.
    Virtual,
    Host(Meta),
}

impl Lower {
    pub(crate) fn kind(&self) -> HostKind {
        match self {
            Self::Virtual => HostKind::Folder,
            Self::Host(meta) => meta.kind,
        }
    }
}

impl Mounts {
    pub(crate) fn open(mounts: Vec<Mount>, resolution: Resolution) -> Result<Self, SetupError> {
        let mut places = BTreeSet::new();
        let mut opened = Vec::with_capacity(mounts.len());
        for mount in mounts {
            if !places.insert(mount.at.clone()) {
                return Err(SetupError::Twice { at: mount.at });
            }
            opened.push(Mounted::open(mount, resolution)?);
        }
        Ok(Self(opened))
    }

    #[cfg(all(test, target_os = "linux"))]
    pub(crate) fn fold_all(&mut self) {
        self.0.iter_mut().for_each(|mount| mount.folds = true);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mounted> {
        self.0.iter()
    }

    /// The mount that holds a path: of those it lies in, the innermost.
    pub(crate) fn find(&self, path: &VirtualPath) -> Option<&Mounted> {
        self.0
            .iter()
            .filter(|mount| path.starts_with(&mount.at))
            .max_by_key(|mount| mount.at.as_str().len())
    }

    /// Whether a path leads to a mount further down.
    pub(crate) fn lead_from(&self, path: &VirtualPath) -> bool {
        self.0.iter().any(|mount| mount.at != *path && mount.at.starts_with(path))
    }

    /// Whether a path has to stay a folder: it leads to a mount or is the top of a mounted folder.
    pub(crate) fn pin(&self, path: &VirtualPath) -> bool {
        self.lead_from(path)
            || path.is_root()
            || self.0.iter().any(|mount| mount.at == *path && mount.is_folder())
    }

    /// The names in a folder that are mounts or lead to them.
    pub(crate) fn names_in(&self, folder: &VirtualPath) -> BTreeSet<&str> {
        let below = self.0.iter().filter_map(|mount| mount.at.strip_prefix(folder));
        below.filter_map(|rest| rest.split('/').next()).filter(|name| !name.is_empty()).collect()
    }

    /// What the host offers at a path, symlinks not followed.
    pub(crate) fn look(&self, path: &VirtualPath) -> Result<Lower, Error> {
        if path.is_root() || self.lead_from(path) {
            return Ok(Lower::Virtual);
        }
        let mount = self.find(path).ok_or_else(|| Problem::NotFound.at(path))?;
        let below = mount.below(path);
        match mount.root.meta(OsStr::new(below)) {
            Ok(meta) => Ok(Lower::Host(meta)),
            Err(HostProblem::NotFound) if below.is_empty() && mount.absent == Absent::Folder => {
                Ok(Lower::Virtual)
            }
            Err(HostProblem::NotFound) if mount.has_undecodable(below) => {
                Err(Problem::NotUtf8.at(path))
            }
            Err(problem) => Err(Problem::from(problem).at(path)),
        }
    }

    /// Opens what [`look`](Self::look) has found to be a file.
    pub(crate) fn open_file(&self, path: &VirtualPath) -> Result<HostFile, Error> {
        let mount = self.find(path).ok_or_else(|| Problem::NotFound.at(path))?;
        let file = mount
            .root
            .open_file(OsStr::new(mount.below(path)))
            .map_err(|problem| Problem::from(problem).at(path))?;
        match file.meta().kind {
            HostKind::File => Ok(file),
            HostKind::Folder => Err(Problem::IsFolder.at(path)),
            HostKind::Symlink => Err(Problem::LinkInTheWay.at(path)),
            HostKind::Special(kind) => Err(Problem::Special(kind).at(path)),
        }
    }

    /// A symlink's target.
    pub(crate) fn link_target(&self, path: &VirtualPath) -> Result<OsString, Error> {
        let mount = self.find(path).ok_or_else(|| Problem::NotFound.at(path))?;
        let target = mount.root.link_target(OsStr::new(mount.below(path)));
        target.map_err(|problem| Problem::from(problem).at(path))
    }

    /// What programs have noted on a folder of the host; `None` if that cannot be told.
    pub(crate) fn folder_attributes(&self, path: &VirtualPath) -> Option<Attributes> {
        let mount = self.find(path)?;
        mount.root.attributes(OsStr::new(mount.below(path))).ok()?.1
    }

    /// The names the host has in a folder; none for a folder the host does not have.
    pub(crate) fn names(&self, folder: &VirtualPath, max: usize) -> Result<Names, Error> {
        let none = Names { names: Vec::new(), complete: true };
        self.in_folder(folder, none, |root, below| root.names(below, max))
    }

    /// The first of them by their keys.
    pub(crate) fn least_names(
        &self,
        folder: &VirtualPath,
        max: usize,
        key: &dyn Fn(&OsStr) -> Option<String>,
    ) -> Result<Least, Error> {
        let none = Least { all: true, ..Least::default() };
        self.in_folder(folder, none, |root, below| root.least_names(below, max, key))
    }

    fn in_folder<T>(
        &self,
        folder: &VirtualPath,
        none: T,
        list: impl FnOnce(&sys::Root, &OsStr) -> Result<T, HostProblem>,
    ) -> Result<T, Error> {
        let Some(mount) = self.find(folder) else { return Ok(none) };
        match list(&mount.root, OsStr::new(mount.below(folder))) {
            Ok(listed) => Ok(listed),
            Err(HostProblem::NotFound) if mount.at == *folder => Ok(none),
            // A folder that leads to a mount exists whatever the host has there.
            Err(HostProblem::NotFound | HostProblem::NotFolder | HostProblem::Symlink)
                if self.lead_from(folder) =>
            {
                Ok(none)
            }
            Err(problem) => Err(Problem::from(problem).at(folder)),
        }
    }
}

impl Mounted {
    pub(crate) fn open(mount: Mount, resolution: Resolution) -> Result<Self, SetupError> {
        let Mount { at, host, absent } = mount;
        let normal =
            host.is_absolute() && !host.components().any(|part| part == Component::ParentDir);
        if !normal {
            return Err(SetupError::NotAbsolute { at, host });
        }
        match sys::Root::open(&host, resolution) {
            Ok(root) => {
                let own_name = host.file_name().filter(|_| root.is_folder());
                let folds = root.folds(own_name);
                Ok(Self { at, host, absent, root, folds })
            }
            Err(problem) => Err(SetupError::Mount { at, host, problem }),
        }
    }

    /// The rest of a path of this mount.
    pub(crate) fn below<'a>(&self, path: &'a VirtualPath) -> &'a str {
        path.strip_prefix(&self.at).unwrap_or_default()
    }

    /// The host path of a path of this mount.
    pub(crate) fn host_of(&self, path: &VirtualPath) -> PathBuf {
        host_below(&self.host, self.below(path))
    }

    fn is_folder(&self) -> bool {
        self.root.is_folder() || self.absent == Absent::Folder
    }

    /// Whether a missing path is the escaped form of a name that is not UTF-8.
    fn has_undecodable(&self, below: &str) -> bool {
        unescape_name(below).is_some_and(|name| self.root.meta(&name).is_ok())
    }
}

/// A host name as a virtual tree can show it: bytes that are not UTF-8 as `\xE9`.
pub(crate) fn escape_name(name: &OsStr) -> String {
    let mut shown = String::new();
    for chunk in sys::name_to_bytes(name).utf8_chunks() {
        shown.push_str(chunk.valid());
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02X}"));
        }
    }
    shown
}

/// The host name that was escaped; `None` when it would be UTF-8 and so never is.
fn unescape_name(shown: &str) -> Option<OsString> {
    let mut bytes = Vec::with_capacity(shown.len());
    let mut parts = shown.split("\\x");
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    std::str::from_utf8(&bytes).is_err().then(|| sys::name_from_bytes(bytes))
}
