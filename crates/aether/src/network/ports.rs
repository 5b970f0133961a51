//! Ports of this machine that lead into a cell.

use std::net::{Ipv4Addr, TcpListener};

use aether_policy::grant::Grant;

use super::NetworkError;

/// A granted port, listened on.
#[derive(Debug)]
pub(crate) struct Port {
    /// The line of the grant.
    pub(super) line: usize,
    pub(super) port: u16,
    pub(super) listener: TcpListener,
}

/// The granted ports: taken before the cell starts, so that one that is taken refuses the start.
#[derive(Debug, Default)]
pub(crate) struct Ports(pub(super) Vec<Port>);

impl Ports {
    /// Listens on every granted port, for this machine alone.
    pub(crate) fn listen(grant: &Grant) -> Result<Self, NetworkError> {
        let listen = |(allowed, port): (aether_policy::grant::Allowed, u16)| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
                .map_err(|error| NetworkError::Port { port, error })?;
            Ok(Port { line: allowed.line, port, listener })
        };
        grant.inbound().map(listen).collect::<Result<_, _>>().map(Self)
    }
}
