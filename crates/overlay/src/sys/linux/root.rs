//! A mounted host folder or file.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path};

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, Dir, Mode, OFlags, StatxFlags, fstat, readlinkat, statat, statx};
use rustix::io::{Errno, pread};

use super::attributes;
use super::beneath::{self, Way};
use super::folder::Folder;
use super::standing::Standing;
use super::{HostKind, Meta, meta_of};
use crate::config::Resolution;
use crate::error::HostProblem;
use crate::sys::{Attributes, Marks, Names};

/// Longest symlink target read: Linux allows none longer.
const MAX_TARGET_BYTES: usize = 4096;

/// Read at once from a file that claims to be empty, such as those of `/proc`.
const UNSIZED_CHUNK: usize = 64 << 10;

/// An opened folder, and the path below it at which a mount stands.
///
/// For a folder that exists the path is empty. For a file it is the file's name, so that what
/// replaces the file is seen; for what does not exist yet it begins at the nearest folder that does.
#[derive(Debug)]
pub(crate) struct Root {
    folder: OwnedFd,
    below: OsString,
    way: Way,
    standing: Standing,
    /// The device that holds the folder.
    device: u64,
}

impl Root {
    /// Opens an absolute path of which no component may be a symlink.
    pub(crate) fn open(host: &Path, resolution: Resolution) -> Result<Self, HostProblem> {
        let way = Way::choose(resolution);
        let names = names_of(host)?;
        let top = rustix::fs::open(
            "/",
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        for existing in (0..=names.len()).rev() {
            let (leading, below) = names.split_at(existing);
            let flags = OFlags::PATH | OFlags::DIRECTORY;
            match beneath::open(way, top.as_fd(), &join(leading), flags, Mode::empty()) {
                Ok(folder) => {
                    return Self::at(folder, join(below), way);
                }
                // The last component may be a file; anything before it may not.
                Err(HostProblem::NotFound) => {}
                Err(HostProblem::NotFolder) if existing == names.len() => {
                    refuse_link(way, &top, &join(leading))?;
                }
                Err(problem) => return Err(problem),
            }
        }
        Err(HostProblem::NotFound)
    }

    /// A folder that someone else opened.
    pub(crate) fn of(folder: File, resolution: Resolution) -> Result<Self, HostProblem> {
        let folder = OwnedFd::from(folder);
        match meta_of(&fstat(&folder)?).kind {
            HostKind::Folder => {}
            HostKind::Symlink => return Err(HostProblem::Symlink),
            HostKind::File | HostKind::Special(_) => return Err(HostProblem::NotFolder),
        }
        Self::at(folder, OsString::new(), Way::choose(resolution))
    }

    fn at(folder: OwnedFd, below: OsString, way: Way) -> Result<Self, HostProblem> {
        let device = meta_of(&fstat(&folder)?).device;
        let standing = Standing::of(&folder)?;
        Ok(Self { folder, below, way, standing, device })
    }

    /// When the folder was made, in seconds and nanoseconds since the epoch; `None` where the file
    /// system does not say.
    pub(crate) fn born(&self) -> Option<(i64, u32)> {
        let told = statx(&self.folder, "", AtFlags::EMPTY_PATH, StatxFlags::BTIME).ok()?;
        let known = StatxFlags::from_bits_retain(told.stx_mask).contains(StatxFlags::BTIME);
        known.then_some((told.stx_btime.tv_sec, told.stx_btime.tv_nsec))
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }

    /// Whether the mount was a folder when it was opened.
    pub(crate) fn is_folder(&self) -> bool {
        self.below.is_empty()
    }

    /// What stands at a path, itself and not what it links to.
    pub(crate) fn meta(&self, path: &OsStr) -> Result<Meta, HostProblem> {
        self.open_told(path, OFlags::PATH).map(|(_, meta)| meta)
    }

    /// Opens a regular file for reading. The caller has seen that it is one; should something else
    /// have taken its place meanwhile, it is not waited for and not kept.
    pub(crate) fn open_file(&self, path: &OsStr) -> Result<HostFile, HostProblem> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let (file, meta) = self.open_told(path, flags)?;
        Ok(HostFile { file, meta })
    }

