//! Windows, by a walk over folders that are held.
//!
//! It is the standard library alone, which opens by path. [`beneath`] tells how a path is made safe.
//!
//! What Windows does not give, and what becomes of it here:
//! - A symlink, a junction, a mount point or any other reparse point is neither followed nor read:
//!   its target is refused, and none is made.
//! - Of a mode there is whether a file is read-only. Files are `0644` or `0444`, folders `0755`;
//!   any other mode cannot be set, and is refused rather than set in part.
//! - A new file has the access list that its folder hands down, one that replaces another too:
//!   neither its own list nor its named streams are taken over. Its attributes are, and where the
//!   file was encrypted and the new one would not be, it is refused.
//! - No time tells of the last change that a program cannot set back, so that of the last write
//!   stands for it.
//! - Two names cannot be exchanged in one step.
//! - `ReFS` may give two files one number: the one that is told has 64 bits, and it uses 128.

mod beneath;
mod encoding;
mod folder;
mod listing;
mod new_file;
mod root;
mod settings;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;

use winapi_util::file::{Information, information};

pub(crate) use self::encoding::{name_from_bytes, name_to_bytes};
pub(crate) use self::folder::Folder;
pub(crate) use self::new_file::NewFile;
pub(crate) use self::root::{HostFile, Root};
use super::{HostKind, Meta};
use crate::error::{HostProblem, SpecialKind};

/// Only an administrator may sync a volume.
pub(crate) const SYNCS_FILE_SYSTEMS: bool = false;

/// A file that is open keeps another from taking its place, but for newer systems on NTFS.
pub(crate) const OPEN_FILES_STAY: bool = true;

/// Names of the system's, with its values.
mod constants {
    pub(super) const FILE_LIST_DIRECTORY: u32 = 0x1;
    pub(super) const FILE_ADD_FILE: u32 = 0x2;
    pub(super) const FILE_TRAVERSE: u32 = 0x20;
    pub(super) const FILE_READ_ATTRIBUTES: u32 = 0x80;
    pub(super) const FILE_WRITE_ATTRIBUTES: u32 = 0x100;
    pub(super) const DELETE: u32 = 0x1_0000;
    pub(super) const SYNCHRONIZE: u32 = 0x10_0000;

    pub(super) const FILE_SHARE_READ: u32 = 1;
    pub(super) const FILE_SHARE_WRITE: u32 = 2;
    pub(super) const FILE_SHARE_DELETE: u32 = 4;

    pub(super) const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x20_0000;
    pub(super) const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x200_0000;

    pub(super) const FILE_ATTRIBUTE_READONLY: u64 = 0x1;
    pub(super) const FILE_ATTRIBUTE_DIRECTORY: u64 = 0x10;
    pub(super) const FILE_ATTRIBUTE_REPARSE_POINT: u64 = 0x400;
    pub(super) const FILE_ATTRIBUTE_ENCRYPTED: u64 = 0x4000;
}
use constants::{
    FILE_ADD_FILE, FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_REPARSE_POINT,
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_READ_ATTRIBUTES, SYNCHRONIZE,
};

/// Options to open something itself and not what it links to, folders too. Everybody else may do with
/// it what they like meanwhile.
fn itself(access: u32) -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .access_mode(access | FILE_READ_ATTRIBUTES | SYNCHRONIZE)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS);
    options
}

/// Creates a folder with the rights of the folder it is in; it must not exist.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().create(path)
}

/// Creates a file with the rights of the folder it is in; it must not exist.
pub(crate) fn create_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Opens a file for reading and writing that has the rights of the folder it is in, and makes it if it
/// is missing and `create` is set. A link is not followed.
pub(crate) fn open_private_file(path: &Path, create: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(create);
    let file = options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(path)?;
    if information(&file)?.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0 {
        return Err(io::Error::other("it is a link"));
    }
    Ok(file)
}

/// Whether an opened file still stands at a path.
pub(crate) fn stands_at(file: &File, path: &Path) -> io::Result<bool> {
    let opened = information(file)?;
    let there = itself(0).open(path).and_then(information);
    Ok(there.is_ok_and(|there| identity(&there) == identity(&opened)))
}

/// Makes changes of names in a folder survive a crash.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    itself(FILE_ADD_FILE).open(path)?.sync_all()
}

fn identity(told: &Information) -> (u64, u64) {
    (told.volume_serial_number(), told.file_index())
}

