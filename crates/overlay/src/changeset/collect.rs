//! Reading the changes off an overlay.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aether_path::VirtualPath;

use super::change::{After, Change, ChangeKind, Changeset, Contents};
use crate::blob::{Blob, Kept};
use crate::config::{Absent, Mount};
use crate::fingerprint::ContentHash;
use crate::overlay::Overlay;
use crate::upper::{Base, Content, FileNode, Node};

impl Overlay {
    /// What the plugin would change on the host by now.
    pub fn changeset(&self) -> Changeset {
        Collector::new(self).collect()
    }
}

struct Collector<'a> {
    overlay: &'a Overlay,
    /// What is now at each path that is not as the host has it.
    nodes: BTreeMap<VirtualPath, &'a Node>,
    /// Host paths whose content stands elsewhere now.
    vacated: BTreeSet<&'a VirtualPath>,
    changes: Vec<Change>,
    contents: Contents,
    /// The hashes of contents, by where they are: a plugin may put one large content under many
    /// names as cheaply as under one.
    hashes: BTreeMap<*const Vec<u8>, ContentHash>,
}

impl<'a> Collector<'a> {
    fn new(overlay: &'a Overlay) -> Self {
        let entries = overlay.upper.entries();
        let nodes: BTreeMap<_, _> =
            entries.filter(|(_, node)| !matches!(node, Node::Whiteout)).collect();
        let moved =
            nodes.iter().filter_map(|(path, node)| origin(node).filter(|origin| *origin != path));
        let vacated = moved.collect();
        Self {
            overlay,
            nodes,
            vacated,
            changes: Vec::new(),
            contents: Contents::new(),
            hashes: BTreeMap::new(),
        }
    }

    fn collect(mut self) -> Changeset {
        self.mounts_to_be_made();
        let bases = self.overlay.upper.bases().map(|(path, _)| path);
        let paths: BTreeSet<VirtualPath> = bases.chain(self.nodes.keys()).cloned().collect();
        for path in &paths {
            self.at(path, self.overlay.upper.base(path), self.nodes.get(path).copied());
        }
        self.changes
            .sort_by(|a, b| (&a.path, !a.kind.is_removal()).cmp(&(&b.path, !b.kind.is_removal())));
        let written: BTreeSet<_> = self
            .changes
            .iter()
            .filter_map(|change| change.after)
            .map(|after| after.content)
            .collect();
        self.contents.retain(|content, _| written.contains(content));
        let mounts = self.overlay.mounts.iter();
        let mounts = mounts.map(|mount| Mount {
            at: mount.at.clone(),
            host: mount.host.clone(),
            absent: mount.absent,
        });
        Changeset { mounts: mounts.collect(), changes: self.changes, contents: self.contents }
    }

    /// Folders that stood there although the host does not have them, and now hold something.
    fn mounts_to_be_made(&mut self) {
        let overlay = self.overlay;
        for mount in overlay.mounts.iter().filter(|mount| mount.absent == Absent::Folder) {
            let is_held = |path: &VirtualPath| {
                *path != mount.at
                    && overlay.mounts.find(path).is_some_and(|holder| holder.at == mount.at)
            };
            let holds = self
                .nodes
                .range(mount.at.clone()..)
                .take_while(|(path, _)| path.starts_with(&mount.at));
            if holds.map(|(path, _)| path).any(is_held)
                && !mount.at.is_root()
                && matches!(
                    mount.root.meta(std::ffi::OsStr::new("")),
                    Err(crate::HostProblem::NotFound)
                )
            {
                self.push(&mount.at, ChangeKind::FolderAdded);
            }
        }
    }

    fn at(&mut self, path: &VirtualPath, base: Option<&Base>, node: Option<&'a Node>) {
        let moved_away = self.vacated.contains(path);
        match (base, node) {
            (None, None) | (Some(Base::Folder), Some(Node::Folder { .. })) => {}
            (Some(Base::Symlink { .. }), Some(Node::Symlink { origin, .. })) if origin == path => {}
            (Some(base), None) => self.removed(path, base, moved_away),
            (Some(Base::File { fingerprint, executable }), Some(Node::File(file)))
                if !moved_away =>
            {
                if file.origin.as_ref().is_some_and(|origin| origin != path) {
                    self.placed_file(path, file, Some(*fingerprint));
                } else if let Some(after) = self.keep_content(file) {
                    // One that was made anew is put in place of the other, whose permissions stay.
                    let descends = file.origin.is_some();
                    let changes = descends && file.executable != *executable;
                    if changes || Some(after.content) != fingerprint.content {
                        let change = self.push(path, ChangeKind::Modified);
                        change.before = Some(*fingerprint);
                        change.after = Some(after);
                        change.executable = *executable != changes;
                        change.executable_changes = changes;
                    }
                }
            }
            (base, Some(node)) => {
                if let Some(base) = base {
                    self.removed(path, base, moved_away);
                }
                self.placed(path, node);
            }
        }
    }

