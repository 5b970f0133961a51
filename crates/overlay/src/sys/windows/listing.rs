//! The names in a folder.

use std::ffi::OsStr;
use std::fs::{self, ReadDir};

use super::beneath::Held;
use super::problem;
use super::root::Root;
use crate::error::{HostProblem, SpecialKind};
use crate::sys::{First, HostKind, Least, Meta, Names};

impl Root {
    /// At most `max` names of a folder, with what each of them is; in no particular order.
    pub(crate) fn names(&self, path: &OsStr, max: usize) -> Result<Names, HostProblem> {
        let folder = self.enter(path)?;
        let mut listed = Names { names: Vec::new(), complete: true };
        for entry in list(&folder)? {
            let name = entry.map_err(problem)?.file_name();
            if listed.names.len() == max {
                listed.complete = false;
                break;
            }
            if let Some(meta) = look_at(&folder, &name)? {
                listed.names.push((name, meta));
            }
        }
        Ok(listed)
    }

    /// Of a folder's names those `max` to which `key` gives the least keys, with what each of them
    /// is. What `key` gives nothing to is left out.
    pub(crate) fn least_names(
        &self,
        path: &OsStr,
        max: usize,
        key: &dyn Fn(&OsStr) -> Option<String>,
    ) -> Result<Least, HostProblem> {
        let folder = self.enter(path)?;
        let mut first = First::new(max);
        for entry in list(&folder)? {
            if !first.take(&entry.map_err(problem)?.file_name(), key) {
                break;
            }
        }
        first.done(|name| look_at(&folder, name))
    }
}

/// The system gives neither `.` nor `..`: the standard library leaves them out.
pub(super) fn list(folder: &Held) -> Result<ReadDir, HostProblem> {
    let entries = fs::read_dir(folder.path().verbatim()).map_err(problem)?;
    folder.look_again()?;
    Ok(entries)
}

/// What stands at a listed name; `None` if it is gone since. What nobody can open by that name is
/// listed all the same, as something that is of no use.
fn look_at(folder: &Held, name: &OsStr) -> Result<Option<Meta>, HostProblem> {
    let of_no_use = Meta {
        kind: HostKind::Special(SpecialKind::Unknown),
        len: 0,
        modified: (0, 0),
        changed: (0, 0),
        device: 0,
        inode: 0,
        mode: 0,
        owner: (0, 0),
        links: 1,
        whiteout: false,
    };
    let Some(name) = name.to_str() else { return Ok(Some(of_no_use)) };
    match folder.look_at(name) {
        Ok(meta) => Ok(Some(meta)),
        Err(HostProblem::NotFound) => Ok(None),
        Err(HostProblem::Denied | HostProblem::Name) => Ok(Some(of_no_use)),
        Err(problem) => Err(problem),
    }
}
