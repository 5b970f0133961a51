//! The folders and files that a native program finds: a tree of its host's own, which its container may
//! read, and write where that is said. No access list of anybody else's file is ever changed, and no file
//! of it is another name for one.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::os::windows::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf, Prefix};
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::GENERIC_WRITE;
use windows_sys::Win32::Security::{DACL_SECURITY_INFORMATION, SetFileSecurityW};
use windows_sys::Win32::Storage::FileSystem::{
    CREATE_NEW, CreateDirectoryW, CreateFileW, DELETE, FILE_ALL_ACCESS,
    FILE_ATTRIBUTE_REPARSE_POINT, FILE_GENERIC_EXECUTE, FILE_GENERIC_READ, FILE_GENERIC_WRITE,
};

use super::acl::Private;
use super::calls::{Calls, System, checked, owned};
use super::container::Container;
use super::folder::zeroed;
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
    /// [`crate::LaunchOptions::container`]. Where the system makes no container and the program may do
    /// without, it is for the restricted token that stands in for one; where it may not, for nobody but the
    /// user, and there will be no program.
    ///
    /// # Errors
    /// The system's.
    pub fn new(root: &Path, container: Option<&str>, may_lack: bool) -> io::Result<Self> {
        let container = Container::named(container);
        let root = std::path::absolute(root)?;
        let [reads, writes] = rights(&System, &container, may_lack)?;
        // One that is there is somebody else's, and stays.
        make_folder(&root, &reads)?;
        Ok(Self { root, reads, writes, _container: container })
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

/// For what a program may read, and for what it may write.
fn rights(calls: &dyn Calls, container: &Container, may_lack: bool) -> io::Result<[Private; 2]> {
    let whose = container.sid(calls).ok().or_else(|| may_lack.then(Sid::restricted));
    let (user, system) = (calls.host()?.user, Sid::system());
    let made = |rights| {
        let own = [(&user, FILE_ALL_ACCESS), (&system, FILE_ALL_ACCESS)];
        let all: Vec<_> = own.into_iter().chain(whose.iter().map(|sid| (sid, rights))).collect();
        Private::handed_down(&all)
    };
    Ok([made(READ)?, made(WRITE)?])
}

/// It is taken away as a whole. What a program has made in it may have a list that keeps its user out, who is
/// its owner all the same and can set another one.
impl Drop for Stage {
    fn drop(&mut self) {
        let root = long(&self.root);
        if std::fs::remove_dir_all(&root).is_ok() {
            return;
        }
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            drop(set_list(&folder, &self.reads));
            let entries = std::fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
            let folders =
                entries.filter(|entry| entry.metadata().is_ok_and(|about| is_folder(&about)));
            open.extend(folders.map(|entry| entry.path()));
        }
        // What stays is seen to by whoever made the folder around it.
        drop(std::fs::remove_dir_all(root));
    }
}

/// Whether it is a folder, and does not lead elsewhere.
fn is_folder(about: &Metadata) -> bool {
    about.is_dir() && about.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT == 0
}

/// Sets the access list of a file or folder of ours.
fn set_list(path: &Path, private: &Private) -> io::Result<()> {
    let path = zeroed(path.as_os_str());
    // SAFETY: the path ends with a zero, and the descriptor lives through the call.
    checked(unsafe {
        let descriptor = private.attributes(false).lpSecurityDescriptor;
        SetFileSecurityW(path.as_ptr(), DACL_SECURITY_INFORMATION, descriptor)
    })
}

fn make_folder(at: &Path, private: &Private) -> io::Result<()> {
    let path = verbatim(at);
    let attributes = private.attributes(false);
    // SAFETY: the path ends with a zero, and the attributes live through the call.
    checked(unsafe { CreateDirectoryW(path.as_ptr(), &raw const attributes) })
}

/// A path with a zero at its end, in the form that may be long.
fn verbatim(path: &Path) -> Vec<u16> {
    zeroed(long(path).as_os_str())
}

/// A path in the form that may be long, and in which each name is taken as it is: a program can make some that
/// are read as others otherwise.
fn long(path: &Path) -> PathBuf {
    let on_a_drive = matches!(
        path.components().next(),
        Some(Component::Prefix(prefix)) if matches!(prefix.kind(), Prefix::Disk(_))
    );
    let mut whole = OsString::from(if on_a_drive { r"\\?\" } else { "" });
    // That form takes no other separators.
    whole.push(path.components().collect::<PathBuf>());
    whole.into()
}

/// How much a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) bytes: u64,
    pub(super) entries: usize,
}

/// How much a folder holds: nothing is followed that leads elsewhere. It is looked at no further than one entry
/// more than `most`.
///
/// # Errors
/// The system's, for a folder that cannot be listed: what is in it is not known then.
pub(super) fn size_of_folder(folder: &Path, most: usize) -> io::Result<Size> {
    let mut open = vec![long(folder)];
    let mut size = Size { bytes: 0, entries: 0 };
    while let Some(folder) = open.pop() {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            // What is gone by now holds nothing.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            size.entries += 1;
            if size.entries > most {
                return Ok(size);
            }
            let path = entry?.path();
            // The file itself is asked: a listing does not say how much is written to one that is open.
            let Ok(about) = std::fs::symlink_metadata(&path) else { continue };
            size.bytes = size.bytes.saturating_add(about.len());
            if is_folder(&about) {
                open.push(path);
            }
        }
    }
    Ok(size)
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
        let stage = Stage::new(&root, Some("stage-lists"), true).unwrap();
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
        assert_eq!(size_of_folder(&root, 9).unwrap(), Size { bytes: 1, entries: 4 });
        drop(stage);
        assert!(!root.exists());
    }

    #[test]
    fn nothing_is_made_elsewhere_and_nothing_twice() {
        let root = fresh("stage-below");
        let stage = Stage::new(&root, None, true).unwrap();
        assert!(Stage::new(&root, None, true).is_err(), "it is there");
        assert!(root.is_dir(), "and stays");
        let outside = root.with_file_name("aether-stage-outside");
        for path in [&outside, &root, &root.join("..").join("x"), Path::new("x")] {
            let error = stage.folder(path, true).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{path:?}");
            assert!(stage.file(path, true).is_err());
        }
        stage.file(&root.join("file"), false).unwrap();
        assert!(stage.file(&root.join("file"), false).is_err());
        assert!(stage.folder(&root.join("file"), false).is_err());
    }

    #[test]
    fn a_long_path_is_a_path() {
        let root = fresh("stage-long");
        let stage = Stage::new(&root, None, true).unwrap();
        let mut at = root.clone();
        for _ in 0..6 {
            at.push("x".repeat(60));
            stage.folder(&at, true).unwrap();
        }
        assert!(at.as_os_str().len() > 260 && at.is_dir());
        drop(stage);
        assert!(!root.exists());
    }

    #[test]
    fn a_folder_is_looked_through_as_far_as_it_matters() {
        let root = fresh("stage-many");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("a"), [0; 100]).unwrap();
        std::fs::create_dir(root.join("b")).unwrap();
        std::fs::write(root.join("b/c"), [0; 23]).unwrap();
        assert_eq!(size_of_folder(&root, 3).unwrap(), Size { bytes: 123, entries: 3 });
        assert_eq!(size_of_folder(&root, 1).unwrap().entries, 2);
        let nothing = Size { bytes: 0, entries: 0 };
        assert_eq!(size_of_folder(&root.join("missing"), 9).unwrap(), nothing);
        std::fs::remove_dir_all(&root).unwrap();
    }
}
