//! Whether a folder takes several spellings for one name.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use rustix::fs::{AtFlags, Mode, OFlags, ioctl_getflags, openat, statat};

use super::root::Root;
use super::{Meta, meta_of};

/// `FS_CASEFOLD_FL`: set on each folder of ext4, f2fs and tmpfs that does.
const CASEFOLD: u32 = 0x4000_0000;

/// How many names are tried. All of a folder's names behave alike.
const MAX_TRIED: usize = 16;

impl Root {
    /// Told by the folder's flag; where the file system has none, by looking up what is in the folder,
    /// or the folder itself by its own name, in another spelling.
    pub(crate) fn folds(&self, own_name: Option<&OsStr>) -> bool {
        self.is_flagged()
            || self.folds_names()
            || own_name.is_some_and(|name| self.folds_own_name(name).unwrap_or(false))
    }

    fn is_flagged(&self) -> bool {
        let opened = openat(self.as_fd(), ".", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        let flags = opened.and_then(ioctl_getflags);
        flags.is_ok_and(|flags| flags.bits() & CASEFOLD != 0)
    }

    fn folds_names(&self) -> bool {
        let listed = self.names(OsStr::new(""), MAX_TRIED);
        listed.is_ok_and(|listed| tell(&listed.names, |name| self.meta(name).ok()))
    }

    /// `None` where another file system begins with the folder.
    fn folds_own_name(&self, name: &OsStr) -> Option<bool> {
        let stat = |path: &OsStr| {
            let stat = statat(self.as_fd(), path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            Some(meta_of(&stat))
        };
        let beside = |name: &OsStr| {
            let mut path = OsString::from("../");
            path.push(name);
            stat(&path)
        };
        let (itself, around) = (stat(OsStr::new("."))?, stat(OsStr::new(".."))?);
        let one = itself.device == around.device;
        one.then(|| tell(&[(name.to_owned(), itself)], beside))
    }
}

/// Whether one of some names is found in another spelling, by which none of them is listed.
fn tell(listed: &[(OsString, Meta)], look: impl Fn(&OsStr) -> Option<Meta>) -> bool {
    listed.iter().any(|(name, meta)| {
        let other = other_spelling(name);
        other.is_some_and(|other| {
            listed.iter().all(|(name, _)| *name != other)
                && look(&other)
                    .is_some_and(|found| (found.device, found.inode) == (meta.device, meta.inode))
        })
    })
}

/// A name with its letters in the other case; `None` if it has none.
fn other_spelling(name: &OsStr) -> Option<OsString> {
    let flip = |byte: &u8| match byte {
        b'a'..=b'z' => byte.to_ascii_uppercase(),
        _ => byte.to_ascii_lowercase(),
    };
    let other: Vec<u8> = name.as_bytes().iter().map(flip).collect();
    (other != name.as_bytes()).then(|| OsString::from_vec(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Resolution;

    #[test]
    fn folding_is_told_by_what_is_found() {
        let meta = |inode| Meta {
            kind: super::super::HostKind::File,
            len: 0,
            modified: (0, 0),
            changed: (0, 0),
            device: 1,
            inode,
            mode: 0o644,
            owner: (0, 0),
            links: 1,
            whiteout: false,
        };
        let check = |listed: &[(&str, u64)], there: &[(&str, u64)], expect: bool| {
            let listed: Vec<(OsString, Meta)> =
                listed.iter().map(|(name, inode)| ((*name).into(), meta(*inode))).collect();
            let look = |asked: &OsStr| {
                let found = there.iter().find(|(name, _)| *name == asked);
                found.map(|(_, inode)| meta(*inode))
            };
            assert_eq!(tell(&listed, look), expect, "{listed:?}");
        };
        check(&[], &[], false);
        check(&[("1", 1), ("Readme", 2)], &[("rEADME", 2)], true);
        check(&[("1", 1), ("Readme", 2)], &[("1", 1)], false);
        check(&[("Readme", 2)], &[("rEADME", 3)], false);
        // Two names, one of which happens to be the other's spelling and another name of its file.
        check(&[("a", 2), ("A", 2)], &[("a", 2), ("A", 2)], false);
    }

    #[test]
    fn a_folder_that_keeps_them_apart_is_told_so() {
        let dir = tempfile::tempdir().expect("a folder");
        let top = dir.path().canonicalize().expect("its path");
        let distinct = std::fs::write(top.join("probe"), "").is_ok()
            && std::fs::metadata(top.join("PROBE")).is_err();
        let root = Root::open(&top, Resolution::Auto).expect("it opens");
        assert_eq!(root.folds(top.file_name()), !distinct);
    }
}
