//! Where the virtual tree's folders are on the host.

use std::path::{Component, Path, PathBuf};

use aether_manifest::Permission;
use aether_overlay::Mount as OverlayMount;
use aether_path::{PathPattern, VirtualPath};
use aether_policy::grant::{Line, Mount as PolicyMount};

use crate::{host_path, own_process};

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
///
/// Links in a granted name are resolved once, here; policy and consent judge, and the overlay
/// opens, the very path that was found. The overlay follows no link, so a link that is planted
/// afterwards leads nowhere.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The working folder of the host.
    workdir: PathBuf,
    mounts: Vec<Mount>,
    /// Each requested place, with its pattern's kind and where it really is.
    requested: Vec<Requested>,
    /// Places within these to which a step narrows the request.
    narrowed: Vec<VirtualPath>,
}

#[derive(Clone, Debug)]
struct Requested {
    at: VirtualPath,
    exact: bool,
    host: PathBuf,
    /// Whether that is where its name says: no link led elsewhere.
    as_named: bool,
}

impl Places {
    pub(crate) fn new<'a>(
        workdir: &Path,
        mounts: &[Mount],
        patterns: impl Iterator<Item = &'a PathPattern>,
    ) -> Self {
        let workspace =
            Mount { at: VirtualPath::workspace(), host: workdir.to_owned(), typed_by_person: true };
        let mut all = vec![workspace];
        all.extend(mounts.iter().map(|mount| Mount { host: real(&mount.host), ..mount.clone() }));
        let (requested, narrowed) = (Vec::new(), Vec::new());
        let mut places = Self { workdir: workdir.to_owned(), mounts: all, requested, narrowed };
        for pattern in patterns {
            let at = place_of(pattern);
            if places.requested.iter().all(|known| known.at != at) {
                let named = places.named(&at);
                let host = real(&named);
                let as_named = host == named;
                places.requested.push(Requested { at, exact: pattern.is_exact(), host, as_named });
            }
        }
        places
    }

    /// The working folder of the host.
    #[cfg(windows)]
    pub(crate) fn workdir(&self) -> &Path {
        &self.workdir
    }

    /// The same, where a step narrows the request to these.
    pub(crate) fn narrowed_to<'a>(
        mut self,
        patterns: impl Iterator<Item = &'a PathPattern>,
    ) -> Self {
        self.narrowed = patterns.map(place_of).collect();
        self
    }

    /// For the policy: the places; as a place of its own that no person named, a requested one that
    /// lies outside of them, that a link leads out of where its name says, or that shows this
    /// process.
    pub(crate) fn for_policy(&self) -> Vec<PolicyMount> {
        let policy = |at: &VirtualPath, host: &Path, typed_by_person| PolicyMount {
            root: at.clone(),
            host: host_path::name_of(host, &self.workdir),
            typed_by_person,
            shows_host: own_process::is_shown_at(host),
        };
        let given =
            self.mounts.iter().map(|mount| policy(&mount.at, &mount.host, mount.typed_by_person));
        let mut all: Vec<PolicyMount> = given.collect();
        let requested = self.requested.iter().map(|requested| {
            let as_named = requested.as_named && self.inner(&requested.at).is_some();
            (policy(&requested.at, &requested.host, false), as_named)
        });
        let narrowed =
            self.narrowed.iter().map(|at| (policy(at, &self.within_requested(at), false), true));
        for (own, as_named) in requested.chain(narrowed) {
            if !as_named || own.shows_host {
                all.retain(|mount| mount.root != own.root);
                all.push(own);
            }
        }
        all
    }

    /// For the overlay: one mount for each granted place.
    pub(crate) fn for_overlay<'a>(
        &self,
        patterns: impl Iterator<Item = &'a PathPattern>,
    ) -> Vec<OverlayMount> {
        let mut all: Vec<OverlayMount> = Vec::new();
        for pattern in patterns {
            let at = place_of(pattern);
            if all.iter().any(|mount| mount.at == at) {
                continue;
            }
            let (host, exact) = self.host_place(&at, pattern);
            all.push(if exact {
                OverlayMount::file(at, host)
            } else {
                OverlayMount::folder(at, host)
            });
        }
        all
    }

    /// The place that a granted pattern begins at, where that is on the host, and whether it has
    /// no wildcards.
    pub(crate) fn place(&self, pattern: &PathPattern) -> (VirtualPath, PathBuf, bool) {
        let at = place_of(pattern);
        let (host, exact) = self.host_place(&at, pattern);
        (at, host, exact && pattern.is_exact())
    }

    /// Where a granted place is on the host, and whether it is a place without wildcards.
    fn host_place(&self, at: &VirtualPath, pattern: &PathPattern) -> (PathBuf, bool) {
        // A step may narrow a pattern to a place that was not requested as such; it lies within
        // one that was.
        match self.requested.iter().find(|requested| requested.at == *at) {
            Some(requested) => (requested.host.clone(), requested.exact),
            None => (self.within_requested(at), pattern.is_exact()),
        }
    }

    /// Where a path is on the host, no link of it followed, whether or not it was granted.
    pub(crate) fn host_at(&self, path: &VirtualPath) -> PathBuf {
        self.within_requested(path)
    }

    /// For records: where on the host a grant over files begins.
    pub(crate) fn host_of(&self, line: &Line) -> Option<String> {
        let pattern = file_pattern(line)?;
        let (host, _) = self.host_place(&place_of(&pattern), &pattern);
        Some(host.display().to_string())
    }

    /// For records: every place that one of these grants reaches and that is elsewhere on the host
    /// than its name says.
    pub(crate) fn moved<'a>(
        &self,
        lines: impl Iterator<Item = &'a Line>,
    ) -> Vec<(VirtualPath, PathBuf)> {
        let mut all: Vec<(VirtualPath, PathBuf)> = Vec::new();
        for pattern in lines.filter_map(file_pattern) {
            let at = place_of(&pattern);
            let (host, _) = self.host_place(&at, &pattern);
            let as_named = host == self.named(&at);
            let holding = self.inner(&at).filter(|_| as_named);
            let (at, host) =
                holding.map_or((at, host), |mount| (mount.at.clone(), mount.host.clone()));
            if host_path::of_name(at.as_str(), &self.workdir) != host
                && all.iter().all(|(known, _)| *known != at)
            {
                all.push((at, host));
            }
        }
        all
    }

    /// The host path of a virtual path by its name alone, no link followed.
    fn named(&self, path: &VirtualPath) -> PathBuf {
        match self.inner(path) {
            Some(mount) => below(&mount.host, path, &mount.at),
            None => host_path::of_name(path.as_str(), &self.workdir),
        }
    }

    /// The host path of something within a requested place. Links below it are not followed: the
    /// overlay refuses them.
    fn within_requested(&self, path: &VirtualPath) -> PathBuf {
        let holding = self.requested.iter().filter(|requested| path.starts_with(&requested.at));
        match holding.max_by_key(|requested| requested.at.components().count()) {
            Some(requested) => below(&requested.host, path, &requested.at),
            None => self.named(path),
        }
    }

    fn inner(&self, path: &VirtualPath) -> Option<&Mount> {
        let holding = self.mounts.iter().filter(|mount| path.starts_with(&mount.at));
        holding.max_by_key(|mount| mount.at.components().count())
    }
}

