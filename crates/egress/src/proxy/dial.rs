//! Connections to servers: one lookup, each answer checked, the checked address dialled.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::client::Context;
use crate::decide::{Denied, Host};
use crate::failure::Failure;
use crate::limits::ADDRESSES_TRIED;
use crate::resolve;

/// Why there is no connection.
pub(crate) enum Unreached {
    /// The name leads where the client must not go.
    Denied(Denied),
    /// It leads nowhere.
    Failed(Failure),
}

/// Connects to a host and port that the rules allow.
pub(crate) async fn dial(
    context: &Context,
    host: &Host,
    port: u16,
) -> Result<TcpStream, Unreached> {
    let limits = context.limits();
    let shared = &context.shared;
    let (resolver, turns, client) = (&shared.resolver, &shared.lookups, &shared.name);
    let found = resolve::addresses(resolver, turns, client, limits.lookup_time, host).await;
    let mut found = found.map_err(Unreached::Failed)?;
    if host.is_localhost() {
        // Both addresses are our own answer; the owner may have opened one of them.
        let admitted = |address: &IpAddr| context.rules.admit(host, *address, port).is_ok();
        if found.iter().any(admitted) {
            found.retain(admitted);
        }
    }
    // One bad address among good ones refuses all of them: which of them is dialled would otherwise
    // be up to whoever answers the lookup.
    for address in &found {
        context.rules.admit(host, *address, port).map_err(Unreached::Denied)?;
    }
    let mut last = Failure::NoAddress;
    for address in found.into_iter().take(ADDRESSES_TRIED) {
        let address = SocketAddr::new(address, port);
        match timeout(limits.connect_time, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return checked(stream, address).map_err(Unreached::Failed),
            Ok(Err(error)) => last = Failure::Connect(error.kind()),
            Err(_) => last = Failure::Connect(io::ErrorKind::TimedOut),
        }
    }
    Err(Unreached::Failed(last))
}

/// Looks at who is at the other end, whatever was dialled.
fn checked(stream: TcpStream, address: SocketAddr) -> Result<TcpStream, Failure> {
    let broken = |error: io::Error| Failure::Connect(error.kind());
    if stream.peer_addr().map_err(broken)? != address {
        return Err(Failure::Peer);
    }
    stream.set_nodelay(true).map_err(broken)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As when something on the way diverts connections.
    #[tokio::test]
    async fn a_connection_that_leads_elsewhere_is_not_used() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let elsewhere = [
            SocketAddr::new(address.ip(), address.port() ^ 1),
            SocketAddr::new("127.0.0.2".parse().unwrap(), address.port()),
            SocketAddr::new("::ffff:127.0.0.1".parse().unwrap(), address.port()),
        ];
        for wanted in elsewhere {
            let stream = TcpStream::connect(address).await.unwrap();
            assert_eq!(checked(stream, wanted).unwrap_err(), Failure::Peer);
        }
        let stream = TcpStream::connect(address).await.unwrap();
        assert!(checked(stream, address).is_ok());
    }
}
