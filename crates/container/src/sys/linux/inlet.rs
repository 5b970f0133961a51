//! Ways in: sockets of a native cell's own network, with which its host connects to it.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

/// Ways in of a cell, and so the most connections into it at once: whoever connects from outside
/// uses up no more of the host than this.
pub(super) const INLETS: usize = 16;

/// How long a program may take to accept a connection whose queue is full.
const PATIENCE: Duration = Duration::from_secs(5);

/// One connection at a time into a native cell. The socket was made inside, before the program, and
/// handed out; it is used again and again, since the host cannot make one there.
#[derive(Debug)]
pub struct Inlet(TcpStream);

impl Inlet {
    pub(super) fn new(socket: OwnedFd) -> Self {
        Self(socket.into())
    }

    /// Connects to a port of the cell's loopback.
    ///
    /// # Errors
    /// `ConnectionRefused` when nothing listens there, or the system's error of connect(2).
    pub fn connect(&self, port: u16) -> io::Result<TcpStream> {
        let stream = self.0.try_clone()?;
        // connect(2) minds the limit on sending.
        stream.set_write_timeout(Some(PATIENCE))?;
        rustix::net::connect(&stream, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))?;
        stream.set_write_timeout(None)?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Breaks the connection, so that another can be made. Nobody may read or write any more.
    ///
    /// # Errors
    /// The system's error of connect(2).
    pub fn reset(&self) -> io::Result<()> {
        // Whatever is unread or unsent is dropped: the other side has gone, or is to go.
        Ok(rustix::net::connect_unspec(&self.0)?)
    }
}
