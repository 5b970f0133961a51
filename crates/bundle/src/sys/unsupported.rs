//! Platforms on which a folder cannot be read yet without following links: refuses.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::Entry;
use crate::Problem;

pub(crate) struct Folder(Infallible);

impl Folder {
    pub(crate) fn open(_: &Path) -> Result<Self, Problem> {
        Err(Problem::Io(io::ErrorKind::Unsupported.into()))
    }

    pub(crate) fn names(&self, _: usize) -> Result<Vec<OsString>, Problem> {
        match self.0 {}
    }

    pub(crate) fn enter(&self, _: &str, _: u64) -> Result<Entry, Problem> {
        match self.0 {}
    }
}
