//! The grant asked about files.

use aether_manifest::Permission;
use aether_path::VirtualPath;

use super::denial::Denial;
use super::granted::{Allowed, Grant};
use super::right::Right;

impl Grant {
    /// Whether the file or folder may be read.
    pub fn may_read(&self, path: &VirtualPath) -> Result<Allowed, Denial> {
        self.file(
            Permission::FilesystemRead,
            path,
            |right| matches!(right, Right::Read(pattern) if pattern.matches(path)),
        )
    }

    /// Whether the file or folder may be written, made, renamed or removed. Does not include
    /// reading it.
    pub fn may_write(&self, path: &VirtualPath) -> Result<Allowed, Denial> {
        self.file(
            Permission::FilesystemWrite,
            path,
            |right| matches!(right, Right::Write(pattern) if pattern.matches(path)),
        )
    }

    /// Whether the path may be looked at: what it is, how large, and, for a folder, which of its
    /// entries are themselves [visible](Grant::shows). So are files that may be read or written,
    /// and the folders on the way to them.
    pub fn may_list(&self, path: &VirtualPath) -> Result<Allowed, Denial> {
        let shows = |right: &Right| shows(right, path);
        let found = self.find(|right| right.files().is_some_and(|pattern| pattern.matches(path)));
        let found = found.or_else(|| self.find(shows));
        found.ok_or_else(|| {
            self.denial(Permission::FilesystemRead, path.as_str(), self.missing(shows))
        })
    }

    /// Whether the path shows in a listing of its folder.
    pub fn shows(&self, path: &VirtualPath) -> bool {
        self.find(|right| shows(right, path)).is_some()
    }

    fn file(
        &self,
        permission: Permission,
        path: &VirtualPath,
        matches: impl Fn(&Right) -> bool,
    ) -> Result<Allowed, Denial> {
        self.find(&matches)
            .ok_or_else(|| self.denial(permission, path.as_str(), self.missing(&matches)))
    }
}

fn shows(right: &Right, path: &VirtualPath) -> bool {
    right.files().is_some_and(|pattern| pattern.matches(path) || pattern.leads_to(path))
}
