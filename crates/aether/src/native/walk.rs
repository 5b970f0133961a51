//! What a pattern with wildcards names right now.

use std::path::{Path, PathBuf};

use aether_path::{PathPattern, VirtualPath};

use super::NativeError;

/// Most files and folders that one pattern may name: each is mounted by itself.
const MATCHES: usize = 512;

/// Most entries that are looked at for one pattern.
const LOOKED_AT: usize = 100_000;

/// A file, or a folder that is named with everything in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) at: VirtualPath,
    pub(super) host: PathBuf,
}

/// Everything that a pattern names below `host`, which stands at the pattern's root. Follows no
/// link and names none: what a link leads to was not granted.
pub(super) fn matches(pattern: &PathPattern, host: &Path) -> Result<Vec<Found>, NativeError> {
    let too_many =
        |most, what| NativeError::TooMany { pattern: pattern.as_str().to_owned(), most, what };
    let mut found = Vec::new();
    let mut looked_at = 0;
    let mut folders = vec![(pattern.root(), host.to_owned())];
    while let Some((at, host)) = folders.pop() {
        let entries = match std::fs::read_dir(&host) {
            Ok(entries) => entries,
            // What its owner may not list either, or what has just gone, is not granted.
            Err(_) => continue,
        };
        for entry in entries.filter_map(Result::ok) {
            looked_at += 1;
            if looked_at > LOOKED_AT {
                return Err(too_many(LOOKED_AT, "entries to look through"));
            }
            let name = entry.file_name();
            // Patterns are text: a name that is none is named by no pattern.
            let Some(Ok(at)) = name.to_str().map(|name| at.join(name)) else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_file() && pattern.matches(&at) || kind.is_dir() && names_all(pattern, &at) {
                found.push(Found { at, host: entry.path() });
                if found.len() > MATCHES {
                    return Err(too_many(MATCHES, "files"));
                }
            } else if kind.is_dir() && pattern.leads_to(&at) {
                folders.push((at, entry.path()));
            }
        }
    }
    found.sort_by(|a, b| a.at.as_str().cmp(b.at.as_str()));
    Ok(found)
}

/// Whether a pattern names a folder and everything that is or will be in it.
pub(super) fn names_all(pattern: &PathPattern, folder: &VirtualPath) -> bool {
    // A name with wildcard characters reads as a wider pattern, which is covered by less.
    let tree = PathPattern::parse(&format!("{}/**", folder.as_str().trim_end_matches('/')));
    tree.is_ok_and(|tree| pattern.covers(&tree))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn named(pattern: &str, host: &Path) -> Vec<String> {
        let pattern = PathPattern::parse(pattern).unwrap();
        let found = matches(&pattern, host).unwrap();
        found.into_iter().map(|found| found.at.as_str().to_owned()).collect()
    }

    #[test]
    fn files_by_wildcard_and_whole_folders() {
        let folder = tempfile::tempdir().unwrap();
        let host = folder.path();
        for path in ["a.log", "b.txt", "sub/c.log", "sub/deep/d.log", "x/data/e", "y/data/f"] {
            std::fs::create_dir_all(host.join(path).parent().unwrap()).unwrap();
            std::fs::write(host.join(path), path).unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", host.join("link.log")).unwrap();
        std::os::unix::fs::symlink("/etc", host.join("link")).unwrap();
        assert_eq!(named("/v/*.log", host), ["/v/a.log"]);
        assert_eq!(named("/v/**/*.log", host), ["/v/a.log", "/v/sub/c.log", "/v/sub/deep/d.log"]);
        assert_eq!(named("/v/*/data/", host), ["/v/x/data", "/v/y/data"]);
        assert!(named("/v/*.none", host).is_empty());
    }

    #[test]
    fn a_pattern_that_names_too_much_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..=MATCHES {
            std::fs::write(folder.path().join(format!("{number}.log")), "").unwrap();
        }
        let pattern = PathPattern::parse("/v/*.log").unwrap();
        let error = matches(&pattern, folder.path()).unwrap_err();
        assert!(error.to_string().contains("more than 512 files"), "{error}");
    }
}
