//! Reading through handles: each folder is opened so that nobody can delete, rename or replace it
//! and stays open while anything is opened below it, and what was opened is what is looked at.
//!
//! What that rests on, of Microsoft's documentation:
//! - `CreateFileW`, "`FILE_SHARE_DELETE`": while something is open without it nobody can open it for
//!   deleting, and "delete access allows both delete and rename operations". A share mode counts for
//!   who has access to the content, so folders are opened for listing or passing through.
//! - `CreateFileW`, "`FILE_FLAG_OPEN_REPARSE_POINT`": no symbolic link, junction or other reparse point
//!   is followed; its handle tells what it is.
//! - "Naming Files, Paths, and Namespaces": after `\\?\`, which every path here begins with, nothing is
//!   interpreted: a name that was listed is opened as it was listed, be it `nul` or `a.`.
//! - MS-FSA 2.1.5.10.37, `FSCTL_SET_REPARSE_POINT`: an open folder can be made a junction while it is
//!   empty, so it is looked at again after something was opened in it. A program of the user's own that
//!   empties it, makes it one and has it back in between is not seen.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Entry, read};
use crate::Problem;

const FILE_LIST_DIRECTORY: u32 = 0x1;
/// The same as the one above, of a file.
const FILE_READ_DATA: u32 = 0x1;
const FILE_TRAVERSE: u32 = 0x20;
const FILE_READ_ATTRIBUTES: u32 = 0x80;
const SYNCHRONIZE: u32 = 0x10_0000;

const FILE_SHARE_READ: u32 = 1;
const FILE_SHARE_WRITE: u32 = 2;

const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x20_0000;
const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x200_0000;

const FILE_ATTRIBUTE_REPARSE_POINT: u32 = 0x400;

pub(crate) struct Folder(Arc<Held>);

/// A folder that stays what and where it is.
struct Held {
    folder: File,
    path: PathBuf,
    /// Kept open for as long.
    _around: Option<Arc<Held>>,
}

impl Folder {
    /// Links on the way to it are followed; what they lead to is then held like the rest.
    pub(crate) fn open(path: &Path) -> Result<Self, Problem> {
        let path = fs::canonicalize(path)?;
        let mut names: Vec<&Path> = path.ancestors().collect();
        let mut around = None;
        while let Some(path) = names.pop() {
            let folder = hold(path)?;
            if !looked_at(&folder)?.is_dir() {
                return Err(Problem::NotAFolder);
            }
            around = Some(Arc::new(Held { folder, path: path.to_owned(), _around: around }));
        }
        around.map(Self).ok_or(Problem::NotAFolder)
    }

    /// The names in it, sorted; refuses more than `max`.
    pub(crate) fn names(&self, max: usize) -> Result<Vec<OsString>, Problem> {
        let entries = fs::read_dir(&self.0.path)?;
        looked_at(&self.0.folder)?;
        let mut names = Vec::new();
        for entry in entries {
            if names.len() >= max {
                return Err(Problem::TooManyFiles);
            }
            names.push(entry?.file_name());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Opens a name and reads it if it is a file.
    pub(crate) fn enter(&self, name: &str, max_bytes: u64) -> Result<Entry, Problem> {
        let path = self.0.path.join(name);
        // Looked at before it is opened for reading, which has effects on what is kept elsewhere.
        let is_folder = looked_at(&options(0).open(&path)?)?.is_dir();
        let opened = if is_folder { hold(&path) } else { options(FILE_READ_DATA).open(&path) }?;
        let told = looked_at(&opened)?;
        looked_at(&self.0.folder)?;
        if told.is_dir() != is_folder {
            return Err(Problem::Special);
        }
        if is_folder {
            let held = Held { folder: opened, path, _around: Some(Arc::clone(&self.0)) };
            return Ok(Entry::Folder(Self(Arc::new(held))));
        }
        read(opened, max_bytes).map(Entry::File)
    }
}

/// What was opened is; refuses what is another place, or is kept in another one.
fn looked_at(opened: &File) -> Result<Metadata, Problem> {
    let told = opened.metadata()?;
    if told.file_type().is_symlink() {
        Err(Problem::Symlink)
    } else if told.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0 {
        Err(Problem::Special)
    } else {
        Ok(told)
    }
}

/// Opens a folder so that it stays what and where it is. Where it cannot be listed, the right to pass
/// through it will do.
fn hold(path: &Path) -> io::Result<File> {
    let open = |access| options(access).share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE).open(path);
    match open(FILE_LIST_DIRECTORY) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => open(FILE_TRAVERSE),
        opened => opened,
    }
}

/// Options to open something itself and not what it links to, folders too.
fn options(access: u32) -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .access_mode(access | FILE_READ_ATTRIBUTES | SYNCHRONIZE)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_folder_on_the_way_can_be_moved_while_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        fs::create_dir_all(top.join("a/b/c")).unwrap();
        let folder = Folder::open(&top.join("a/b")).unwrap();
        let Ok(Entry::Folder(inner)) = folder.enter("c", 0) else { panic!("a folder") };
        drop(folder);
        for name in ["a", "a/b", "a/b/c"] {
            let moved = fs::rename(top.join(name), top.join("moved"));
            assert_eq!(moved.unwrap_err().raw_os_error(), Some(32), "{name}: a sharing violation");
        }
        drop(inner);
        fs::rename(top.join("a"), top.join("moved")).unwrap();
    }
}
