//! A file that is made: written, then given what it takes over, then synced.

use std::fs::File;
use std::os::windows::fs::FileExt;

use winapi_util::file::information;

use super::constants::FILE_ATTRIBUTE_ENCRYPTED;
use super::settings::{set_modified, set_read_only};
use super::{HostFile, problem, read_only};
use crate::error::HostProblem;
use crate::sys::HostKind;

/// A file just created, not yet under its final name. While it is open nobody else can read it.
#[derive(Debug)]
pub(crate) struct NewFile(File);

impl NewFile {
    pub(super) fn new(file: File) -> Self {
        Self(file)
    }

    pub(crate) fn write_at(&self, mut offset: u64, mut bytes: &[u8]) -> Result<(), HostProblem> {
        while !bytes.is_empty() {
            match self.0.seek_write(bytes, offset).map_err(problem)? {
                0 => return Err(std::io::Error::from(std::io::ErrorKind::WriteZero).into()),
                written => {
                    bytes = bytes.get(written..).unwrap_or_default();
                    offset = offset.saturating_add(written as u64);
                }
            }
        }
        Ok(())
    }

    /// Makes it so long; what was never written up to there is zeros.
    pub(crate) fn set_len(&self, len: u64) -> Result<(), HostProblem> {
        self.0.set_len(len).map_err(problem)
    }

    pub(crate) fn set_mode(&self, mode: u32) -> Result<(), HostProblem> {
        set_read_only(&self.0, read_only(HostKind::File, mode)?)
    }

    /// No mode tells here who may execute a file.
    pub(crate) fn set_executable(&self, executable: bool) -> Result<(), HostProblem> {
        if executable { Err(HostProblem::Unsupported) } else { Ok(()) }
    }

    /// Takes over the attributes of the file whose place it takes, such as hidden; whether it is
    /// read-only too, where it is given no other permissions.
    ///
    /// # Errors
    /// [`HostProblem::Attributes`] where the other file is encrypted and this one is not.
    pub(crate) fn inherit(
        &self,
        replaced: &HostFile,
        mode: Option<u32>,
    ) -> Result<(), HostProblem> {
        let theirs = information(replaced.file()).map_err(problem)?.file_attributes();
        let own = information(&self.0).map_err(problem)?.file_attributes();
        if theirs & !own & FILE_ATTRIBUTE_ENCRYPTED != 0 {
            return Err(HostProblem::Attributes);
        }
        let permissions = replaced.file().metadata().map_err(problem)?.permissions();
        self.0.set_permissions(permissions).map_err(problem)?;
        mode.map_or(Ok(()), |mode| self.set_mode(mode))
    }

    /// Sets its last modification, in seconds and nanoseconds since the epoch.
    pub(crate) fn set_modified(&self, at: (i64, u32)) -> Result<(), HostProblem> {
        set_modified(&self.0, at)
    }

    pub(crate) fn sync(&self) -> Result<(), HostProblem> {
        self.0.sync_all().map_err(problem)
    }
}