fn below(host: &Path, path: &VirtualPath, at: &VirtualPath) -> PathBuf {
    match path.strip_prefix(at) {
        Some(rest) if !rest.is_empty() => host.join(rest.trim_start_matches('/')),
        _ => host.to_owned(),
    }
}

/// The pattern of a grant over files.
fn file_pattern(line: &Line) -> Option<PathPattern> {
    let files = matches!(line.permission, Permission::FilesystemRead | Permission::FilesystemWrite);
    // It was parsed from the same text before.
    PathPattern::parse(&line.resource).ok().filter(|_| files)
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
        if let Ok(found) = host_path::real(existing) {
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

/// The path without `..`, by its words alone: where it really leads, no file system is asked.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

// By links, which an ordinary user of Windows may not make.
#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_stays_below_its_root() {
        let check =
            |path: &str, expect: &str| assert_eq!(plain(Path::new(path)), Path::new(expect));
        check("/a/./b//c", "/a/b/c");
        check("/a/../../b/..", "/");
        check("/../etc/x", "/etc/x");
        check("a/../b", "b");
    }

    fn path(text: &str) -> VirtualPath {
        VirtualPath::parse(text).unwrap()
    }

    fn pattern(text: &str) -> PathPattern {
        PathPattern::parse(text).unwrap()
    }

    /// Where the policy is told, and the overlay is given, that a pattern leads.
    #[track_caller]
    fn check(places: &Places, text: &str, host: &Path, judged_by_itself: bool) {
        let pattern = pattern(text);
        let mounts = places.for_overlay([&pattern].into_iter());
        assert_eq!(mounts[0].host, host);
        let own = places.for_policy().into_iter().find(|mount| mount.root == mounts[0].at);
        let own = own.filter(|mount| !mount.typed_by_person);
        assert_eq!(own.is_some(), judged_by_itself, "{own:?}");
        if let Some(own) = own {
            assert_eq!(Path::new(&own.host), host);
        }
    }

    #[test]
    fn the_innermost_mount_decides() {
        let work = tempfile::tempdir().unwrap();
        let logs = tempfile::tempdir().unwrap();
        let (work, logs) =
            (work.path().canonicalize().unwrap(), logs.path().canonicalize().unwrap());
        let mounts = [Mount { at: path("/var/log"), host: logs.clone(), typed_by_person: true }];
        let patterns = ["./out/", "/var/log/x/**", "/nonexistent/**"].map(pattern);
        let places = Places::new(&work, &mounts, patterns.iter());
        check(&places, "./out/", &work.join("out"), false);
        check(&places, "/var/log/x/**", &logs.join("x"), false);
        check(&places, "/nonexistent/**", Path::new("/nonexistent"), true);
    }

    #[test]
    fn a_link_at_a_granted_name_is_judged_by_where_it_leads() {
        let work = tempfile::tempdir().unwrap();
        let secret = tempfile::tempdir().unwrap();
        let (work, secret) =
            (work.path().canonicalize().unwrap(), secret.path().canonicalize().unwrap());
        std::os::unix::fs::symlink(&secret, work.join("data")).unwrap();
        std::os::unix::fs::symlink(secret.join("file"), work.join("note.txt")).unwrap();
        let patterns = ["./data/**", "./note.txt", "./plain/"].map(pattern);
        let places = Places::new(&work, &[], patterns.iter());
        check(&places, "./data/**", &secret, true);
        check(&places, "./note.txt", &work.join("note.txt"), false);
        check(&places, "./plain/", &work.join("plain"), false);
        std::fs::write(secret.join("file"), "").unwrap();
        let places = Places::new(&work, &[], patterns.iter());
        check(&places, "./note.txt", &secret.join("file"), true);
        // Planted after the decision: the overlay is still given the path that was judged.
        std::fs::remove_file(work.join("data")).unwrap();
        std::os::unix::fs::symlink("/root", work.join("data")).unwrap();
        check(&places, "./data/**", &secret, true);
    }

    #[test]
    fn a_narrowed_place_lies_within_the_requested_one() {
        let work = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let (work, other) =
            (work.path().canonicalize().unwrap(), other.path().canonicalize().unwrap());
        std::os::unix::fs::symlink(&other, work.join("data")).unwrap();
        let places = Places::new(&work, &[], [pattern("./data/**")].iter());
        let mounts = places.for_overlay([&pattern("./data/sub/**")].into_iter());
        assert_eq!(mounts[0].host, other.join("sub"));
    }

    /// However it is reached, what shows this process is told to the policy as such.
    #[test]
    fn this_process_is_told_wherever_it_stands() {
        let work = tempfile::tempdir().unwrap();
        let work = work.path().canonicalize().unwrap();
        std::os::unix::fs::symlink("/proc/self", work.join("me")).unwrap();
        let own = std::process::id();
        let told = |workdir: &Path, text: &str, narrowed: &str| {
            let requested = [pattern(text)];
            let narrowed = [pattern(narrowed)];
            let places = Places::new(workdir, &[], requested.iter());
            let mounts = places.narrowed_to(narrowed.iter()).for_policy();
            mounts.iter().any(|mount| mount.shows_host)
        };
        let plainly = |workdir: &Path, text: &str| told(workdir, text, text);
        assert!(plainly(&work, "/proc/self/environ") && plainly(&work, "/proc/thread-self/"));
        assert!(plainly(&work, &format!("/proc/{own}/environ")) && plainly(&work, "./me/environ"));
        assert!(plainly(&work, &format!("/proc/self/task/{own}/mem")));
        assert!(plainly(Path::new("/proc/self"), "./environ"));
        assert!(plainly(Path::new("/proc"), &format!("./{own}/environ")));
        assert!(told(Path::new("/proc"), "./**", &format!("./{own}/environ")));
        assert!(!plainly(&work, "/proc/**") && !plainly(&work, "/proc/cpuinfo"));
        assert!(!plainly(&work, "./**") && !plainly(Path::new("/proc"), "./**"));
    }

    #[test]
    fn links_in_a_typed_path_are_resolved() {
        let work = tempfile::tempdir().unwrap();
        let work = work.path().canonicalize().unwrap();
        std::fs::create_dir(work.join("real")).unwrap();
        std::os::unix::fs::symlink("real", work.join("link")).unwrap();
        assert_eq!(real(&work.join("link/new/file")), work.join("real/new/file"));
    }
}
