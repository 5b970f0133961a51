//! Where the virtual tree's folders are on the host.

use std::path::{Component, Path, PathBuf};

use aether_overlay::Mount as OverlayMount;
use aether_path::{PathPattern, VirtualPath};
use aether_policy::grant::Mount as PolicyMount;

/// A host folder put at a place of a plugin's virtual tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Where the plugin sees it.
    pub at: VirtualPath,
    /// The folder on the host.
    pub host: PathBuf,
    /// Whether a person named the folder for this run. A folder that a pipeline chose needs the
    /// policy's word.
    pub typed_by_person: bool,
}

/// Every place with its host folder: the working folder, the given mounts, and for the rest the
/// same path on the host.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    mounts: Vec<Mount>,
}

impl Places {
    pub(crate) fn new(workdir: &Path, mounts: &[Mount]) -> Self {
        let workspace =
            Mount { at: VirtualPath::workspace(), host: workdir.to_owned(), typed_by_person: true };
        let mut all = vec![workspace];
        all.extend(mounts.iter().map(|mount| Mount { host: real(&mount.host), ..mount.clone() }));
        Self { mounts: all }
    }

    /// For the policy: the places, and each requested root that lies elsewhere as itself.
    pub(crate) fn for_policy<'a>(
        &self,
        patterns: impl Iterator<Item = &'a PathPattern>,
    ) -> Vec<PolicyMount> {
        let policy = |mount: &Mount| PolicyMount {
            root: mount.at.clone(),
            host: mount.host.to_string_lossy().into_owned(),
            typed_by_person: mount.typed_by_person,
        };
        let mut all: Vec<PolicyMount> = self.mounts.iter().map(policy).collect();
        for pattern in patterns {
            let root = place_of(pattern);
            if self.inner(&root).is_none() && all.iter().all(|mount| mount.root != root) {
                let host = real(Path::new(root.as_str())).to_string_lossy().into_owned();
                all.push(PolicyMount { root, host, typed_by_person: false });
            }
        }
        all
    }

    /// For the overlay: one mount for each granted root.
    pub(crate) fn for_overlay<'a>(
        &self,
        patterns: impl Iterator<Item = &'a PathPattern>,
    ) -> Vec<OverlayMount> {
        let mut all: Vec<OverlayMount> = Vec::new();
        for pattern in patterns {
            let root = place_of(pattern);
            if all.iter().any(|mount| mount.at == root) {
                continue;
            }
            let host = self.host_of(&root);
            all.push(if pattern.is_exact() {
                OverlayMount::file(root, host)
            } else {
                OverlayMount::folder(root, host)
            });
        }
        all
    }

    /// The host path of a virtual path, without links on the way as far as it exists.
    fn host_of(&self, path: &VirtualPath) -> PathBuf {
        let host = match self.inner(path) {
            Some(mount) => match path.strip_prefix(&mount.at) {
                Some(rest) if !rest.is_empty() => mount.host.join(rest.trim_start_matches('/')),
                _ => mount.host.clone(),
            },
            None => PathBuf::from(path.as_str()),
        };
        real(&host)
    }

    fn inner(&self, path: &VirtualPath) -> Option<&Mount> {
        let holding = self.mounts.iter().filter(|mount| path.starts_with(&mount.at));
        holding.max_by_key(|mount| mount.at.components().count())
    }
}

/// The path itself for a pattern without wildcards, otherwise its fixed leading folder.
fn place_of(pattern: &PathPattern) -> VirtualPath {
    if pattern.is_exact() {
        let exact = VirtualPath::resolve(&VirtualPath::workspace(), pattern.as_str());
        return exact.unwrap_or_else(|_| pattern.root());
    }
    pattern.root()
}

/// The path without links: the part that exists is resolved, the rest is kept. Trusted input: it
/// comes from the host's owner, or is the name that was granted.
pub(crate) fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut existing = absolute.as_path();
    let mut rest = Vec::new();
    loop {
        if let Ok(found) = existing.canonicalize() {
            return rest.iter().rev().fold(found, |path, name| path.join(name));
        }
        match (existing.parent(), existing.components().next_back()) {
            (Some(parent), Some(Component::Normal(name))) => {
                rest.push(name.to_owned());
                existing = parent;
            }
            _ => return absolute,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> VirtualPath {
        VirtualPath::parse(text).unwrap()
    }

    #[test]
    fn the_innermost_mount_decides() {
        let work = tempfile::tempdir().unwrap();
        let logs = tempfile::tempdir().unwrap();
        let work = work.path().canonicalize().unwrap();
        let mounts =
            [Mount { at: path("/var/log"), host: logs.path().to_owned(), typed_by_person: true }];
        let places = Places::new(&work, &mounts);
        assert_eq!(places.host_of(&path("/workspace/out/a")), work.join("out/a"));
        assert_eq!(
            places.host_of(&path("/var/log/x")),
            logs.path().canonicalize().unwrap().join("x")
        );
        assert_eq!(places.host_of(&path("/nonexistent/x")), Path::new("/nonexistent/x"));
    }

    #[test]
    fn links_in_a_granted_name_are_resolved_once_here() {
        let work = tempfile::tempdir().unwrap();
        let work = work.path().canonicalize().unwrap();
        std::fs::create_dir(work.join("real")).unwrap();
        std::os::unix::fs::symlink("real", work.join("link")).unwrap();
        assert_eq!(real(&work.join("link/new/file")), work.join("real/new/file"));
    }

    #[test]
    fn exact_patterns_become_files_and_others_their_folder() {
        let places = Places::new(Path::new("/work"), &[]);
        let patterns = ["./notes.txt", "./out/", "/nonexistent/**", "./out/*.md"]
            .map(|p| PathPattern::parse(p).unwrap());
        let mounts = places.for_overlay(patterns.iter());
        let at: Vec<&str> = mounts.iter().map(|mount| mount.at.as_str()).collect();
        assert_eq!(at, ["/workspace/notes.txt", "/workspace/out", "/nonexistent"]);
    }
}
