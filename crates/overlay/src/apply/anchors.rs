//! The changeset's mounts, opened again on the host.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use aether_path::VirtualPath;

use super::names::Spot;
use crate::changeset::Changeset;
use crate::config::{Mount, Resolution};
use crate::error::HostProblem;
use crate::fingerprint::{ContentHash, Fingerprint, hash_file};
use crate::sys::{Folder, HostFile, HostKind, Meta, Root, name_to_bytes};

/// Where a changeset's paths are on the host.
#[derive(Debug)]
pub(crate) struct Anchors(Vec<Anchor>);

/// One mount, and the folder at which it begins.
#[derive(Debug)]
pub(super) struct Anchor {
    pub(super) mount: Mount,
    pub(super) root: Result<Root, HostProblem>,
}

impl Anchor {
    /// The inode of the mounted folder; `None` for a file and for what is not there.
    pub(super) fn top(&self) -> Option<u64> {
        let root = self.root.as_ref().ok().filter(|root| root.is_folder())?;
        root.meta(OsStr::new("")).ok().map(|meta| meta.inode)
    }
}

impl Anchors {
    pub(crate) fn open(changeset: &Changeset) -> Self {
        let open = |mount: &Mount| {
            let root = Root::open(&mount.host, Resolution::Auto);
            Anchor { mount: mount.clone(), root }
        };
        Self(changeset.mounts.iter().map(open).collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Anchor> {
        self.0.iter()
    }

    /// The mount that holds a path: of those it lies in, the innermost.
    pub(super) fn holding(&self, path: &VirtualPath) -> Option<&Anchor> {
        let holding = self.0.iter().filter(|anchor| path.starts_with(&anchor.mount.at));
        holding.max_by_key(|anchor| anchor.mount.at.as_str().len())
    }

    /// What is at a path; `None` if nothing is.
    pub(crate) fn meta(&self, path: &VirtualPath) -> Result<Option<Meta>, HostProblem> {
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

    /// The target of a symlink, as its bytes.
    pub(super) fn link_target(&self, path: &VirtualPath) -> Result<OsString, HostProblem> {
        let (root, below) = self.find(path)?;
        root.link_target(below)
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

    /// The folder that holds a path, and the path's name in it.
    pub(super) fn parent(&self, path: &VirtualPath) -> Result<(Folder, OsString), HostProblem> {
        let (root, below) = self.find(path)?;
        root.parent(below)?.ok_or(HostProblem::Unsupported)
    }

    /// The folder that a temporary name is in.
    pub(super) fn folder_of(&self, spot: &Spot) -> Result<Folder, HostProblem> {
        self.parent(&spot.beside).map(|(folder, _)| folder)
    }

    /// Where a path is on the host.
    pub(crate) fn host_of(&self, path: &VirtualPath) -> PathBuf {
        self.holding(path).map(|anchor| anchor.mount.host_of(path)).unwrap_or_default()
    }

    /// Where a temporary name is on the host.
    pub(super) fn host_of_spot(&self, spot: &Spot) -> PathBuf {
        self.host_of(&spot.beside).with_file_name(&spot.name)
    }

    /// Whether a file or symlink whose present state is known is what it was.
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
            HostKind::Symlink => Ok(ContentHash::of(name_to_bytes(&self.link_target(path)?))),
            _ => hash_file(&self.open_file(path)?),
        }
    }

    fn find<'a>(&self, path: &'a VirtualPath) -> Result<(&Root, &'a OsStr), HostProblem> {
        let anchor = self.holding(path).ok_or(HostProblem::NotFound)?;
        let below = path.strip_prefix(&anchor.mount.at).unwrap_or_default();
        anchor.root.as_ref().map(|root| (root, OsStr::new(below))).map_err(|problem| *problem)
    }
}
