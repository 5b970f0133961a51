//! Setting permissions and times of what is there.

use std::ffi::OsStr;
use std::fs::File;
use std::time::{Duration, SystemTime};

use super::constants::FILE_WRITE_ATTRIBUTES;
use super::folder::Folder;
use super::{itself, meta_of, problem, read_only};
use crate::error::HostProblem;
use crate::sys::{Meta, Settings};

impl Folder {
    /// Sets something on a file or folder, if it is what was expected, and makes that survive a
    /// crash. False if it is not.
    pub(crate) fn set(
        &self,
        name: &OsStr,
        is_expected: impl Fn(&Meta) -> bool,
        settings: Settings,
    ) -> Result<bool, HostProblem> {
        let opened = self.open(name, &itself(FILE_WRITE_ATTRIBUTES))?;
        let meta = meta_of(&opened)?;
        if !is_expected(&meta) {
            return Ok(false);
        }
        if let Some(mode) = settings.mode.filter(|mode| *mode != meta.mode) {
            set_read_only(&opened, read_only(meta.kind, mode)?)?;
        }
        if let Some(at) = settings.modified {
            set_modified(&opened, at)?;
        }
        // To flush a file takes access to its content, which a read-only one gives nobody.
        self.sync()?;
        Ok(true)
    }

    /// A new folder, as any other: no mode tells who may enter it.
    pub(crate) fn make_private_folder(&self, name: &OsStr) -> Result<(), HostProblem> {
        self.make_folder(name)
    }
}

/// Sets or clears the attribute of a file that was opened to have its attributes written.
pub(super) fn set_read_only(opened: &File, read_only: bool) -> Result<(), HostProblem> {
    let mut permissions = opened.metadata().map_err(problem)?.permissions();
    if permissions.readonly() == read_only {
        return Ok(());
    }
    permissions.set_readonly(read_only);
    opened.set_permissions(permissions).map_err(problem)
}

/// Sets the last modification, in seconds and nanoseconds since the epoch.
pub(super) fn set_modified(opened: &File, at: (i64, u32)) -> Result<(), HostProblem> {
    let at = time(at).ok_or(HostProblem::Unsupported)?;
    opened.set_modified(at).map_err(problem)
}

fn time((seconds, nanos): (i64, u32)) -> Option<SystemTime> {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let whole = match seconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(whole),
        _ => SystemTime::UNIX_EPOCH.checked_sub(whole),
    };
    whole?.checked_add(Duration::from_nanos(nanos.into()))
}
