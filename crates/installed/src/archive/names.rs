//! The names of an archive's entries, as paths of a bundle.

use std::collections::{BTreeMap, BTreeSet};

use aether_bundle::{MAX_DEPTH, MAX_FILES};
use aether_path::MAX_NAME_BYTES;
use aether_source::quoted;

use super::layout::Entry;
use crate::archive::{ArchiveError, ArchiveProblem as Problem};

/// The path of each file, by its place in the list; folders are left out, and so is a single folder
/// around everything.
pub(super) fn paths(entries: &[Entry<'_>]) -> Result<BTreeMap<usize, String>, ArchiveError> {
    let mut tree = Tree::default();
    for entry in entries {
        let path = plain(entry.name).map_err(|problem| ArchiveError::of(entry.name, problem))?;
        tree.add(path, entry.is_folder())?;
    }
    let around = tree.around().map(|folder| format!("{folder}/")).unwrap_or_default();
    let mut paths = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.is_folder()) {
        let path = entry.name.strip_prefix(around.as_str()).unwrap_or(entry.name);
        if path.matches('/').count() > MAX_DEPTH {
            return Err(ArchiveError::of(entry.name, Problem::TooDeep));
        }
        paths.insert(index, path.to_owned());
    }
    match paths.len() {
        0 => Err(ArchiveError::whole(Problem::Empty)),
        1..=MAX_FILES => Ok(paths),
        _ => Err(ArchiveError::whole(Problem::TooManyFiles)),
    }
}

/// The path of an entry, without the `/` at the end of a folder's.
fn plain(name: &str) -> Result<&str, Problem> {
    let drive = name.as_bytes().get(1) == Some(&b':')
        && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if drive || name.starts_with(['/', '\\']) {
        return Err(Problem::Absolute);
    }
    if name.contains('\\') {
        return Err(Problem::Backslash);
    }
    let path = name.strip_suffix('/').unwrap_or(name);
    for part in path.split('/') {
        if matches!(part, "" | "." | "..") {
            return Err(Problem::NotNormal);
        }
        if !aether_bundle::is_portable(part) || part.len() > MAX_NAME_BYTES {
            return Err(Problem::NotPortable);
        }
    }
    Ok(path)
}

/// Every name of the archive in its folder, so that what the names take is linear in their length.
#[derive(Default)]
struct Tree<'a> {
    /// By folder and name in lower case.
    numbers: BTreeMap<(usize, String), usize>,
    /// What has number 1 is the first of them; 0 is the archive itself.
    nodes: Vec<Node<'a>>,
}

struct Node<'a> {
    folder: usize,
    name: &'a str,
    is_file: bool,
    /// Whether an entry is for it, and not only for what is in it.
    is_listed: bool,
}

impl<'a> Tree<'a> {
    fn add(&mut self, path: &'a str, is_folder: bool) -> Result<(), ArchiveError> {
        let (mut folder, mut start) = (0, 0);
        for name in path.split('/') {
            let end = start + name.len();
            let (so_far, is_last) = (&path[..end], end == path.len());
            let refuse = |problem| Err(ArchiveError::of(so_far, problem));
            let next = self.nodes.len() + 1;
            let number = *self.numbers.entry((folder, name.to_lowercase())).or_insert(next);
            if number == next {
                let is_file = is_last && !is_folder;
                self.nodes.push(Node { folder, name, is_file, is_listed: is_last });
            } else {
                let node = &mut self.nodes[number - 1];
                if node.name != name {
                    return refuse(Problem::CaseOnly(quoted(node.name)));
                }
                if is_last && node.is_listed {
                    return refuse(Problem::Duplicate);
                }
                if node.is_file || is_last && !is_folder {
                    return refuse(Problem::FileAndFolder);
                }
                node.is_listed |= is_last;
            }
            (folder, start) = (number, end + 1);
        }
        Ok(())
    }

    /// The folder that everything is in.
    fn around(&self) -> Option<&'a str> {
        let tops: BTreeSet<_> = self
            .nodes
            .iter()
            .filter(|node| node.folder == 0)
            .map(|node| (node.name, node.is_file))
            .collect();
        match tops.first() {
            Some((only, false)) if tops.len() == 1 => Some(only),
            _ => None,
        }
    }
}
