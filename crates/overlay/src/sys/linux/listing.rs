//! The first names of a folder, in their order.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{AtFlags, Dir, OFlags, statat};
use rustix::io::Errno;

use super::meta_of;
use super::root::Root;
use crate::error::HostProblem;
use crate::sys::{Least, MAX_LOOKED_THROUGH};

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
        let mut least: BTreeMap<String, OsString> = BTreeMap::new();
        let (mut more, mut all, mut count) = (false, true, 0usize);
        while let Some(entry) = entries.read() {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            if count == MAX_LOOKED_THROUGH {
                all = false;
                break;
            }
            count += 1;
            let Some(key) = key(name) else { continue };
            least.insert(key, name.to_owned());
            if least.len() > max {
                least.pop_last();
                more = true;
            }
        }
        let up_to = least.last_key_value().map(|(key, _)| key.clone()).filter(|_| more);
        let mut names = BTreeMap::new();
        for (key, name) in least {
            match statat(entries.fd()?, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => {
                    names.insert(key, meta_of(&stat));
                }
                // Gone since it was listed.
                Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(Least { names, up_to, all })
    }
}
