//! The changeset's mounts, opened again on the host.

use std::ffi::{OsStr, OsString};

use aether_path::VirtualPath;

use crate::changeset::Changeset;
use crate::config::{Mount, Resolution};
use crate::error::HostProblem;
use crate::fingerprint::{ContentHash, Fingerprint, hash_file};
use crate::sys::{Folder, HostFile, HostKind, Meta, Root, name_to_bytes};

/// Where a changeset's paths are on the host.
#[derive(Debug)]
pub(crate) struct Anchors(Vec<(Mount, Result<Root, HostProblem>)>);

impl Anchors {
    pub(crate) fn open(changeset: &Changeset) -> Self {
        let open = |mount: &Mount| (mount.clone(), Root::open(&mount.host, Resolution::Auto));
        Self(changeset.mounts.iter().map(open).collect())
    }

    pub(super) fn roots(&self) -> impl Iterator<Item = &Root> {
        self.0.iter().filter_map(|(_, root)| root.as_ref().ok())
    }

    /// What is at a path; `None` if nothing is.
    pub(super) fn meta(&self, path: &VirtualPath) -> Result<Option<Meta>, HostProblem> {
        let (root, below) = self.find(path)?;
        match root.meta(below) {
            Ok(meta) => Ok(Some(meta)),
            Err(HostProblem::NotFound) => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    pub(crate) fn open_file(&self, path: &VirtualPath) -> Result<HostFile, HostProblem> {
        let (root, below) = self.find(path)?;
        match root.meta(below)?.kind {
            HostKind::File => root.open_file(below),
            HostKind::Symlink => Err(HostProblem::Symlink),
            HostKind::Folder | HostKind::Special(_) => Err(HostProblem::Unsupported),
        }
    }

    /// The names in a folder; more than `max` are an error.
    pub(super) fn names(
        &self,
        path: &VirtualPath,
        max: usize,
    ) -> Result<Vec<OsString>, HostProblem> {
        let (root, below) = self.find(path)?;
        let listed = root.names(below, max)?;
        if !listed.complete {
            return Err(HostProblem::NotEmpty);
        }
        Ok(listed.names.into_iter().map(|(name, _)| name).collect())
    }

    /// The folder that holds a path, made if it is missing, and the path's name in it.
    pub(super) fn parent(
        &self,
        path: &VirtualPath,
        create: bool,
    ) -> Result<(Folder, OsString), HostProblem> {
        let (root, below) = self.find(path)?;
        root.parent(below, create)?.ok_or(HostProblem::Unsupported)
    }

    /// The innermost folder on the way to a path that exists.
    pub(super) fn nearest_folder(&self, path: &VirtualPath) -> Result<Folder, HostProblem> {
        let (root, below) = self.find(path)?;
        root.nearest_folder(below)
    }

    /// Whether a file, or a symlink, is what it was.
    pub(crate) fn is_still(&self, path: &VirtualPath, before: &Fingerprint, symlink: bool) -> bool {
        let kind = if symlink { HostKind::Symlink } else { HostKind::File };
        match self.meta(path) {
            Ok(Some(meta)) if meta.kind == kind => {
                self.matches(path, &meta, before).unwrap_or(false)
            }
            _ => false,
        }
    }

    /// The same, of a file or symlink whose present state is known.
    pub(super) fn matches(
        &self,
        path: &VirtualPath,
        meta: &Meta,
        before: &Fingerprint,
    ) -> Result<bool, HostProblem> {
        if meta.len != before.len {
            return Ok(false);
        }
        match before.content {
            Some(content) => Ok(self.content(path, meta)? == content),
            None => Ok(Fingerprint::new(meta, None) == *before),
        }
    }

    /// The hash of a file's content or of a symlink's target.
    pub(super) fn content(
        &self,
        path: &VirtualPath,
        meta: &Meta,
    ) -> Result<ContentHash, HostProblem> {
        match meta.kind {
            HostKind::Symlink => {
                let (root, below) = self.find(path)?;
                Ok(ContentHash::of(name_to_bytes(&root.link_target(below)?)))
            }
            _ => hash_file(&self.open_file(path)?),
        }
    }

    pub(super) fn link_target(&self, path: &VirtualPath) -> Result<OsString, HostProblem> {
        let (root, below) = self.find(path)?;
        root.link_target(below)
    }

    /// The mount that holds a path.
    pub(super) fn mount_of(&self, path: &VirtualPath) -> Option<&Mount> {
        self.holder_of(path).map(|(mount, _)| mount)
    }

    fn holder_of(&self, path: &VirtualPath) -> Option<&(Mount, Result<Root, HostProblem>)> {
        let holding = self.0.iter().filter(|(mount, _)| path.starts_with(&mount.at));
        holding.max_by_key(|(mount, _)| mount.at.as_str().len())
    }

    fn find<'a>(&self, path: &'a VirtualPath) -> Result<(&Root, &'a OsStr), HostProblem> {
        let (mount, root) = self.holder_of(path).ok_or(HostProblem::NotFound)?;
        let below = path.strip_prefix(&mount.at).unwrap_or_default();
        root.as_ref().map(|root| (root, OsStr::new(below))).map_err(|problem| *problem)
    }
}
