//! Where a symlink would lead, decided in another way than the overlay does: by looking at a plain
//! folder.

use std::fs;
use std::path::Path;

/// Whether a symlink at `at`, below the folder, could lead out of it.
pub(crate) fn leads_out(at: &str, target: &str) -> bool {
    let folder = at.split('/').count() - 1;
    let climbs = target.split('/').take_while(|name| matches!(*name, "." | ".." | "")).count();
    let behind = target.split('/').skip(climbs).any(|name| name == "..");
    let ups = target.split('/').filter(|name| *name == "..").count();
    target.starts_with('/') || behind || ups > folder
}

/// The symlinks at and below a path, with what follows the path in theirs.
pub(crate) fn links_of(top: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![(top.to_owned(), String::new())];
    while let Some((at, below)) = open.pop() {
        let Ok(meta) = at.symlink_metadata() else { continue };
        if meta.is_symlink() {
            let target = fs::read_link(&at).unwrap().into_os_string().into_string().unwrap();
            found.push((below, target));
        } else if meta.is_dir() {
            for entry in fs::read_dir(&at).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                open.push((at.join(&name), format!("{below}/{name}")));
            }
        }
    }
    found
}

/// A path with the symlinks on the way to its last name resolved, below `top`.
pub(crate) fn resolved(top: &Path, at: &str) -> Option<String> {
    let path = top.join(at);
    let folder = path.parent()?.canonicalize().ok()?;
    let below = folder.strip_prefix(top.canonicalize().ok()?).ok()?.to_str()?.to_owned();
    let name = path.file_name()?.to_str()?;
    Some(if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") })
}
