//! What stands at a place that a cell could see: for granting what it looks for, to learn from it.

use std::path::{Path, PathBuf};

use aether_path::VirtualPath;

use super::{Host, lock};

/// Most files and folders that one folder is looked through for. Stops a plugin that lists `/` from
/// having its host read all of a disk.
const MOST: usize = 20_000;

/// What stands at a place of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A file.
    File,
    /// A folder, with all files and folders below it; the latter are marked.
    Folder(Vec<(VirtualPath, bool)>),
    /// A folder with more below it than is looked through.
    TooLarge,
}

impl Host {
    /// What stands where the last cell of the plugin would look for this path, whatever it was granted.
    /// Names alone are read, and no link is followed. Nothing where nothing stands, or where the plugin
    /// was not started.
    #[must_use]
    pub fn standing(&self, plugin: &str, path: &VirtualPath) -> Option<Standing> {
        let at = {
            let starts = lock(&self.0.starts);
            let of_it = starts.iter().rev().filter(|one| one.plugin.identity().name == plugin);
            of_it.filter_map(|started| started.places.as_ref()).next()?.host_at(path)
        };
        let meta = std::fs::symlink_metadata(&at).ok()?;
        match (meta.is_file(), meta.is_dir()) {
            (true, _) => Some(Standing::File),
            (_, true) => Some(below(path, &at)),
            _ => None,
        }
    }
}

fn below(path: &VirtualPath, host: &Path) -> Standing {
    let mut found = Vec::new();
    let mut open: Vec<(VirtualPath, PathBuf)> = vec![(path.clone(), host.to_owned())];
    while let Some((at, host)) = open.pop() {
        // What its owner may not list is nothing that could be granted.
        for entry in std::fs::read_dir(&host).into_iter().flatten().filter_map(Result::ok) {
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name();
            let Some(Ok(at)) = name.to_str().map(|name| at.join(name)) else { continue };
            if kind.is_dir() {
                open.push((at.clone(), entry.path()));
            }
            if kind.is_dir() || kind.is_file() {
                found.push((at, kind.is_dir()));
            }
            if found.len() > MOST {
                return Standing::TooLarge;
            }
        }
    }
    found.sort();
    Standing::Folder(found)
}
