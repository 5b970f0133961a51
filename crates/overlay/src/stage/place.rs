//! Places, and where they lie within each other.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use aether_path::VirtualPath;

use super::config::{StageKind, StagedPlace};
use crate::case::fold;
use crate::config::Absent;
use crate::mounts::Mounted;

/// One place of a staging tree.
#[derive(Debug)]
pub(super) struct Place {
    /// Where it stands in the virtual tree.
    pub(super) at: VirtualPath,
    pub(super) kind: StageKind,
    /// Whether it is a single file.
    pub(super) single: bool,
    /// Whether the host takes several spellings for one name there.
    pub(super) folds: bool,
    /// Where other places begin within it, in the virtual tree or in the staging tree.
    covered: BTreeSet<String>,
    /// The last modification of a single file that was laid empty, by which one that nobody has
    /// touched is known.
    pub(super) untouched: Option<(i64, u32)>,
}

impl Place {
    pub(super) fn new(staged: &StagedPlace, all: &[StagedPlace], folds: bool) -> Self {
        let StagedPlace { mount, kind, into } = staged;
        let others = all.iter().filter(|other| other.mount.at != mount.at);
        let covered = others.flat_map(|other| {
            let in_tree = Some(other.mount.at.clone()).filter(|at| at.starts_with(&mount.at));
            [in_tree, below(into, &other.into, folds).and_then(|rest| mount.at.join(&rest).ok())]
        });
        Self {
            at: mount.at.clone(),
            kind: *kind,
            single: mount.absent == Absent::Nothing,
            folds,
            covered: covered.flatten().map(|path| key(path.as_str(), folds)).collect(),
            untouched: None,
        }
    }

    /// What all spellings of a name or path share, that the host takes for one.
    pub(super) fn key(&self, text: &str) -> String {
        key(text, self.folds)
    }

    /// Whether another place begins at a path.
    pub(super) fn covers(&self, path: &VirtualPath) -> bool {
        !self.covered.is_empty() && self.covered.contains(&self.key(path.as_str()))
    }

    /// Whether a path leads to another place.
    pub(super) fn leads(&self, path: &VirtualPath) -> bool {
        if self.covered.is_empty() {
            return false;
        }
        let around = format!("{}/", self.key(path.as_str()));
        self.covered.range(around.clone()..).next().is_some_and(|other| other.starts_with(&around))
    }
}

/// A place, and what it was laid into.
pub(super) struct Top<'a> {
    pub(super) place: &'a Place,
    pub(super) mounted: &'a Mounted,
}

impl Top<'_> {
    /// Where a path is below what the place was laid into.
    pub(super) fn below<'a>(&self, staged: &'a VirtualPath) -> &'a OsStr {
        OsStr::new(self.mounted.below(staged))
    }
}

fn key(text: &str, folds: bool) -> String {
    if folds { fold(text) } else { text.to_owned() }
}

/// The rest of a host path that lies in another.
fn below(folder: &Path, path: &Path, folds: bool) -> Option<String> {
    let parts = |path: &Path| -> Option<Vec<String>> {
        path.components().map(|part| part.as_os_str().to_str().map(str::to_owned)).collect()
    };
    let (folder, path) = (parts(folder)?, parts(path)?);
    let rest = path.get(folder.len()..).filter(|rest| !rest.is_empty())?;
    let same = |(a, b): (&String, &String)| key(a, folds) == key(b, folds);
    folder.iter().zip(&path).all(same).then(|| rest.join("/"))
}
