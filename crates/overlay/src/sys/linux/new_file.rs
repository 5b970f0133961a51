//! A file that is made: written, then given what it takes over, then synced.

use std::os::fd::OwnedFd;

use rustix::fs::{Gid, Mode, Uid, fchmod, fchown, fstat, fsync, ftruncate};
use rustix::io::{Errno, pwrite};

use super::settings::set_modified;
use super::{HostFile, attributes, meta_of};
use crate::error::HostProblem;
use crate::sys::with_execution;

/// A file just created, not yet under its final name.
#[derive(Debug)]
pub(crate) struct NewFile(OwnedFd);

impl NewFile {
    pub(super) fn new(file: OwnedFd) -> Self {
        Self(file)
    }

    pub(crate) fn write_at(&self, mut offset: u64, mut bytes: &[u8]) -> Result<(), HostProblem> {
        while !bytes.is_empty() {
            match pwrite(&self.0, bytes, offset) {
                Ok(0) => return Err(Errno::IO.into()),
                Ok(written) => {
                    bytes = bytes.get(written..).unwrap_or_default();
                    offset = offset.saturating_add(written as u64);
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    /// Makes it so long; what was never written up to there is a hole.
    pub(crate) fn set_len(&self, len: u64) -> Result<(), HostProblem> {
        Ok(ftruncate(&self.0, len)?)
    }

    pub(crate) fn set_mode(&self, mode: u32) -> Result<(), HostProblem> {
        Ok(fchmod(&self.0, Mode::from_raw_mode(mode & 0o777))?)
    }

    /// Lets everyone execute it who may read it, or nobody.
    pub(crate) fn set_executable(&self, executable: bool) -> Result<(), HostProblem> {
        self.set_mode(with_execution(meta_of(&fstat(&self.0)?).mode, executable))
    }

    /// Takes over owner, permissions, access list and the attributes of programs from the file
    /// whose place it takes; not the permissions, where it is given others. Called last: until then
    /// nobody else can read what is written.
    ///
    /// Set-user and set-group bits and capabilities are dropped: the content is a plugin's. If the
    /// group cannot be kept, its permissions are dropped rather than given to another group.
    ///
    /// # Errors
    /// [`HostProblem::Attributes`] where an access list or an attribute cannot be kept.
    pub(crate) fn inherit(
        &self,
        replaced: &HostFile,
        mode: Option<u32>,
    ) -> Result<(), HostProblem> {
        let theirs = replaced.meta_now()?;
        let list = replaced.access_list()?;
        let mut mode = mode.unwrap_or(theirs.mode);
        // While it is still this user's, and can be written to.
        attributes::hand_on(replaced.attributes(), &self.0)?;
        if !self.takes_owner(theirs.owner)? {
            if list.is_some() {
                return Err(HostProblem::Attributes);
            }
            mode &= !0o070;
        }
        // First: the permissions of the group are the mask of an access list, and without one they
        // are the group's. The folder may have handed one down that the other file does not have.
        attributes::set_access_list(&self.0, list.as_deref())?;
        self.set_mode(mode)
    }

    /// Sets its last modification, in seconds and nanoseconds since the epoch.
    pub(crate) fn set_modified(&self, at: (i64, u32)) -> Result<(), HostProblem> {
        set_modified(&self.0, at)
    }

    /// Whether at least the group could be kept.
    fn takes_owner(&self, (user, group): (u32, u32)) -> Result<bool, HostProblem> {
        if meta_of(&fstat(&self.0)?).owner == (user, group) {
            return Ok(true);
        }
        let (user, group) = (Some(Uid::from_raw(user)), Some(Gid::from_raw(group)));
        Ok(fchown(&self.0, user, group).is_ok() || fchown(&self.0, None, group).is_ok())
    }

    pub(crate) fn sync(&self) -> Result<(), HostProblem> {
        Ok(fsync(&self.0)?)
    }
}
