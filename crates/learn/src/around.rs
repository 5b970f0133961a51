//! A folder as a plugin may see it that is learned from: all of it but its sensitive places.

use std::collections::BTreeMap;
use std::ops::Bound;

use aether_manifest::Permission;
use aether_path::{PathPattern, VirtualPath};
use aether_policy::grant::Risk;
use aether_policy::sensitive;

use crate::suggest::{SuggestedLine, Suggestion};

/// Patterns for all that stands below a folder, but for what is sensitive. `below` are the files and
/// folders there; the latter are marked. Where nothing is sensitive, that is the folder as a whole.
pub fn without_sensitive(folder: &VirtualPath, below: &[(VirtualPath, bool)]) -> Vec<String> {
    let all: BTreeMap<&VirtualPath, There> =
        below.iter().map(|(path, is_folder)| (path, There::of(path, *is_folder))).collect();
    let mut found = Vec::new();
    let mut open: Vec<&VirtualPath> = file_to_read(folder).map(|_| folder).into_iter().collect();
    while let Some(folder) = open.pop() {
        let inside = || {
            let behind = all.range::<&VirtualPath, _>((Bound::Excluded(&folder), Bound::Unbounded));
            behind.take_while(|(path, _)| path.starts_with(folder))
        };
        let tree = format!("{}/**", folder.as_str().trim_end_matches('/'));
        if is_plain(&tree) && inside().all(|(_, there)| there.is_plain) {
            found.push(tree);
            continue;
        }
        for (path, there) in inside().filter(|(path, _)| path.parent().as_ref() == Some(folder)) {
            match there.is_folder {
                true => open.extend(there.is_plain.then_some(*path)),
                false => found.extend(file_to_read(path)),
            }
        }
    }
    found.sort();
    found
}

/// What is known of something below a folder.
struct There {
    is_folder: bool,
    is_plain: bool,
}

impl There {
    fn of(path: &VirtualPath, is_folder: bool) -> Self {
        There { is_folder, is_plain: file_to_read(path).is_some() }
    }
}

/// The pattern of a file, where it names that file alone and it is not sensitive.
pub fn file_to_read(path: &VirtualPath) -> Option<String> {
    let is_exact = PathPattern::parse(path.as_str()).is_ok_and(|pattern| pattern.is_exact());
    (is_exact && is_plain(path.as_str())).then(|| path.as_str().to_owned())
}

/// Whether it is a pattern that reaches no sensitive place.
fn is_plain(pattern: &str) -> bool {
    PathPattern::parse(pattern).is_ok_and(|pattern| sensitive::reached(&pattern).is_none())
}

impl Suggestion {
    /// That a plugin may read these, to see what it does with them. No evidence is behind it.
    pub fn to_read(plugin: &str, entries: impl IntoIterator<Item = String>) -> Self {
        let line = |entry| SuggestedLine {
            permission: Permission::FilesystemRead,
            entry,
            risk: Risk::Low,
            count: 0,
            evidence: 0,
            first: 0,
            samples: Vec::new(),
            why: "to see what it does with it".to_owned(),
            is_widened: false,
            is_look: false,
        };
        Suggestion {
            plugin: plugin.to_owned(),
            lines: entries.into_iter().map(line).collect(),
            limits: Vec::new(),
            not_suggested: Vec::new(),
            not_suggested_more: 0,
            incomplete: Vec::new(),
            unknown: Vec::new(),
        }
    }
}
