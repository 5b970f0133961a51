//! Where the documents are.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders at the top in which documents are looked for, beside the top itself.
const FOLDERS: &[&str] = &["docs", "examples", "attacks", "benches", "crates"];

/// A document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its path from the repository's top, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The repository's top.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text of a file, by its path from the top.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Markdown file of the repository.
#[must_use]
pub fn all() -> Vec<Document> {
    let mut paths: Vec<String> =
        names(&root()).into_iter().filter(|name| name.ends_with(".md")).collect();
    for folder in FOLDERS {
        collect(folder, &mut paths);
    }
    paths.sort_unstable();
    paths.into_iter().map(|path| Document { text: read(&path), path }).collect()
}

fn collect(folder: &str, into: &mut Vec<String>) {
    for name in names(&root().join(folder)) {
        let path = format!("{folder}/{name}");
        if root().join(&path).is_dir() {
            collect(&path, into);
        } else if name.ends_with(".md") {
            into.push(path);
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}
