//! Whole trees as text: kind, permissions, time if it was set, and content.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use aether_overlay::Kind;

use crate::common::Lab;

/// Whatever was not set is later than this, in milliseconds since the epoch.
const SET_BEFORE: i64 = 1_000_000_000_000;

/// A time that was set; when others came about is not the same on both sides.
pub(crate) fn old(at: i64) -> Option<i64> {
    (at < SET_BEFORE).then_some(at)
}

pub(crate) fn milliseconds(meta: &fs::Metadata) -> i64 {
    meta.mtime() * 1000 + meta.mtime_nsec() / 1_000_000
}

/// What is told of a file or folder.
pub(crate) fn text(kind: char, mode: u32, at: Option<i64>, file: Option<(u64, u64)>) -> String {
    let at = at.map(|at| format!(" @{at}")).unwrap_or_default();
    let file = file.map(|(size, links)| format!(" {size} x{links}")).unwrap_or_default();
    format!("{kind} {mode:o}{at}{file}")
}

/// Gives everything below a folder the permissions that new things usually have.
pub(crate) fn usual_modes(top: &Path) {
    for entry in fs::read_dir(top).unwrap() {
        let at = entry.unwrap().path();
        let kind = at.symlink_metadata().unwrap().file_type();
        let mode = if kind.is_dir() { 0o755 } else { 0o644 };
        if !kind.is_symlink() {
            fs::set_permissions(&at, Permissions::from_mode(mode)).unwrap();
        }
        if kind.is_dir() {
            usual_modes(&at);
        }
    }
}

fn line(name: &str, mode: u32, at: i64, content: &str) -> String {
    let at = old(at).map(|at| format!(" @{at}")).unwrap_or_default();
    format!("{name} {mode:o}{at} {content}")
}

/// Everything below a host folder.
pub(crate) fn real_tree(top: &Path) -> Vec<String> {
    fn below(top: &Path, folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let at = entry.unwrap().path();
            let name = at.strip_prefix(top).unwrap().to_str().unwrap();
            let meta = at.symlink_metadata().unwrap();
            let (mode, time) = (meta.permissions().mode() & 0o7777, milliseconds(&meta));
            if meta.is_symlink() {
                found.push(format!("{name} -> {}", fs::read_link(&at).unwrap().display()));
            } else if meta.is_dir() {
                found.push(line(name, mode, time, "/"));
                below(top, &at, found);
            } else {
                found.push(line(name, mode, time, &fs::read_to_string(&at).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    below(top, top, &mut found);
    found.sort();
    found
}

/// The same of what is visible through an overlay.
pub(crate) fn visible_tree(lab: &Lab) -> Vec<String> {
    visible(lab, |at, _| lab.read(at).unwrap())
}

/// The same without reading anything.
pub(crate) fn outline(lab: &Lab) -> Vec<String> {
    visible(lab, |_, size| size.to_string())
}

fn visible(lab: &Lab, content: impl Fn(&str, u64) -> String) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec!["/w".to_owned()];
    while let Some(folder) = open.pop() {
        for name in lab.list(&folder).unwrap() {
            let at = format!("{folder}/{name}");
            let short = at.trim_start_matches("/w/");
            let stat = lab.stat(&at);
            found.push(match stat.kind {
                Kind::Folder => line(short, stat.mode, stat.modified, "/"),
                Kind::Symlink => format!("{short} -> {}", lab.readlink(&at).unwrap()),
                _ => line(short, stat.mode, stat.modified, &content(&at, stat.size)),
            });
            if stat.kind == Kind::Folder {
                open.push(at);
            }
        }
    }
    found.sort();
    found
}
