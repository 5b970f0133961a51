//! Linux, by `openat2` or a walk with `O_NOFOLLOW`.

mod attributes;
mod beneath;
mod case;
mod folder;
mod listing;
mod new_file;
mod root;
mod settings;
mod standing;

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{FileType, OFlags, Stat};
use rustix::io::Errno;

pub(crate) use self::folder::Folder;
pub(crate) use self::new_file::NewFile;
pub(crate) use self::root::{HostFile, Root};
use super::{HostKind, Meta};
use crate::error::{HostProblem, SpecialKind};

/// Whether a file system can be synced as a whole.
pub(crate) const SYNCS_FILE_SYSTEMS: bool = true;

/// Whether an open file may keep another from taking its place.
pub(crate) const OPEN_FILES_STAY: bool = false;

/// Creates a folder that only this user may enter; it must not exist.
pub(crate) fn create_private_folder(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Creates a file that only this user may read; it must not exist.
pub(crate) fn create_private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Opens a file for reading and writing that only this user may read, and makes it if it is missing
/// and `create` is set. A symlink is not followed.
pub(crate) fn open_private_file(path: &Path, create: bool) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(create).mode(0o600);
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path)
}

/// Whether an opened file still stands at a path.
pub(crate) fn stands_at(file: &File, path: &Path) -> std::io::Result<bool> {
    let (opened, there) = (file.metadata()?, path.symlink_metadata());
    Ok(there.is_ok_and(|there| (there.dev(), there.ino()) == (opened.dev(), opened.ino())))
}

/// Makes changes of names in a folder survive a crash.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// Whether a file or folder can have a mode.
pub(crate) fn can_have_mode(_is_folder: bool, _mode: u32) -> bool {
    true
}

/// The bytes of a host name or path, as they are stored.
pub(crate) fn name_to_bytes(name: &OsStr) -> &[u8] {
    name.as_bytes()
}

/// The host name or path of stored bytes.
pub(crate) fn name_from_bytes(bytes: Vec<u8>) -> OsString {
    OsString::from_vec(bytes)
}

impl From<Errno> for HostProblem {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOENT => Self::NotFound,
            Errno::NOTDIR => Self::NotFolder,
            Errno::LOOP => Self::Symlink,
            Errno::ACCESS | Errno::PERM => Self::Denied,
            Errno::EXIST => Self::Exists,
            Errno::NOTEMPTY => Self::NotEmpty,
            Errno::XDEV => Self::CrossDevice,
            Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL => Self::Unsupported,
            other => Self::Io(other.raw_os_error()),
        }
    }
}

#[expect(
    clippy::unnecessary_cast,
    reason = "the types of these fields differ between architectures"
)]
fn meta_of(stat: &Stat) -> Meta {
    Meta {
        kind: kind_of(FileType::from_raw_mode(stat.st_mode)),
        len: u64::try_from(stat.st_size).unwrap_or(0),
        modified: (stat.st_mtime as i64, stat.st_mtime_nsec as u32),
        device: stat.st_dev as u64,
        inode: stat.st_ino as u64,
        changed: (stat.st_ctime as i64, stat.st_ctime_nsec as u32),
        mode: (stat.st_mode as u32) & 0o7777,
        owner: (stat.st_uid, stat.st_gid),
        links: stat.st_nlink as u64,
        whiteout: FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice
            && stat.st_rdev == 0,
    }
}

fn kind_of(file_type: FileType) -> HostKind {
    match file_type {
        FileType::RegularFile => HostKind::File,
        FileType::Directory => HostKind::Folder,
        FileType::Symlink => HostKind::Symlink,
        FileType::Fifo => HostKind::Special(SpecialKind::Fifo),
        FileType::Socket => HostKind::Special(SpecialKind::Socket),
        FileType::CharacterDevice | FileType::BlockDevice => HostKind::Special(SpecialKind::Device),
        FileType::Unknown => HostKind::Special(SpecialKind::Unknown),
    }
}