    fn removed(&mut self, path: &VirtualPath, base: &Base, moved_away: bool) {
        match base {
            Base::Folder => {
                self.push(path, ChangeKind::FolderRemoved);
            }
            Base::File { .. } | Base::Symlink { .. } if moved_away => {}
            Base::File { fingerprint, executable } => {
                let change = self.push(path, ChangeKind::Deleted);
                change.before = Some(*fingerprint);
                change.executable = *executable;
            }
            Base::Symlink { fingerprint } => {
                let change = self.push(path, ChangeKind::Deleted);
                change.before = Some(*fingerprint);
                change.symlink = true;
            }
        }
    }

    fn placed(&mut self, path: &VirtualPath, node: &Node) {
        match node {
            Node::Whiteout => {}
            Node::Folder { .. } => {
                self.push(path, ChangeKind::FolderAdded);
            }
            Node::File(file) => self.placed_file(path, file, None),
            Node::Symlink { origin, .. } => {
                // A target that may be moved is relative to its folder.
                let retargeted = origin.parent() != path.parent();
                let before = match self.overlay.upper.base(origin) {
                    Some(Base::Symlink { fingerprint }) => Some(*fingerprint),
                    _ => None,
                };
                let change =
                    self.push(path, ChangeKind::Renamed { from: origin.clone(), replaces: None });
                change.before = before;
                change.symlink = true;
                change.retargeted = retargeted;
            }
        }
    }

    fn placed_file(
        &mut self,
        path: &VirtualPath,
        file: &FileNode,
        replaces: Option<crate::Fingerprint>,
    ) {
        let after = self.keep_content(file);
        let Some(from) = file.origin.as_ref().filter(|origin| *origin != path) else {
            let change = self.push(path, ChangeKind::Added);
            change.after = after;
            change.executable = file.executable;
            return;
        };
        let (before, executable) = match self.overlay.upper.base(from) {
            Some(Base::File { fingerprint, executable }) => (Some(*fingerprint), *executable),
            _ => (None, file.executable),
        };
        let unchanged = before.and_then(|before| before.content);
        let change = self.push(path, ChangeKind::Renamed { from: from.clone(), replaces });
        change.before = before;
        change.after = after.filter(|after| Some(after.content) != unchanged);
        change.executable = executable;
    }

    fn keep_content(&mut self, file: &FileNode) -> Option<After> {
        let (content, kept) = match &file.content {
            Content::Memory(bytes) => {
                let known = self.hashes.entry(Arc::as_ptr(bytes));
                let content = *known.or_insert_with(|| ContentHash::of(bytes));
                (content, Kept::Memory(bytes.clone()))
            }
            Content::Spilled(spilled) => (spilled.content, Kept::Spilled(spilled.clone())),
            Content::Origin { .. } => return None,
        };
        self.contents.entry(content).or_insert(Blob(kept));
        Some(After { len: file.content.len(), content })
    }

    fn push(&mut self, path: &VirtualPath, kind: ChangeKind) -> &mut Change {
        let mount = self.overlay.mounts.find(path);
        let below = mount.map(|mount| mount.below(path)).unwrap_or_default();
        self.changes.push_mut(Change {
            path: path.clone(),
            host: mount.map(|mount| mount.host_of(path)).unwrap_or_default(),
            kind,
            before: None,
            after: None,
            executable: false,
            executable_changes: false,
            dotfile: below.split('/').any(|name| name.starts_with('.')),
            symlink: false,
            retargeted: false,
        })
    }
}

fn origin(node: &Node) -> Option<&VirtualPath> {
    match node {
        Node::File(file) => file.origin.as_ref(),
        Node::Symlink { origin, .. } => Some(origin),
        Node::Whiteout | Node::Folder { .. } => None,
    }
}
