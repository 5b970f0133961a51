//! The first names of a folder, in their order.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{AtFlags, Dir, OFlags, statat};
use rustix::io::Errno;

use super::meta_of;
use super::root::Root;
use crate::error::HostProblem;
use crate::sys::{First, Least};

impl Root {
    /// Of a folder's names those `max` to which `key` gives the least keys, with what each of them
    /// is. What `key` gives nothing to is left out.
    pub(crate) fn least_names(
        &self,
        path: &OsStr,
        max: usize,
        key: &dyn Fn(&OsStr) -> Option<String>,
    ) -> Result<Least, HostProblem> {
        let opened = self.open_flags(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let mut entries = Dir::new(opened)?;
        let mut first = First::new(max);
        while let Some(entry) = entries.read() {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            if !first.take(name, key) {
                break;
            }
        }
        let entries = entries.fd()?;
        first.done(|name| match statat(entries, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(meta_of(&stat))),
            // Gone since it was listed.
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        })
    }
}
