//! Ways into a native cell's network: there is no such network here, so that nobody makes one.

use std::convert::Infallible;
use std::io;
use std::net::TcpStream;

/// No way in exists here.
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
