//! Extended attributes: what overlayfs notes on the entries of a layer, and what programs do.
//!
//! Source: the kernel's `Documentation/filesystems/overlayfs.rst`, "Whiteouts and opaque
//! directories", "Redirecting directories", "Metadata only copy up", "Nesting overlayfs mounts" and
//! "User xattr"; for access lists `acl(5)`. A program that sets an attribute of these names through an overlay mounted with
//! `userxattr` has it stored under another one (`user.overlay.overlay.*`), or is refused on kernels
//! before 6.7; so what is found here was noted by the kernel.

use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
use rustix::io::Errno;

use crate::error::HostProblem;
use crate::sys::{Attributes, Marks};

const WHITEOUT: &str = "user.overlay.whiteout";
const OPAQUE: &str = "user.overlay.opaque";
const REDIRECT: &str = "user.overlay.redirect";
const METACOPY: &str = "user.overlay.metacopy";

const ACCESS_LIST: &str = "system.posix_acl_access";

/// How the names begin that overlayfs notes, and how those that it keeps for programs.
const OWN: &[u8] = b"user.overlay.";
const ESCAPED: &[u8] = b"user.overlay.overlay.";

/// How the names begin that a program can set: its own, capabilities, access lists. Labels of the
/// host's security modules stand on everything and are left aside.
const OF_PROGRAMS: [&[u8]; 3] = [OF_ANYBODY, b"security.capability", b"system.posix_acl_"];

/// How those begin that say nothing of rights.
const OF_ANYBODY: &[u8] = b"user.";

/// Longest value and longest list of names, in bytes: `XATTR_SIZE_MAX` and `XATTR_LIST_MAX`.
const MAX_BYTES: usize = 64 << 10;

/// Most that is read of one file's attributes, in bytes. A program can set thousands.
const MAX_READ: usize = 256 << 10;

pub(super) fn marks(opened: &OwnedFd) -> Result<Marks, HostProblem> {
    Ok(Marks {
        whiteout: value(opened, WHITEOUT)?.is_some(),
        opaque: value(opened, OPAQUE)?.is_some_and(|value| value.starts_with(b"y")),
        elsewhere: value(opened, REDIRECT)?.is_some() || value(opened, METACOPY)?.is_some(),
    })
}

/// `None` if they cannot be read or are more than is worth reading.
pub(super) fn of_programs(opened: &OwnedFd) -> Option<Attributes> {
    let mut names = Vec::with_capacity(MAX_BYTES);
    match flistxattr(opened, spare_capacity(&mut names)) {
        Ok(_) => {}
        Err(Errno::OPNOTSUPP) => return Some(Attributes::new()),
        Err(_) => return None,
    }
    let mut found = Attributes::new();
    let mut read = 0usize;
    for name in names.split(|byte| *byte == 0).filter(|name| is_of_programs(name)) {
        let value = value(opened, name).ok()?.unwrap_or_default();
        read = read.saturating_add(name.len()).saturating_add(value.len());
        if read > MAX_READ {
            return None;
        }
        found.insert(name.to_vec(), value);
    }
    Some(found)
}

/// Gives a new file the attributes that another one has, but for those that give rights. `None` are
/// attributes that could not be read.
pub(super) fn hand_on(theirs: Option<Attributes>, file: &OwnedFd) -> Result<(), HostProblem> {
    let theirs = theirs.ok_or(HostProblem::Attributes)?;
    for (name, value) in theirs.iter().filter(|(name, _)| name.starts_with(OF_ANYBODY)) {
        fsetxattr(file, name.as_slice(), value, XattrFlags::empty())
            .map_err(|_| HostProblem::Attributes)?;
    }
    Ok(())
}

/// Who may do what beside owner, group and everyone; `None` without a list.
pub(super) fn access_list(opened: &OwnedFd) -> Result<Option<Vec<u8>>, HostProblem> {
    value(opened, ACCESS_LIST)
}

pub(super) fn set_access_list(file: &OwnedFd, list: Option<&[u8]>) -> Result<(), HostProblem> {
    let set = match list {
        Some(list) => fsetxattr(file, ACCESS_LIST, list, XattrFlags::empty()),
        None => match fremovexattr(file, ACCESS_LIST) {
            Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(()),
            removed => removed,
        },
    };
    set.map_err(|_| HostProblem::Attributes)
}

fn is_of_programs(name: &[u8]) -> bool {
    let own = name.starts_with(OWN) && !name.starts_with(ESCAPED);
    !own && OF_PROGRAMS.iter().any(|beginning| name.starts_with(beginning))
}

/// The value of an attribute; `None` without one.
fn value(opened: &OwnedFd, name: impl rustix::path::Arg) -> Result<Option<Vec<u8>>, HostProblem> {
    let mut value = Vec::with_capacity(MAX_BYTES);
    match fgetxattr(opened, name, spare_capacity(&mut value)) {
        Ok(_) => Ok(Some(value)),
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}