fn meta_of(opened: &File) -> Result<Meta, HostProblem> {
    let told = information(opened).map_err(problem)?;
    let has = |attribute| told.file_attributes() & attribute != 0;
    let kind = if has(FILE_ATTRIBUTE_REPARSE_POINT) {
        // Not every reparse point stands for another place.
        match opened.metadata().map_err(problem)?.file_type().is_symlink() {
            true => HostKind::Symlink,
            false => HostKind::Special(SpecialKind::Unknown),
        }
    } else if has(FILE_ATTRIBUTE_DIRECTORY) {
        HostKind::Folder
    } else {
        HostKind::File
    };
    let modified = told.last_write_time().map_or((0, 0), point);
    let (device, inode) = identity(&told);
    Ok(Meta {
        kind,
        len: if kind == HostKind::File { told.file_size() } else { 0 },
        modified,
        changed: modified,
        device,
        inode,
        mode: mode_of(kind, has(FILE_ATTRIBUTE_READONLY)),
        owner: (0, 0),
        links: told.number_of_links(),
        whiteout: false,
    })
}

/// The mode that something has here. That a folder is read-only means nothing to Windows.
fn mode_of(kind: HostKind, read_only: bool) -> u32 {
    match (kind, read_only) {
        (HostKind::File, true) => 0o444,
        (HostKind::File, false) => 0o644,
        (HostKind::Folder | HostKind::Symlink | HostKind::Special(_), _) => 0o755,
    }
}

/// Whether a file or folder can have a mode.
pub(crate) fn can_have_mode(is_folder: bool, mode: u32) -> bool {
    read_only(if is_folder { HostKind::Folder } else { HostKind::File }, mode).is_ok()
}

/// Whether something of that mode is read-only, if it can have it.
fn read_only(kind: HostKind, mode: u32) -> Result<bool, HostProblem> {
    let found = [false, true].into_iter().find(|read_only| mode_of(kind, *read_only) == mode);
    found.ok_or(HostProblem::Unsupported)
}

/// Steps of a hundred nanoseconds, in which Windows counts.
const STEPS: u64 = 10_000_000;

/// Seconds from the beginning of 1601, from which Windows counts, to the epoch.
const BEFORE_EPOCH: i64 = 11_644_473_600;

/// A time as Windows counts, in seconds and nanoseconds since the epoch.
fn point(time: u64) -> (i64, u32) {
    let nanos = u32::try_from(time % STEPS).unwrap_or_default() * 100;
    (i64::try_from(time / STEPS).unwrap_or(i64::MAX) - BEFORE_EPOCH, nanos)
}

/// By the system's numbers, of "System Error Codes".
fn problem(error: io::Error) -> HostProblem {
    match error.raw_os_error() {
        // ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND
        Some(2 | 3) => HostProblem::NotFound,
        // ERROR_ACCESS_DENIED, ERROR_PRIVILEGE_NOT_HELD
        Some(5 | 1314) => HostProblem::Denied,
        // ERROR_NOT_SAME_DEVICE
        Some(17) => HostProblem::CrossDevice,
        // ERROR_FILE_EXISTS, ERROR_ALREADY_EXISTS
        Some(80 | 183) => HostProblem::Exists,
        // ERROR_DIR_NOT_EMPTY
        Some(145) => HostProblem::NotEmpty,
        // ERROR_DIRECTORY
        Some(267) => HostProblem::NotFolder,
        // ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED, ERROR_CALL_NOT_IMPLEMENTED
        Some(1 | 50 | 120) => HostProblem::Unsupported,
        _ => HostProblem::from(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_from_the_epoch() {
        assert_eq!(point(0), (-11_644_473_600, 0));
        assert_eq!(point(116_444_736_000_000_000), (0, 0));
        assert_eq!(point(116_444_736_000_000_000 + 15_000_001), (1, 500_000_100));
        assert_eq!(point(116_444_736_000_000_000 - 1), (-1, 999_999_900));
    }

    #[test]
    fn a_mode_that_cannot_be_had_is_refused() {
        for (kind, mode, expect) in [
            (HostKind::File, 0o644, Ok(false)),
            (HostKind::File, 0o444, Ok(true)),
            (HostKind::File, 0o755, Err(HostProblem::Unsupported)),
            (HostKind::File, 0o600, Err(HostProblem::Unsupported)),
            (HostKind::Folder, 0o755, Ok(false)),
            (HostKind::Folder, 0o700, Err(HostProblem::Unsupported)),
        ] {
            assert_eq!(read_only(kind, mode), expect, "{kind:?} {mode:o}");
        }
    }
}
