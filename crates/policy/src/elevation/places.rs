//! Where on the host a wish to write leads, and whether a person must know.

use aether_path::VirtualPath;

use crate::grant::{Mount, host_path};
use crate::sensitive;

/// Whether a line of the policy is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Plain,
    NeedsPerson,
}

/// How a write at `path` and below stands under a line that allows it below `below`.
///
/// The path is looked at by its own name, and by that of each folder of the host that it leads to:
/// a sensitive place stays one under whatever name it is mounted.
pub(super) fn standing(path: &VirtualPath, below: &VirtualPath, mounts: &[Mount]) -> Standing {
    let inner = innermost(path, mounts);
    let typed = inner.filter(|mount| mount.typed_by_person).map(|mount| &mount.root);
    let by_name = sensitive::is_unnamed(path, Some(below), typed);
    let met = inner.into_iter().chain(mounts.iter().filter(|mount| mount.lies_in(path)));
    let by_host = met.into_iter().any(|mount| needs_person(mount, path, below));
    if by_name || by_host { Standing::NeedsPerson } else { Standing::Plain }
}

fn needs_person(mount: &Mount, path: &VirtualPath, below: &VirtualPath) -> bool {
    if !mount.is_plain() {
        return true;
    }
    let Some(root) = host_path(&mount.host) else { return true };
    let on_host = |path: &VirtualPath| match path.strip_prefix(&mount.root)? {
        "" => Some(root.clone()),
        rest => root.join(rest).ok(),
    };
    // What lies above the mount reaches all of it.
    let reached = if mount.lies_in(path) { Some(root.clone()) } else { on_host(path) };
    let Some(reached) = reached else { return true };
    let typed = mount.typed_by_person.then_some(&root);
    sensitive::is_unnamed(&reached, on_host(below).as_ref(), typed)
}

fn innermost<'a>(path: &VirtualPath, mounts: &'a [Mount]) -> Option<&'a Mount> {
    let holding = mounts.iter().filter(|mount| path.starts_with(&mount.root));
    holding.max_by_key(|mount| mount.root.components().count())
}

impl Mount {
    /// Whether the path, with what is below it, leads into the mount.
    pub(super) fn meets(&self, path: &VirtualPath) -> bool {
        path.starts_with(&self.root) || self.root.starts_with(path)
    }

    /// Whether the mount lies below the path.
    fn lies_in(&self, path: &VirtualPath) -> bool {
        self.root != *path && self.root.starts_with(path)
    }
}
