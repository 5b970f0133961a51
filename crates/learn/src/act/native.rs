//! System calls of native programs.
//!
//! Their records are texts, which a program partly chose: what stands behind a path could be part
//! of its name. Whoever makes up a name so can be taken to have done no more than it could have
//! done outright.

use aether_audit::Record;
use aether_manifest::Permission;
use aether_path::VirtualPath;
use aether_policy::given;

use super::{Act, What, of, on, other};
use crate::observations::Use;

/// Folders of the root: what is the cell's own and not of the machine, whatever is done there.
const OWN: [&str; 6] = ["proc", "sys", "dev", "tmp", "run", "plugin"];

/// Behind the path of what was opened, the longer one first.
const TO_READ_AND_WRITE: &str = " to read and write";
const TO_WRITE: &str = " to write";
const ABSENT: &str = " (absent)";

pub(super) fn acts(record: &Record, started: bool) -> Vec<Act> {
    let object = record.object.as_deref().unwrap_or_default();
    let Some(rest) = object.strip_prefix(record.action.as_str()) else { return Vec::new() };
    let rest = rest.strip_prefix(' ').unwrap_or_default();
    match record.action.as_str() {
        "open" | "openat" | "openat2" | "creat" => opened(record, rest),
        "unlink" | "unlinkat" | "rmdir" | "mkdir" | "mkdirat" | "truncate" => {
            vec![written(record, rest.strip_suffix(ABSENT).unwrap_or(rest))]
        }
        "rename" | "renameat" | "renameat2" | "link" | "linkat" => moved(record, rest),
        "execve" | "execveat" if started => executed(record, rest).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Files that were looked for in vain need no permission, unless they were made.
fn opened(record: &Record, rest: &str) -> Vec<Act> {
    let (rest, reads, writes) = match rest.strip_suffix(TO_READ_AND_WRITE) {
        Some(path) => (path, true, true),
        None => match rest.strip_suffix(TO_WRITE) {
            Some(path) => (path, false, true),
            None => (rest, true, false),
        },
    };
    let (path, absent) = match rest.strip_suffix(ABSENT) {
        Some(path) => (path, true),
        None => (rest, false),
    };
    let mut found = Vec::new();
    if reads && !absent {
        found.push(file(record, path, Permission::FilesystemRead));
    }
    if writes {
        found.push(file(record, path, Permission::FilesystemWrite));
    }
    if found.is_empty() {
        let act = file(record, path, Permission::FilesystemRead);
        let what = if act.what == What::Nothing { What::Nothing } else { What::Missing };
        found.push(Act { what, ..act });
    }
    found
}

fn written(record: &Record, path: &str) -> Act {
    file(record, path, Permission::FilesystemWrite)
}

/// Where a name holds the word between the two, the record could be read in several ways, and is
/// read in none.
fn moved(record: &Record, rest: &str) -> Vec<Act> {
    let mut parts = rest.split(" to /");
    match (parts.next(), parts.next(), parts.next()) {
        (Some(from), Some(to), None) => {
            let plain = |text: &str| text.strip_suffix(ABSENT).unwrap_or(text).to_owned();
            let to = format!("/{}", plain(to));
            vec![written(record, &plain(from)), written(record, &to)]
        }
        _ => vec![other(record)],
    }
}

fn file(record: &Record, path: &str, permission: Permission) -> Act {
    let resolved = VirtualPath::resolve(&VirtualPath::root(), path);
    let act = match resolved.ok().filter(|_| path.starts_with('/')) {
        Some(path) if is_given(&path, permission) => on(record, What::Nothing, path.as_str()),
        Some(folder) if permission == Permission::FilesystemRead && is_folder(path) => {
            on(record, What::Use(Use::Look), folder.as_str())
        }
        Some(path) => on(record, of(permission), path.as_str()),
        None => other(record),
    };
    Act { is_traced_file: true, ..act }
}

/// Whether a path can lead to nothing but a folder.
fn is_folder(path: &str) -> bool {
    path.ends_with('/') || path.ends_with("/.")
}

fn is_given(path: &VirtualPath, permission: Permission) -> bool {
    let is_shown = || given::is_shown(path) || path.is_root();
    is_own(path) || permission == Permission::FilesystemRead && is_shown()
}

fn is_own(path: &VirtualPath) -> bool {
    path.components().next().is_some_and(|name| OWN.contains(&name))
}

fn executed(record: &Record, rest: &str) -> Option<Act> {
    let (path, _) = rest.split_once(" [")?;
    if path.ends_with(ABSENT) {
        return None;
    }
    let Ok(path) = VirtualPath::resolve(&VirtualPath::root(), path) else {
        return Some(other(record));
    };
    if path.components().next() == Some("plugin") {
        return None;
    }
    Some(on(record, of(Permission::Process), program(&path)))
}

/// A program as a manifest names it: by its name alone where that finds it.
fn program(path: &VirtualPath) -> &str {
    let folder = path.parent();
    let is_found = folder.is_some_and(|folder| given::PATH.contains(&folder.as_str()));
    path.file_name().filter(|_| is_found).unwrap_or(path.as_str())
}
