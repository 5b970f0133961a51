//! Mounting by descriptor: no step looks a path up twice.
//!
//! open_tree(2), move_mount(2), fsopen(2), mount_setattr(2); openat2(2) finds every place, so that
//! no link leads elsewhere.

use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, mkdirat, openat2, statat};
use rustix::io::{Errno, Result};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, FsPickFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags,
    fsconfig_create, fsconfig_reconfigure, fsconfig_set_string, fsmount, fsopen, fspick,
    move_mount, open_tree,
};

use super::super::raw;

/// No link of any kind on the way.
const NO_LINKS: ResolveFlags = ResolveFlags::NO_SYMLINKS.union(ResolveFlags::NO_MAGICLINKS);

/// A file or folder of the host, by a path without links.
pub(super) fn host_place(path: &Path) -> Result<OwnedFd> {
    openat2(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), NO_LINKS)
}

/// A place in the root under construction. `path` is absolute there.
pub(super) fn place(root: BorrowedFd<'_>, path: &Path) -> Result<OwnedFd> {
    let below = path.strip_prefix("/").map_err(|_| Errno::INVAL)?;
    let below = if below.as_os_str().is_empty() { Path::new(".") } else { below };
    openat2(
        root,
        below,
        OFlags::PATH | OFlags::CLOEXEC,
        Mode::empty(),
        ResolveFlags::BENEATH | NO_LINKS,
    )
}

/// The same, made if it is not there: folders on the way, and at its end a folder or an empty file.
pub(super) fn made_place(root: BorrowedFd<'_>, path: &Path, folder: bool) -> Result<OwnedFd> {
    match place(root, path) {
        Err(Errno::NOENT) => {}
        found => return found,
    }
    let mut at = place(root, Path::new("/"))?;
    let names: Vec<_> = path.components().skip(1).collect();
    for (index, name) in names.iter().enumerate() {
        let Component::Normal(name) = name else { return Err(Errno::INVAL) };
        let last = index + 1 == names.len();
        let made = if last && !folder {
            openat2(
                &at,
                *name,
                OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC,
                Mode::from_raw_mode(0o444),
                ResolveFlags::BENEATH | NO_LINKS,
            )
            .map(drop)
        } else {
            mkdirat(&at, *name, Mode::from_raw_mode(0o755))
        };
        match made {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
        at = place(at.as_fd(), &Path::new("/").join(name))?;
    }
    Ok(at)
}

/// A copy of what is mounted at a place and below, attached nowhere yet.
pub(super) fn copy_of(place: BorrowedFd<'_>) -> Result<OwnedFd> {
    open_tree(
        place,
        c"",
        OpenTreeFlags::OPEN_TREE_CLONE
            | OpenTreeFlags::OPEN_TREE_CLOEXEC
            | OpenTreeFlags::AT_RECURSIVE
            | OpenTreeFlags::AT_EMPTY_PATH,
    )
}

/// The same on the host's side, showing what is root's as the user's to whom a user namespace maps
/// root.
pub(in super::super) fn mapped_copy(
    path: &Path,
    userns: BorrowedFd<'_>,
) -> std::io::Result<OwnedFd> {
    let copy = copy_of(host_place(path)?.as_fd())?;
    raw::mount_as_mapped(copy.as_fd(), userns)?;
    Ok(copy)
}

/// A new file system of a kind, attached nowhere yet.
pub(super) fn new(kind: &str, options: &[(&str, &str)], flags: MountAttrFlags) -> Result<OwnedFd> {
    let system = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (name, value) in options {
        if value.is_empty() {
            rustix::mount::fsconfig_set_flag(&system, *name)?;
        } else {
            fsconfig_set_string(&system, *name, *value)?;
        }
    }
    fsconfig_create(&system)?;
    fsmount(&system, FsMountFlags::FSMOUNT_CLOEXEC, flags)
}

/// Changes options of a file system, by its root.
pub(super) fn reconfigure(root: BorrowedFd<'_>, options: &[(&str, &str)]) -> Result<()> {
    let flags = FsPickFlags::FSPICK_CLOEXEC | FsPickFlags::FSPICK_EMPTY_PATH;
    let system = fspick(root, c"", flags)?;
    for (name, value) in options {
        fsconfig_set_string(&system, *name, *value)?;
    }
    fsconfig_reconfigure(&system)
}

/// A regular file for reading, by the place that was found. Opens nothing else: a pipe would be
/// waited for.
pub(super) fn read_only(place: BorrowedFd<'_>) -> Result<OwnedFd> {
    let stat = statat(place, c"", AtFlags::EMPTY_PATH)?;
    if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file() {
        return Err(Errno::INVAL);
    }
    // Through the magic link of our own descriptor: an `O_PATH` one cannot be read.
    let path = by_descriptor(place);
    rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
}

/// Adds flags to a mount and everything below it.
pub(super) fn restrict(mount: BorrowedFd<'_>, flags: MountAttrFlags) -> Result<()> {
    raw::mount_setattr(mount, u64::from(flags.bits()))
        .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

/// Attaches a mount at a place.
pub(super) fn attach(mount: BorrowedFd<'_>, at: BorrowedFd<'_>) -> Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(mount, c"", at, c"", flags)
}

/// Whether a place is a folder.
pub(super) fn is_folder(place: BorrowedFd<'_>) -> Result<bool> {
    let stat = statat(place, c"", AtFlags::EMPTY_PATH)?;
    Ok(rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir())
}

/// A path for an option of a mount: `/proc/self/fd/N`, so that the place that was found is the one
/// that is used.
pub(super) fn by_descriptor(place: BorrowedFd<'_>) -> String {
    format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&place))
}

/// A path as the system takes it.
pub(super) fn c_path(path: &Path) -> Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::INVAL)
}
