//! Finding out what was moved.
//!
//! A native program's layer tells of a file that went and of one that came. For whoever reviews it,
//! a file that only has another name is another thing than one that was removed and one that was
//! made.

use std::collections::{BTreeMap, BTreeSet};

use aether_path::VirtualPath;

use super::change::{Change, ChangeKind};
use crate::fingerprint::ContentHash;
use crate::inode::Mode;

/// What must be alike for one file to be the other: its content, and whether it is executable.
type Kind = (ContentHash, bool);

/// One file that goes and one that comes, of the same kind, become one that is renamed. Where there
/// are more of either, which is which cannot be told. `mode` gives the permissions that a file had.
pub(super) fn pair(changes: &mut Vec<Change>, mode: impl Fn(&VirtualPath) -> Option<u32>) {
    let mut gone = alone(changes, |change| match (&change.kind, change.before) {
        // Empty files have nothing by which to tell one from another.
        (ChangeKind::Deleted, Some(before)) if before.len > 0 && !change.symlink => {
            Some((before.content?, change.executable))
        }
        _ => None,
    });
    let come = alone(changes, |change| match (&change.kind, change.after) {
        (ChangeKind::Added, Some(after)) => Some((after.content, change.executable)),
        _ => None,
    });
    let mut paired = BTreeSet::new();
    for (kind, new) in come {
        let Some(old) = gone.remove(&kind) else { continue };
        let Some(left) = changes.get(old).cloned() else { continue };
        let renamed = changes.get(new).and_then(|come| come.renamed(&left, mode(&left.path)?));
        if let (Some(renamed), Some(change)) = (renamed, changes.get_mut(new)) {
            *change = renamed;
            paired.insert(old);
        }
    }
    let mut indices = 0..;
    changes.retain(|_| indices.next().is_some_and(|index| !paired.contains(&index)));
}

/// The changes that are the only ones of their kind, by it.
fn alone(changes: &[Change], kind: impl Fn(&Change) -> Option<Kind>) -> BTreeMap<Kind, usize> {
    let mut found: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        if let Some(kind) = kind(change) {
            found.entry(kind).or_default().push(index);
        }
    }
    let alone = |(kind, indices): (Kind, Vec<usize>)| match indices.as_slice() {
        [index] => Some((kind, *index)),
        _ => None,
    };
    found.into_iter().filter_map(alone).collect()
}

impl Change {
    /// The same file, come from where another one went that had the permissions `old`. `None` where
    /// it would get other permissions by that.
    fn renamed(&self, left: &Change, old: u32) -> Option<Change> {
        let usual = Mode::New { executable: self.executable }.bits();
        if self.mode.is_none() && old & !0o022 != usual {
            return None;
        }
        let mut renamed = self.clone();
        renamed.kind = ChangeKind::Renamed { from: left.path.clone(), replaces: None };
        renamed.before = left.before;
        renamed.after = None;
        renamed.set_mode(Some(old), self.mode.map(|modes| modes.new));
        Some(renamed)
    }
}
