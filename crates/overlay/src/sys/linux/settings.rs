//! Permissions, times and symlinks.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{
    Mode, OFlags, Timespec, Timestamps, UTIME_OMIT, fchmod, fstat, fsync, futimens, mkdirat,
    openat, symlinkat,
};

use super::folder::{Folder, NewFile};
use super::{HostKind, Meta, meta_of};
use crate::error::HostProblem;
use crate::sys::Settings;

impl Folder {
    /// Sets something on a file or folder, if it is still the one expected: of a file, in the same
    /// state. What is not opened here cannot be changed by its name in the meantime.
    pub(crate) fn set(
        &self,
        name: &OsStr,
        expected: &Meta,
        settings: Settings,
    ) -> Result<bool, HostProblem> {
        let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let is_expected = |opened: &OwnedFd| -> Result<bool, HostProblem> {
            let meta = meta_of(&fstat(opened)?);
            let same = (meta.kind, meta.device, meta.inode)
                == (expected.kind, expected.device, expected.inode);
            Ok(same && (meta.kind == HostKind::Folder || meta.same_file(expected)))
        };
        // Looked at before it is opened: opening alone has effects on some things.
        let checked = openat(self.as_fd(), name, OFlags::PATH | flags, Mode::empty())?;
        if !is_expected(&checked)? {
            return Ok(false);
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | flags;
        let opened = openat(self.as_fd(), name, flags, Mode::empty())?;
        if !is_expected(&opened)? {
            return Ok(false);
        }
        if let Some(mode) = settings.mode {
            // A folder keeps what it says of the files in it. A file loses what lets it run as
            // somebody else.
            let kept = if expected.kind == HostKind::Folder { expected.mode & 0o7000 } else { 0 };
            fchmod(&opened, Mode::from_raw_mode(kept | mode & 0o777))?;
        }
        if let Some(at) = settings.modified {
            set_modified(&opened, at)?;
        }
        if settings.sync {
            fsync(&opened)?;
        }
        Ok(true)
    }

    /// A new folder with just these permissions.
    pub(crate) fn make_folder_with(&self, name: &OsStr, mode: u32) -> Result<(), HostProblem> {
        mkdirat(self.as_fd(), name, Mode::from_raw_mode(0o700))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let made = openat(self.as_fd(), name, flags, Mode::empty())?;
        // One in a folder that hands its group down is born with a bit that is to stay.
        let kept = meta_of(&fstat(&made)?).mode & 0o7000;
        Ok(fchmod(&made, Mode::from_raw_mode(kept | mode & 0o777))?)
    }

    /// A new symlink; the name must be free.
    pub(crate) fn make_symlink(&self, target: &str, name: &OsStr) -> Result<(), HostProblem> {
        Ok(symlinkat(target, self.as_fd(), name)?)
    }
}

impl NewFile {
    /// Sets its last modification, in milliseconds since the epoch.
    pub(crate) fn set_modified(&self, at: i64) -> Result<(), HostProblem> {
        set_modified(self.as_fd(), at)
    }

    /// Gives it just these permissions.
    pub(crate) fn set_mode(&self, mode: u32) -> Result<(), HostProblem> {
        Ok(fchmod(self.as_fd(), Mode::from_raw_mode(mode & 0o777))?)
    }
}

fn set_modified(opened: impl AsFd, at: i64) -> Result<(), HostProblem> {
    let nanos = at.rem_euclid(1000).saturating_mul(1_000_000);
    let times = Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: at.div_euclid(1000), tv_nsec: nanos },
    };
    Ok(futimens(opened, &times)?)
}
