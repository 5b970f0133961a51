//! Setting permissions and times of what is there.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{
    Mode, OFlags, Timespec, Timestamps, UTIME_OMIT, fchmod, fstat, fsync, futimens, mkdirat, openat,
};

use super::folder::Folder;
use super::{Meta, meta_of};
use crate::error::HostProblem;
use crate::sys::Settings;

impl Folder {
    /// Sets something on a file or folder, if it is what was expected, and makes that survive a
    /// crash. False if it is not.
    pub(crate) fn set(
        &self,
        name: &OsStr,
        is_expected: impl Fn(&Meta) -> bool,
        settings: Settings,
    ) -> Result<bool, HostProblem> {
        let is_expected = |opened: &OwnedFd| -> Result<bool, HostProblem> {
            Ok(is_expected(&meta_of(&fstat(opened)?)))
        };
        let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // Looked at before it is opened, which alone has effects on some things, and then again:
        // what is opened cannot be exchanged any more.
        if !is_expected(&openat(self.as_fd(), name, OFlags::PATH | flags, Mode::empty())?)? {
            return Ok(false);
        }
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | flags;
        let opened = openat(self.as_fd(), name, flags, Mode::empty())?;
        if !is_expected(&opened)? {
            return Ok(false);
        }
        if let Some(mode) = settings.mode {
            fchmod(&opened, Mode::from_raw_mode(mode))?;
        }
        if let Some(at) = settings.modified {
            set_modified(&opened, at)?;
        }
        fsync(&opened)?;
        Ok(true)
    }

    /// A new folder that only this user may enter.
    pub(crate) fn make_private_folder(&self, name: &OsStr) -> Result<(), HostProblem> {
        Ok(mkdirat(self.as_fd(), name, Mode::RWXU)?)
    }
}

/// Sets the last modification, in seconds and nanoseconds since the epoch, and leaves the last access.
pub(super) fn set_modified(
    opened: impl AsFd,
    (seconds, nanos): (i64, u32),
) -> Result<(), HostProblem> {
    let times = Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: seconds, tv_nsec: nanos.into() },
    };
    Ok(futimens(opened, &times)?)
}
