//! Files that were looked at because a listing had them.

use std::collections::BTreeMap;

use aether_manifest::Permission;
use aether_path::VirtualPath;

use super::line::NotSuggested;
use super::wanted::Wanted;
use crate::{Observations, Observed};

/// Why they are not asked for.
const WHY: &str = "entries of it were only looked at, and a listing had shown them; it does not \
                   show what is not granted";

/// What was looked at by its name alone. The rest is told folder by folder.
pub(super) fn without_listed<'a>(
    looks: Vec<Wanted<'a>>,
    seen: &Observations,
    left: &mut Vec<NotSuggested>,
) -> Vec<Wanted<'a>> {
    let mut folders: BTreeMap<VirtualPath, Observed> = BTreeMap::new();
    let mut kept = Vec::new();
    for one in looks {
        match seen.listing_of(one.object) {
            Some(folder) => add(folders.entry(folder).or_default(), one.observed),
            None => kept.push(one),
        }
    }
    let told = folders.iter().map(|(folder, all)| {
        NotSuggested::of(Some(Permission::FilesystemRead), folder.as_str(), all, WHY.to_owned())
    });
    left.extend(told);
    kept
}

/// A native program is shown a folder by what is in it, and can be granted none by itself.
pub(super) fn without_folders<'a>(
    looks: Vec<Wanted<'a>>,
    left: &mut Vec<NotSuggested>,
) -> Vec<Wanted<'a>> {
    let why = "it is a folder, which a native program is shown by what it is granted in it";
    let told = looks.iter().map(|one| {
        NotSuggested::of(Some(Permission::FilesystemRead), one.object, one.observed, why.to_owned())
    });
    left.extend(told);
    Vec::new()
}

fn add(all: &mut Observed, one: &Observed) {
    all.first = if all.count() == 0 { one.first } else { all.first.min(one.first) };
    all.allowed = all.allowed.saturating_add(one.allowed);
    all.denied = all.denied.saturating_add(one.denied);
}
