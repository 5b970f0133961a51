//! Memory files that are handed on without a copy: none here, since nothing seals a file for good.

use std::convert::Infallible;
use std::io;
use std::os::fd::OwnedFd;

use super::channel::check;

/// No file that nobody can change exists here.
#[derive(Debug)]
pub struct Sealed(Infallible);

impl Sealed {
    /// Looks at a file that a cell sent. It can be read, which takes a copy, and is never handed on as it
    /// is: always `None`.
    ///
    /// # Errors
    /// As [`super::read_memory_file`].
    pub fn adopt(file: &OwnedFd, size: u64) -> io::Result<Option<Self>> {
        check(file, size).map(|()| None)
    }

    /// Cannot be called.
    #[must_use]
    pub const fn size(&self) -> u64 {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn descriptor(&self) -> io::Result<OwnedFd> {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        match self.0 {}
    }
}
