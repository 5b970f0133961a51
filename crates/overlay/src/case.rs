//! Host folders that take `README` and `readme` for one name.
//!
//! The tree in memory keeps names apart by their bytes. Over such a folder, what was written under
//! one spelling would not be found under another, and two files would wait to be applied to one. So
//! a path is resolved to the spelling that there is, and only that reaches everything else. It costs
//! a listing for each name of a path, over such folders alone.

use std::ffi::OsStr;

use aether_path::VirtualPath;

use crate::error::{Error, HostProblem, Problem};
use crate::list::MAX_LISTED;
use crate::mounts::{Mounted, Mounts};
use crate::overlay::Overlay;
use crate::sys::Meta;
use crate::upper::Node;

/// Most spellings of one name that are looked at. A folder of the host has one, if it folds case.
const MAX_SPELLINGS: usize = 16;

impl Overlay {
    /// The spelling of a name by which something stands in a folder, or last did. As it was typed
    /// if there is none.
    pub(crate) fn spelling(&self, folder: &VirtualPath, name: &str) -> Result<String, Error> {
        let typed = || name.to_owned();
        let Ok(path) = folder.join(name) else { return Ok(typed()) };
        let Some(mount) = self.mounts.find(&path).filter(|mount| mount.folds) else {
            return Ok(typed());
        };
        let folded = fold(name);
        let is_same = |other: &&str| fold(other) == folded;
        let upper = || self.upper.children(folder).map(|(name, _)| name);
        if upper().any(|other| other == name) {
            return Ok(typed());
        }
        if let Some(other) = upper().find(is_same) {
            return Ok(other.to_owned());
        }
        if let Some(other) = self.mounts.names_in(folder).into_iter().find(is_same) {
            return Ok(other.to_owned());
        }
        let hidden = self.upper.hides_below(&path)
            || matches!(self.upper.get(folder), Some(Node::Folder { .. }));
        match hidden {
            true => Ok(typed()),
            false => mount.spelling(folder, name).map_err(|problem| problem.at(&path)),
        }
    }
}

impl Mounted {
    fn spelling(&self, folder: &VirtualPath, name: &str) -> Result<String, Problem> {
        let folded = fold(name);
        let same =
            |other: &OsStr| other.to_str().filter(|other| fold(other) == folded).map(str::to_owned);
        let below = OsStr::new(self.below(folder));
        let listed = match self.root.least_names(below, MAX_SPELLINGS, &same) {
            Ok(listed) => listed,
            // Nothing is there, so nothing has another spelling.
            Err(HostProblem::NotFound | HostProblem::NotFolder | HostProblem::Symlink) => {
                return Ok(name.to_owned());
            }
            Err(problem) => return Err(problem.into()),
        };
        match listed.names.contains_key(name) {
            true => Ok(name.to_owned()),
            false => match listed.names.into_keys().next() {
                Some(other) => Ok(other),
                None if listed.all => self.odd_spelling(below, name),
                None => Err(Problem::TooLarge),
            },
        }
    }

    /// The host may take more names for one than we know: it then finds one that is not listed, which
    /// is told by what it is.
    fn odd_spelling(&self, folder: &OsStr, name: &str) -> Result<String, Problem> {
        let mut typed = folder.to_owned();
        if !folder.is_empty() {
            typed.push("/");
        }
        typed.push(name);
        let Ok(found) = self.root.meta(&typed) else { return Ok(name.to_owned()) };
        let listed = self.root.names(folder, MAX_LISTED)?;
        let is_found = |meta: &Meta| (meta.device, meta.inode) == (found.device, found.inode);
        let same = listed.names.into_iter().find(|(_, meta)| is_found(meta));
        same.and_then(|(name, _)| name.into_string().ok()).ok_or(Problem::NotUtf8)
    }
}

impl Mounts {
    /// Whether any of them takes several spellings for one name.
    pub(crate) fn any_folds(&self) -> bool {
        self.iter().any(|mount| mount.folds)
    }

    /// The place of the mount that a path leads to on the host, however it is spelled.
    pub(crate) fn place_of(&self, path: &VirtualPath) -> Option<VirtualPath> {
        let found = self.find(path)?;
        if !found.folds {
            return Some(found.at.clone());
        }
        let folded = fold(path.as_str());
        let holds = |at: &VirtualPath| {
            let rest = folded.strip_prefix(&fold(at.as_str()));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || at.is_root())
        };
        let holding = self.iter().map(|mount| &mount.at).filter(|at| holds(at));
        holding.max_by_key(|at| at.as_str().len()).cloned()
    }
}

