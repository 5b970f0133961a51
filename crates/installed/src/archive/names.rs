//! The names of an archive's entries, as paths of a bundle.

use std::collections::{BTreeMap, BTreeSet};

use aether_source::quoted;

use super::layout::Entry;
use crate::archive::{ArchiveError, ArchiveProblem as Problem};

/// The path of each file, by its place in the list; folders are left out, and so is a single folder
/// around everything.
pub(super) fn paths(entries: &[Entry<'_>]) -> Result<BTreeMap<usize, String>, ArchiveError> {
    let error = |entry: &Entry<'_>, problem| ArchiveError::of(entry.name, problem);
    let (mut whole, mut files) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        let path = plain(entry).map_err(|problem| error(entry, problem))?;
        if !whole.insert(path) {
            return Err(error(entry, Problem::Duplicate));
        }
        if !entry.is_folder() {
            files.insert(path);
        }
    }
    let mut folded: BTreeMap<String, &str> = BTreeMap::new();
    for entry in entries {
        let path = entry.name.trim_end_matches('/');
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        for part in folders.clone() {
            if files.contains(part) {
                return Err(ArchiveError::of(part, Problem::FileAndFolder));
            }
        }
        for part in folders.chain([path]) {
            let known = *folded.entry(part.to_lowercase()).or_insert(part);
            if known != part {
                return Err(ArchiveError::of(part, Problem::CaseOnly(quoted(known))));
            }
        }
    }
    if files.is_empty() {
        return Err(ArchiveError::whole(Problem::Empty));
    }
    if files.len() > aether_bundle::MAX_FILES {
        return Err(ArchiveError::whole(Problem::TooManyFiles));
    }
    let around = around(&whole, &files);
    let numbered = entries.iter().enumerate().filter(|(_, entry)| !entry.is_folder());
    let inside = |name: &str| name.strip_prefix(around.as_str()).unwrap_or(name).to_owned();
    Ok(numbered.map(|(index, entry)| (index, inside(entry.name))).collect())
}

/// The path of an entry, without the `/` at the end of a folder's.
fn plain<'a>(entry: &Entry<'a>) -> Result<&'a str, Problem> {
    let name = entry.name;
    let drive = name.as_bytes().get(1) == Some(&b':')
        && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if drive || name.starts_with(['/', '\\']) {
        return Err(Problem::Absolute);
    }
    if name.contains('\\') {
        return Err(Problem::Backslash);
    }
    let path = name.strip_suffix('/').unwrap_or(name);
    let mut depth = 0;
    for part in path.split('/') {
        if matches!(part, "" | "." | "..") {
            return Err(Problem::NotNormal);
        }
        if !aether_bundle::is_portable(part) {
            return Err(Problem::NotPortable);
        }
        depth += 1;
    }
    // One more, for a folder around everything.
    if depth > aether_bundle::MAX_DEPTH + 2 { Err(Problem::TooDeep) } else { Ok(path) }
}

/// The folder that everything is in, with `/`; empty where there is none.
fn around(whole: &BTreeSet<&str>, files: &BTreeSet<&str>) -> String {
    let top = |path: &&str| path.split('/').next().unwrap_or_default().to_owned();
    let tops: BTreeSet<String> = whole.iter().map(top).collect();
    match tops.first() {
        Some(only) if tops.len() == 1 && !files.contains(only.as_str()) => format!("{only}/"),
        _ => String::new(),
    }
}
