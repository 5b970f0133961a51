//! The folders and files that a native program finds: a tree of its host's own, which its container may
//! read, and write where that is said. No access list of anybody else's file is ever changed, and no file
//! of it is another name for one.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::ffi::OsString;
use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::os::windows::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf, Prefix};
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::GENERIC_WRITE;
use windows_sys::Win32::Storage::FileSystem::{
    CREATE_NEW, CreateDirectoryW, CreateFileW, DELETE, FILE_ALL_ACCESS,
    FILE_ATTRIBUTE_REPARSE_POINT, FILE_GENERIC_EXECUTE, FILE_GENERIC_READ, FILE_GENERIC_WRITE,
};

use super::acl::Private;
use super::calls::{Calls, System, checked, owned};
use super::container::Container;
use super::sid::Sid;

/// What a program may do with what it may read.
const READ: u32 = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE;

/// What it may do with what it may write. It changes no access list and takes nothing over.
const WRITE: u32 = READ | FILE_GENERIC_WRITE | DELETE;

/// A folder with everything that a native program finds beside the system's own files, made for the
/// container of one launch.
#[derive(Debug)]
pub struct Stage {
    root: PathBuf,
    reads: Private,
    writes: Private,
    /// It stays as long as anything is there for it.
    _container: Container,
}

impl Stage {
    /// Makes the folder, which must not be there yet, for the container of this name:
    /// [`crate::LaunchOptions::container`]. Where the system makes no container it is for the restricted
    /// token that stands in for one.
    ///
    /// # Errors
    /// The system's.
    pub fn new(root: &Path, container: Option<&str>) -> io::Result<Self> {
        let container = Container::named(container);
        let stage = Self::with(&System, root, container)?;
        make_folder(&stage.root, &stage.reads)?;
        Ok(stage)
    }

    fn with(calls: &dyn Calls, root: &Path, container: Container) -> io::Result<Self> {
        let whose = container.sid(calls).unwrap_or_else(|_| Sid::restricted());
        let (user, system) = (calls.host()?.user, Sid::system());
        let made = |rights| {
            Private::handed_down(&[
                (&user, FILE_ALL_ACCESS),
                (&system, FILE_ALL_ACCESS),
                (&whose, rights),
            ])
        };
        let (reads, writes) = (made(READ)?, made(WRITE)?);
        Ok(Self { root: std::path::absolute(root)?, reads, writes, _container: container })
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes a folder below it, which the program may write to or not. The folder around it is there.
    ///
    /// # Errors
    /// The system's, and `InvalidInput` for a path that is not below it.
    pub fn folder(&self, at: &Path, may_write: bool) -> io::Result<()> {
        make_folder(&self.below(at)?, self.rights(may_write))
    }

    /// Makes an empty file below it, likewise.
    ///
    /// # Errors
    /// As [`Stage::folder`].
    pub fn file(&self, at: &Path, may_write: bool) -> io::Result<()> {
        let path = verbatim(&self.below(at)?);
        let attributes = self.rights(may_write).attributes(false);
        // SAFETY: the path ends with a zero, the attributes live through the call, no template is given, and
        // what was made is nobody else's.
        let made = unsafe {
            let (path, attributes) = (path.as_ptr(), &raw const attributes);
            owned(CreateFileW(path, GENERIC_WRITE, 0, attributes, CREATE_NEW, 0, null_mut()))
        };
        made.map(drop)
    }

    fn rights(&self, may_write: bool) -> &Private {
        if may_write { &self.writes } else { &self.reads }
    }

    fn below(&self, at: &Path) -> io::Result<PathBuf> {
        let is_below = at.strip_prefix(&self.root).is_ok_and(|rest| {
            let mut parts = rest.components().peekable();
            parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
        });
        if is_below { Ok(at.to_owned()) } else { Err(io::ErrorKind::InvalidInput.into()) }
    }
}

fn make_folder(at: &Path, private: &Private) -> io::Result<()> {
    let path = verbatim(at);
    let attributes = private.attributes(false);
    // SAFETY: the path ends with a zero, and the attributes live through the call.
    checked(unsafe { CreateDirectoryW(path.as_ptr(), &raw const attributes) })
}

/// A path with a zero at its end, in the form that may be long.
fn verbatim(path: &Path) -> Vec<u16> {
    let on_a_drive = matches!(
        path.components().next(),
        Some(Component::Prefix(prefix)) if matches!(prefix.kind(), Prefix::Disk(_))
    );
    let mut whole = OsString::from(if on_a_drive { r"\\?\" } else { "" });
    // That form takes no other separators.
    whole.push(path.components().collect::<PathBuf>());
    whole.encode_wide().chain([0]).collect()
}

/// How much a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) bytes: u64,
    pub(super) entries: usize,
}

/// How much a folder holds, as far as it can be looked at: nothing is followed that leads elsewhere. It is
/// looked at no further than one entry more than `most`.
pub(super) fn size_of_folder(folder: &Path, most: usize) -> Size {
    let mut open = vec![folder.to_owned()];
    let mut size = Size { bytes: 0, entries: 0 };
    while let Some(folder) = open.pop() {
        // What is gone by now holds nothing.
        for entry in std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
            size.entries += 1;
            if size.entries > most {
                return size;
            }
            let Ok(about) = entry.metadata() else { continue };
            size.bytes = size.bytes.saturating_add(about.len());
            let leads_elsewhere = about.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0;
            if about.is_dir() && !leads_elsewhere {
                open.push(entry.path());
            }
        }
    }
    size
}

#[cfg(test)]
mod tests {
    use super::super::acl::grants_of;
    use std::os::windows::fs::OpenOptionsExt as _;
    use std::os::windows::io::AsHandle as _;

