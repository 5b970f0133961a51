//! From the files that a native program wrote to patterns.
//!
//! What it may write is laid into its root before it starts: single files, and whole folders. A
//! wildcard cannot be. So a folder that it made is named as a whole, and one of which very much was
//! written; everything else is exact.

use std::collections::BTreeMap;

use super::guard::permitted;
use super::item::{Item, Whole};
use super::paths::finished;
use super::{Cover, Path};
use crate::options::Options;

/// Patterns for all these paths, as a native program can be granted them.
pub(crate) fn cover_native_writes(paths: &[Path], options: &Options) -> Cover {
    let mut groups: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    let mut items = Vec::new();
    for (member, path) in paths.iter().enumerate() {
        let item = Item::exact(path, member);
        match path.is_made.then(|| as_whole(&item, Whole::Made, options)).flatten() {
            Some(made) => items.push(made),
            None => groups.entry(folder_of(path)).or_default().push(item),
        }
    }
    for group in groups.into_values() {
        let filled = group.first().and_then(Item::folder).filter(|_| group.len() > options.folder);
        match filled.and_then(|folder| as_whole(&folder, Whole::Filled, options)) {
            Some(folder) => {
                let members = group.iter().flat_map(|item| item.members.clone()).collect();
                items.push(Item { members, ..folder });
            }
            None => items.extend(group),
        }
    }
    finished(items, paths, options)
}

/// The folder of this path as a whole, if that may be suggested.
fn as_whole(item: &Item, whole: Whole, options: &Options) -> Option<Item> {
    let item = Item { whole: Some(whole), ..item.clone() };
    permitted(&item, &options.closed).map(|_| item)
}

fn folder_of(path: &Path) -> String {
    path.path.parent().map(|folder| folder.as_str().to_owned()).unwrap_or_default()
}
