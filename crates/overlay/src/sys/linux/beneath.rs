//! Opening a path beneath a folder without following any symlink.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2};
use rustix::io::Errno;

use crate::config::Resolution;
use crate::error::HostProblem;

/// How often a resolution is repeated when the kernel asks for it because of a concurrent rename.
/// Someone who renames without pause must not hold the host in a loop.
const MAX_RETRIES: usize = 64;

/// Whether `openat2` is used; decided once per root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Kernel,
    Walk,
}

impl Way {
    pub(super) fn choose(resolution: Resolution) -> Self {
        static HAS_OPENAT2: OnceLock<bool> = OnceLock::new();
        match resolution {
            Resolution::Auto if *HAS_OPENAT2.get_or_init(has_openat2) => Self::Kernel,
            Resolution::Auto | Resolution::Walk => Self::Walk,
        }
    }
}

/// Opens `path`, which is relative and in normal form (empty: the folder itself), beneath `folder`.
///
/// A symlink anywhere is [`HostProblem::Symlink`], except that a final one can itself be opened
/// with `O_PATH`.
pub(super) fn open(
    way: Way,
    folder: BorrowedFd<'_>,
    path: &OsStr,
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd, HostProblem> {
    let path = if path.is_empty() { OsStr::new(".") } else { path };
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = match way {
        Way::Kernel => open_by_kernel(folder, path, flags, mode),
        Way::Walk => open_by_walk(folder, path, flags, mode),
    };
    opened.map_err(HostProblem::from)
}

fn open_by_kernel(
    folder: BorrowedFd<'_>,
    path: &OsStr,
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd, Errno> {
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_SYMLINKS;
    for _ in 0..MAX_RETRIES {
        match openat2(folder, path, flags, mode, beneath) {
            Err(Errno::AGAIN | Errno::INTR) => {}
            // Leaving the folder without a symlink takes a concurrent rename; it is no less refused.
            Err(Errno::XDEV) => return Err(Errno::LOOP),
            opened => return opened,
        }
    }
    Err(Errno::AGAIN)
}

/// One component at a time: each is opened by name in the one before, whose descriptor cannot be
/// exchanged for another folder any more.
fn open_by_walk(
    folder: BorrowedFd<'_>,
    path: &OsStr,
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd, Errno> {
    let mut names = path.as_bytes().split(|byte| *byte == b'/').map(OsStr::from_bytes).peekable();
    let mut at: Option<OwnedFd> = None;
    while let Some(name) = names.next() {
        let parent = at.as_ref().map_or(folder, AsFd::as_fd);
        let last = names.peek().is_none();
        let opened = if last {
            openat(parent, name, flags, mode)
        } else {
            openat(parent, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
        };
        match opened {
            Ok(next) if last => return Ok(next),
            Ok(next) => at = Some(next),
            Err(Errno::NOTDIR) => return Err(why_not_a_folder(parent, name)),
            Err(errno) => return Err(errno),
        }
    }
    Err(Errno::NOENT)
}

/// `ENOTDIR` comes from a symlink that was opened as such, or was to be opened as a folder, too.
fn why_not_a_folder(parent: BorrowedFd<'_>, name: &OsStr) -> Errno {
    let is_link = |fd: BorrowedFd<'_>| {
        fstat(fd).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
    };
    let name_is_link = || {
        openat(parent, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
            .is_ok_and(|fd| is_link(fd.as_fd()))
    };
    if is_link(parent) || name_is_link() { Errno::LOOP } else { Errno::NOTDIR }
}

/// Kernels before 5.6 lack it (`ENOSYS`); some seccomp filters answer `EPERM` for what they do not
/// know. The root always opens otherwise.
fn has_openat2() -> bool {
    openat2(
        rustix::fs::CWD,
        "/",
        OFlags::PATH | OFlags::CLOEXEC,
        Mode::empty(),
        ResolveFlags::NO_SYMLINKS,
    )
    .is_ok()
}