    /// The target of a symlink, as its bytes.
    pub(crate) fn link_target(&self, path: &OsStr) -> Result<OsString, HostProblem> {
        let opened = self.open_flags(path, OFlags::PATH)?;
        let target = readlinkat(&opened, "", Vec::with_capacity(MAX_TARGET_BYTES))?;
        Ok(OsString::from_vec(target.into_bytes()))
    }

    /// At most `max` names of a folder, with what each of them is; in no particular order.
    pub(crate) fn names(&self, path: &OsStr, max: usize) -> Result<Names, HostProblem> {
        let opened = self.open_flags(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let mut listed = Names { names: Vec::new(), complete: true };
        let mut entries = Dir::new(opened)?;
        while let Some(entry) = entries.read() {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            if listed.names.len() == max {
                listed.complete = false;
                break;
            }
            match statat(entries.fd()?, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => listed.names.push((name.to_owned(), meta_of(&stat))),
                // Gone since it was listed.
                Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(listed)
    }

    /// What overlayfs has noted on a folder, and what programs have.
    pub(crate) fn attributes(
        &self,
        path: &OsStr,
    ) -> Result<(Marks, Option<Attributes>), HostProblem> {
        let opened = self.open_flags(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        Ok((attributes::marks(&opened)?, attributes::of_programs(&opened)))
    }

    /// The folder that holds a path, and the path's name in it. `None` for the top of a folder.
    pub(crate) fn parent(&self, path: &OsStr) -> Result<Option<(Folder, OsString)>, HostProblem> {
        let whole = self.whole(path);
        if whole.is_empty() {
            return Ok(None);
        }
        let (parent, name) = split_last(whole.as_bytes());
        let folder = self.folder(OsStr::from_bytes(parent))?;
        Ok(Some((folder, OsStr::from_bytes(name).to_owned())))
    }

    /// How many folders are missing on the way to the mount, with the mount itself or without.
    pub(crate) fn missing(&self, itself: bool) -> usize {
        let below = self.below.as_bytes();
        if below.is_empty() {
            return 0;
        }
        below.split(|byte| *byte == b'/').count() - usize::from(!itself)
    }

    /// Makes them, so that they survive a crash.
    pub(crate) fn make_missing(&self, itself: bool) -> Result<(), HostProblem> {
        let names = self.below.as_bytes().split(|byte| *byte == b'/');
        let mut at = self.folder(OsStr::new(""))?;
        for name in names.take(self.missing(itself)) {
            let made = at.folder_or_create(OsStr::from_bytes(name))?;
            at.sync()?;
            at = made;
        }
        Ok(())
    }

    fn folder(&self, whole: &OsStr) -> Result<Folder, HostProblem> {
        self.open_whole(whole, OFlags::RDONLY | OFlags::DIRECTORY).map(Folder::new)
    }

    pub(super) fn open_flags(&self, path: &OsStr, flags: OFlags) -> Result<OwnedFd, HostProblem> {
        self.open_whole(&self.whole(path), flags)
    }

    /// The same, with what it is. What is on the device of the mount is what the mount is.
    fn open_told(&self, path: &OsStr, flags: OFlags) -> Result<(OwnedFd, Meta), HostProblem> {
        let whole = self.whole(path);
        let opened = beneath::open(self.way, self.folder.as_fd(), &whole, flags, Mode::empty())?;
        let meta = meta_of(&fstat(&opened)?);
        if self.standing != Standing::Ordinary || meta.device != self.device {
            self.standing.check(&opened, &whole)?;
        }
        Ok((opened, meta))
    }

    fn open_whole(&self, whole: &OsStr, flags: OFlags) -> Result<OwnedFd, HostProblem> {
        let opened = beneath::open(self.way, self.folder.as_fd(), whole, flags, Mode::empty())?;
        self.standing.check(&opened, whole)?;
        Ok(opened)
    }

    /// The path from the opened folder on.
    fn whole(&self, path: &OsStr) -> OsString {
        join(&[&self.below, path])
    }
}

/// A regular file of the host, opened for reading.
#[derive(Debug)]
pub(crate) struct HostFile {
    file: OwnedFd,
    meta: Meta,
}

impl HostFile {
    /// The file alone.
    pub(crate) fn into_file(self) -> File {
        self.file.into()
    }

    /// What it was when it was opened.
    pub(crate) fn meta(&self) -> &Meta {
        &self.meta
    }

    /// What it is now.
    pub(crate) fn meta_now(&self) -> Result<Meta, HostProblem> {
        Ok(meta_of(&fstat(&self.file)?))
    }

    /// What overlayfs has noted on it.
    pub(crate) fn marks(&self) -> Result<Marks, HostProblem> {
        attributes::marks(&self.file)
    }

    /// What programs have noted on it; `None` if that cannot be told, or is too much.
    pub(crate) fn attributes(&self) -> Option<Attributes> {
        attributes::of_programs(&self.file)
    }

    /// Who may do what with it beside owner, group and everyone; `None` without such a list.
    pub(crate) fn access_list(&self) -> Result<Option<Vec<u8>>, HostProblem> {
        attributes::access_list(&self.file)
    }

    /// At most `max` bytes from `offset` on; fewer only at the end of the file.
    pub(crate) fn read_at(&self, offset: u64, max: usize) -> Result<Vec<u8>, HostProblem> {
        if self.meta.kind != HostKind::File {
            return Err(HostProblem::Unsupported);
        }
        let rest = usize::try_from(self.meta.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let want = if self.meta.len == 0 { max.min(UNSIZED_CHUNK) } else { max.min(rest) };
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(want).map_err(|_| Errno::NOMEM)?;
        while bytes.len() < want {
            let position = offset.saturating_add(bytes.len() as u64);
            match pread(&self.file, spare_capacity(&mut bytes), position) {
                Ok(0) => break,
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        // The allocator may have given more room than was asked for.
        bytes.truncate(want);
        Ok(bytes)
    }
}

/// What is not a folder may be a file, yet not a symlink.
fn refuse_link(way: Way, top: &OwnedFd, path: &OsStr) -> Result<(), HostProblem> {
    match beneath::open(way, top.as_fd(), path, OFlags::PATH, Mode::empty()) {
        Ok(opened) if meta_of(&fstat(&opened)?).kind == HostKind::Symlink => {
            Err(HostProblem::Symlink)
        }
        Ok(_) | Err(HostProblem::NotFolder | HostProblem::NotFound) => Ok(()),
        Err(problem) => Err(problem),
    }
}

/// The components of an absolute path in normal form.
fn names_of(host: &Path) -> Result<Vec<&OsStr>, HostProblem> {
    let mut components = host.components();
    if components.next() != Some(Component::RootDir) {
        return Err(HostProblem::Unsupported);
    }
    components
        .map(|component| match component {
            Component::Normal(name) => Ok(name),
            _ => Err(HostProblem::Unsupported),
        })
        .collect()
}

/// A path's folder, empty if it has none, and its last name.
fn split_last(path: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = path.rsplitn(2, |byte| *byte == b'/');
    let name = parts.next().unwrap_or_default();
    (parts.next().unwrap_or_default(), name)
}

fn join(names: &[&OsStr]) -> OsString {
    let mut path = OsString::new();
    for name in names.iter().filter(|name| !name.is_empty()) {
        if !path.is_empty() {
            path.push("/");
        }
        path.push(name);
    }
    path
}
