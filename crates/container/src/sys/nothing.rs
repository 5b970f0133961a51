//! What only Linux has so far: the same types elsewhere, of which nobody makes one.

use std::convert::Infallible;
use std::io;
use std::net::TcpStream;

use crate::{LaunchError, Program};

/// A way into a native program's own network: there is no such network.
#[derive(Debug)]
pub struct Inlet(Infallible);

impl Inlet {
    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn connect(&self, _: u16) -> io::Result<TcpStream> {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn reset(&self) -> io::Result<()> {
        match self.0 {}
    }
}

/// A process made ahead: none is, since it would have to be confined before it is known for what.
#[derive(Debug)]
pub struct Spare(Infallible);

impl Spare {
    /// Refuses.
    ///
    /// # Errors
    /// Always [`LaunchError::Unsupported`].
    pub const fn make(_: &Program, _: bool) -> Result<Self, LaunchError> {
        Err(LaunchError::Unsupported("no process is made ahead on this system"))
    }

    /// Cannot be called.
    #[must_use]
    pub const fn pid(&self) -> i32 {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub const fn is_fit(&self) -> bool {
        match self.0 {}
    }
}