/// The form that all spellings of a name share, as far as we know.
pub(crate) fn fold(name: &str) -> String {
    name.to_lowercase()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;

    use super::*;
    use crate::changeset::ChangeKind;
    use crate::config::{Mount, OverlayConfig};
    use crate::resolve::LastLink;

    fn path(text: &str) -> VirtualPath {
        VirtualPath::parse(text).expect(text)
    }

    /// A folder that is said to fold case. The host's may keep names apart: only listed spellings
    /// reach it.
    struct Lab {
        _dir: tempfile::TempDir,
        overlay: Overlay,
    }

    impl Lab {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let top = dir.path().canonicalize().unwrap();
            fs::create_dir_all(top.join("host/Docs/Deep")).unwrap();
            fs::create_dir_all(top.join("inner")).unwrap();
            for (name, content) in [("README", "read me"), ("Docs/Ärger", "umlaut"), ("x", "x")] {
                fs::write(top.join("host").join(name), content).unwrap();
            }
            std::os::unix::fs::symlink("DOCS/ärger", top.join("host/Link")).unwrap();
            let mounts = vec![
                Mount::folder(path("/w"), top.join("host")),
                Mount::folder(path("/w/In"), top.join("inner")),
            ];
            let mut overlay =
                Overlay::new(OverlayConfig { mounts, ..OverlayConfig::default() }).unwrap();
            assert!(
                !overlay.mounts.any_folds(),
                "this test is for where the host keeps them apart"
            );
            overlay.mounts.fold_all();
            Self { _dir: dir, overlay }
        }

        fn at(&self, text: &str) -> crate::resolve::Resolved {
            self.overlay.resolve(&path(text), LastLink::Follow).expect(text)
        }

        fn itself(&self, text: &str) -> crate::resolve::Resolved {
            self.overlay.resolve(&path(text), LastLink::Keep).expect(text)
        }

        fn read(&self, text: &str) -> String {
            let chunk = self.overlay.read(&self.at(text), 0, usize::MAX).expect(text);
            String::from_utf8(chunk.bytes).unwrap()
        }

        fn write(&mut self, text: &str, content: &str) {
            let at = self.at(text);
            self.overlay.write(&at, content.into()).expect(text);
        }

        fn list(&self, text: &str) -> Vec<String> {
            let listing = self.overlay.list(&self.at(text), |_| true).unwrap();
            listing.entries.into_iter().map(|entry| entry.name).collect()
        }

        fn changes(&self) -> Vec<(String, ChangeKind)> {
            let changeset = self.overlay.changeset();
            let changes = changeset.changes().iter();
            changes.map(|one| (one.path.as_str().to_owned(), one.kind.clone())).collect()
        }
    }

    #[test]
    fn spellings_lead_to_the_one_that_there_is() {
        let lab = Lab::new();
        for (asked, found) in [
            ("/w/readme", "/w/README"),
            ("/w/README", "/w/README"),
            ("/w/DOCS/deep", "/w/Docs/Deep"),
            ("/w/docs/äRGER", "/w/Docs/Ärger"),
            ("/w/link", "/w/Docs/Ärger"),
            ("/w/IN/new", "/w/In/new"),
            ("/w/docs/New/Er", "/w/Docs/New/Er"),
        ] {
            assert_eq!(lab.at(asked).path().as_str(), found);
        }
        assert_eq!(lab.read("/w/ReadMe"), "read me");
        assert_eq!(lab.read("/w/LINK"), "umlaut");
    }

    #[test]
    fn one_name_is_changed_however_it_is_spelled() {
        let mut lab = Lab::new();
        lab.write("/w/readme", "changed");
        lab.write("/w/New", "1");
        lab.write("/w/NEW", "2");
        assert_eq!((lab.read("/w/README"), lab.read("/w/new")), ("changed".into(), "2".into()));
        let at = lab.itself("/w/X");
        lab.overlay.remove_file(&at).unwrap();
        assert!(lab.overlay.stat(&lab.at("/w/x")).is_err());
        // Back in the place of what went, so that nothing else is in its way.
        lab.write("/w/X", "again");
        assert_eq!(lab.list("/w"), ["Docs", "In", "Link", "New", "README", "x"]);
        assert_eq!(
            lab.changes(),
            [
                ("/w/New".into(), ChangeKind::Added),
                ("/w/README".into(), ChangeKind::Modified),
                ("/w/x".into(), ChangeKind::Modified),
            ]
        );
        let error = lab.overlay.mkdir(&lab.itself("/w/DOCS")).unwrap_err();
        assert_eq!(error.code(), "EEXIST");
        // Another spelling of the same name is no other name.
        let (from, to) = (lab.itself("/w/README"), lab.itself("/w/ReadMe"));
        lab.overlay.rename(&from, &to, |_, _| true).unwrap();
        assert_eq!(lab.changes().len(), 3);
    }

    #[test]
    fn no_spelling_leads_behind_another_mount() {
        let mut lab = Lab::new();
        let at = lab.itself("/w/l");
        for target in ["In/x", "iN/x"] {
            let error = lab.overlay.symlink(target, &at, |_| true).unwrap_err();
            assert_eq!(error.problem, Problem::LeadsOut, "{target}");
        }
    }
}