    use windows_sys::Win32::Storage::FileSystem::FILE_FLAG_BACKUP_SEMANTICS;

    use super::super::calls::dacl_of;
    use super::*;

    fn fresh(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("aether-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&root));
        root
    }

    #[test]
    fn what_is_made_is_for_its_user_and_one_container() {
        let root = fresh("stage-lists");
        let stage = Stage::new(&root, Some("stage-lists")).unwrap();
        let (open, shut) = (root.join("open"), root.join("shut"));
        stage.folder(&open, true).unwrap();
        stage.folder(&shut, false).unwrap();
        stage.file(&shut.join("file"), true).unwrap();
        std::fs::write(open.join("within"), "x").unwrap();
        let rights = |path: &Path| {
            let mut options = std::fs::OpenOptions::new();
            options.read(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS);
            let (protected, list) = dacl_of(options.open(path).unwrap().as_handle()).unwrap();
            let grants = grants_of(&list).unwrap();
            let user = System.host().unwrap().user;
            let others = grants.iter().filter(|(sid, _)| *sid != user && *sid != Sid::system());
            let others: Vec<u32> = others.map(|(_, rights)| *rights).collect();
            assert!(others.len() <= 1, "{path:?}: {grants:?}");
            (protected, others.first().copied())
        };
        if super::super::wine::is_wine() {
            eprintln!(
                "SKIPPED: needs real Windows, where files keep the lists that they are made with"
            );
        } else {
            assert_eq!(rights(&root), (true, Some(READ)));
            assert_eq!(rights(&open), (true, Some(WRITE)));
            assert_eq!(rights(&shut), (true, Some(READ)));
            assert_eq!(rights(&shut.join("file")), (true, Some(WRITE)));
            assert_eq!(rights(&open.join("within")).1, Some(WRITE), "it is handed down");
        }
        assert_eq!(size_of_folder(&root, 9), Size { bytes: 1, entries: 4 });
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn nothing_is_made_elsewhere_and_nothing_twice() {
        let root = fresh("stage-below");
        let stage = Stage::new(&root, None).unwrap();
        assert!(Stage::new(&root, None).is_err(), "it is there");
        let outside = root.with_file_name("aether-stage-outside");
        for path in [&outside, &root, &root.join("..").join("x"), Path::new("x")] {
            let error = stage.folder(path, true).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{path:?}");
            assert!(stage.file(path, true).is_err());
        }
        stage.file(&root.join("file"), false).unwrap();
        assert!(stage.file(&root.join("file"), false).is_err());
        assert!(stage.folder(&root.join("file"), false).is_err());
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_long_path_is_a_path() {
        let root = fresh("stage-long");
        let stage = Stage::new(&root, None).unwrap();
        let mut at = root.clone();
        for _ in 0..6 {
            at.push("x".repeat(60));
            stage.folder(&at, true).unwrap();
        }
        assert!(at.as_os_str().len() > 260 && at.is_dir());
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_folder_is_looked_through_as_far_as_it_matters() {
        let root = fresh("stage-many");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("a"), [0; 100]).unwrap();
        std::fs::create_dir(root.join("b")).unwrap();
        std::fs::write(root.join("b/c"), [0; 23]).unwrap();
        assert_eq!(size_of_folder(&root, 3), Size { bytes: 123, entries: 3 });
        assert_eq!(size_of_folder(&root, 1).entries, 2);
        assert_eq!(size_of_folder(&root.join("missing"), 9), Size { bytes: 0, entries: 0 });
        std::fs::remove_dir_all(&root).unwrap();
    }
}
