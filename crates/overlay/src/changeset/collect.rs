//! Reading the changes off an overlay.

use std::collections::{BTreeMap, BTreeSet};

use aether_path::VirtualPath;

use super::change::{After, Change, ChangeKind, Changeset, Contents, Modes};
use super::pair::pair;
use crate::blob::Blob;
use crate::config::{Absent, Mount};
use crate::fingerprint::{ContentHash, Fingerprint};
use crate::inode::{Content, Inode};
use crate::overlay::Overlay;
use crate::upper::{Base, Node, Touched};

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
}

impl<'a> Collector<'a> {
    fn new(overlay: &'a Overlay) -> Self {
        let entries = overlay.upper.entries();
        let nodes: BTreeMap<_, _> =
            entries.filter(|(_, node)| !matches!(node, Node::Whiteout)).collect();
        let moved =
            nodes.iter().filter_map(|(path, node)| origin(node).filter(|origin| *origin != path));
        let vacated = moved.collect();
        Self { overlay, nodes, vacated, changes: Vec::new(), contents: Contents::new() }
    }

    fn collect(mut self) -> Changeset {
        self.mounts_to_be_made();
        let bases = self.overlay.upper.bases().map(|(path, _)| path);
        let paths: BTreeSet<VirtualPath> = bases.chain(self.nodes.keys()).cloned().collect();
        for path in &paths {
            self.at(path, self.overlay.upper.base(path), self.nodes.get(path).copied());
        }
        for (path, touched) in self.overlay.upper.all_touched() {
            self.touched(path, touched);
        }
        pair(&mut self.changes, |path| match self.overlay.upper.base(path) {
            Some(Base::File { mode, .. }) => Some(*mode),
            _ => None,
        });
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
            (None, None) => {}
            (Some(Base::Folder { mode: Some(old) }), Some(Node::Folder { mode, modified })) => {
                let new = mode.filter(|new| new != old);
                let modes = new.map(|new| Modes { old: Some(*old), new });
                self.attributes(path, modes, modified.if_set());
            }
            (Some(Base::Folder { mode: None }), Some(Node::Folder { .. })) => {}
            (Some(Base::Symlink { .. }), Some(Node::Symlink { origin: Some(origin), .. }))
                if origin == path => {}
            // One that was made anew is the same if it leads to the same.
            (Some(Base::Symlink { fingerprint }), Some(Node::Symlink { target, origin: None }))
                if !moved_away
                    && fingerprint.content == Some(ContentHash::of(target.as_bytes())) => {}
            (Some(base), None) => self.removed(path, base, moved_away),
            (Some(Base::File { fingerprint, mode }), Some(Node::File { inode, origin }))
                if !moved_away =>
            {
                let Some(inode) = self.overlay.upper.inode(*inode) else { return };
                match origin.as_ref().filter(|origin| *origin != path) {
                    Some(from) => self.moved_file(path, inode, from, Some(*fingerprint)),
                    None => self.changed_file(path, inode, (fingerprint, *mode)),
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
            Base::Folder { .. } => {
                self.push(path, ChangeKind::FolderRemoved);
            }
            Base::File { .. } | Base::Symlink { .. } if moved_away => {}
            Base::File { fingerprint, mode } => {
                let change = self.push(path, ChangeKind::Deleted);
                change.before = Some(*fingerprint);
                change.executable = is_executable(*mode);
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
            Node::Folder { mode, modified } => {
                let change = self.push(path, ChangeKind::FolderAdded);
                change.mode = mode.map(|new| Modes { old: None, new });
                change.modified = modified.if_set();
            }
            Node::File { inode, origin } => {
                let Some(inode) = self.overlay.upper.inode(*inode) else { return };
                match origin.as_ref().filter(|origin| *origin != path) {
                    Some(from) => self.moved_file(path, inode, from, None),
                    None => self.new_file(path, inode),
                }
            }
            Node::Symlink { target, origin: None } => {
                let change = self.push(path, ChangeKind::LinkAdded { target: target.clone() });
                change.symlink = true;
            }
            Node::Symlink { origin: Some(origin), .. } => self.moved_symlink(path, origin),
        }
    }

    fn moved_symlink(&mut self, path: &VirtualPath, origin: &VirtualPath) {
        let before = match self.overlay.upper.base(origin) {
            Some(Base::Symlink { fingerprint }) => Some(*fingerprint),
            _ => None,
        };
        let change = self.push(path, ChangeKind::Renamed { from: origin.clone(), replaces: None });
        change.before = before;
        change.symlink = true;
        // A target that may be moved is relative to its folder.
        change.retargeted = origin.parent() != path.parent();
    }

    fn new_file(&mut self, path: &VirtualPath, inode: &Inode) {
        let after = self.keep_content(path, inode);
        let change = self.push(path, ChangeKind::Added);
        change.after = after;
        change.mode = inode.mode.known().map(|new| Modes { old: None, new });
        change.modified = inode.modified.if_set();
        change.executable = is_executable(inode.mode.bits());
    }

    fn moved_file(
        &mut self,
        path: &VirtualPath,
        inode: &Inode,
        from: &VirtualPath,
        replaces: Option<Fingerprint>,
    ) {
        let after = self.keep_content(path, inode);
        let (before, old) = match self.overlay.upper.base(from) {
            Some(Base::File { fingerprint, mode }) => (Some(*fingerprint), Some(*mode)),
            _ => (None, None),
        };
        let unchanged = before.and_then(|before| before.content);
        let change = self.push(path, ChangeKind::Renamed { from: from.clone(), replaces });
        change.before = before;
        change.after = after.filter(|after| Some(after.content) != unchanged);
        change.set_mode(old, inode.mode.known());
        change.modified = inode.modified.if_set();
    }

    /// A file that is where the host has it too.
    fn changed_file(
        &mut self,
        path: &VirtualPath,
        inode: &Inode,
        (before, old): (&Fingerprint, u32),
    ) {
        let after = self.keep_content(path, inode);
        let after = after.filter(|after| Some(after.content) != before.content);
        let changes = inode.mode.known().is_some_and(|new| new != old);
        let kind = match (after, inode.modified.if_set()) {
            (Some(_), _) => ChangeKind::Modified,
            (None, _) if changes => ChangeKind::ModeChanged,
            (None, Some(at)) if at != before.modified_ms() => ChangeKind::TimeChanged,
            (None, _) => return,
        };
        let change = self.push(path, kind);
        change.before = Some(*before);
        change.after = after;
        change.set_mode(Some(old), inode.mode.known());
        change.modified = inode.modified.if_set();
    }

    fn touched(&mut self, path: &VirtualPath, touched: &Touched) {
        let Touched { old_mode, mode, old_modified, modified } = *touched;
        let modes = (mode != old_mode).then_some(Modes { old: Some(old_mode), new: mode });
        let modified = modified.if_set().filter(|at| *at != old_modified);
        self.attributes(path, modes, modified);
    }

    /// What is set on a folder that the host has too.
    fn attributes(&mut self, path: &VirtualPath, modes: Option<Modes>, modified: Option<i64>) {
        let kind = match (modes, modified) {
            (Some(_), _) => ChangeKind::ModeChanged,
            (None, Some(_)) => ChangeKind::TimeChanged,
            (None, None) => return,
        };
        let change = self.push(path, kind);
        change.mode = modes;
        change.modified = modified;
    }

    fn keep_content(&mut self, path: &VirtualPath, inode: &Inode) -> Option<After> {
        let Content::Kept(kept) = &inode.content else { return None };
        // What cannot be read back now cannot be applied either, and must not pass for another.
        let content = kept.hash().unwrap_or_else(|_| ContentHash::of_unreadable(path));
        self.contents.entry(content).or_insert_with(|| Blob(kept.clone()));
        Some(After { len: kept.len(), content })
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
            mode: None,
            modified: None,
            executable: false,
            executable_changes: false,
            dotfile: below.split('/').any(|name| name.starts_with('.')),
            symlink: false,
            retargeted: false,
        })
    }
}

impl Change {
    /// Notes the permissions that a file has now, if they are others than it had.
    pub(super) fn set_mode(&mut self, old: Option<u32>, new: Option<u32>) {
        let new = new.filter(|new| Some(*new) != old);
        self.mode = new.map(|new| Modes { old, new });
        self.executable = new.or(old).is_some_and(is_executable);
        self.executable_changes =
            old.zip(new).is_some_and(|(old, new)| is_executable(old) != is_executable(new));
    }
}

fn is_executable(mode: u32) -> bool {
    mode & 0o111 != 0
}

fn origin(node: &Node) -> Option<&VirtualPath> {
    match node {
        Node::File { origin, .. } | Node::Symlink { origin, .. } => origin.as_ref(),
        Node::Whiteout | Node::Folder { .. } => None,
    }
}
