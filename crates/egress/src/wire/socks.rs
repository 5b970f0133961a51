//! Requests for tunnels in SOCKS 5, RFC 1928.

use std::net::IpAddr;

use crate::decide::{Host, HostError};

/// What a client begins with.
pub(crate) const VERSION: u8 = 5;
/// That nothing has to be proved, which is the one way offered.
const NO_PROOF: u8 = 0;
/// That none of the ways is offered.
const NO_WAY: u8 = 0xff;
/// To open a tunnel, of the commands there are.
const CONNECT: u8 = 1;

/// Why a client that speaks SOCKS is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SocksError {
    /// Not the version that it began with, or bytes that mean nothing there.
    #[error("the SOCKS request is malformed")]
    Malformed,
    /// The client wants to prove who it is, which nobody here can judge.
    #[error("the SOCKS client does not offer to go without a proof")]
    Proof,
    /// Not to open a tunnel.
    #[error("the SOCKS command is not CONNECT")]
    Command,
    /// Neither a name nor an address.
    #[error("the SOCKS request names a host in a way that there is not")]
    Kind,
    /// A name beyond ASCII.
    #[error("the SOCKS request has a name beyond ASCII")]
    International,
    /// A name that is no host.
    #[error("the SOCKS request names no host: {0}")]
    Host(HostError),
    /// No port.
    #[error("the SOCKS request has no port from 1 to 65535")]
    Port,
}

impl SocksError {
    /// What the client is answered.
    pub(crate) fn answer(&self) -> Vec<u8> {
        match self {
            SocksError::Proof => vec![VERSION, NO_WAY],
            SocksError::Command => reply(Reply::Command),
            SocksError::Kind => reply(Reply::Kind),
            _ => reply(Reply::Failed),
        }
    }
}

/// The answers to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    Done = 0,
    Failed = 1,
    Denied = 2,
    Network = 3,
    Host = 4,
    Refused = 5,
    Command = 7,
    Kind = 8,
}

/// An answer. From where the tunnel leads on is nobody's business.
pub(crate) fn reply(reply: Reply) -> Vec<u8> {
    vec![VERSION, reply as u8, 0, 1, 0, 0, 0, 0, 0, 0]
}

/// That a client goes on without a proof.
pub(crate) const WELCOME: [u8; 2] = [VERSION, NO_PROOF];

/// Reads what a client begins with, and how many bytes it took; nothing while some are missing.
pub(crate) fn greeting(bytes: &[u8]) -> Result<Option<usize>, SocksError> {
    match bytes {
        [] | [VERSION] => Ok(None),
        [VERSION, count, rest @ ..] => {
            let count = usize::from(*count);
            let Some(ways) = rest.get(..count) else { return Ok(None) };
            if ways.contains(&NO_PROOF) { Ok(Some(2 + count)) } else { Err(SocksError::Proof) }
        }
        _ => Err(SocksError::Malformed),
    }
}

/// Reads a request for a tunnel, and how many bytes it took; nothing while some are missing. The
/// host is the same canonical one that CONNECT has.
pub(crate) fn request(bytes: &[u8]) -> Result<Option<(Host, u16, usize)>, SocksError> {
    let Some((&[version, command, reserved, kind], rest)) = bytes.split_first_chunk() else {
        return Ok(None);
    };
    if version != VERSION || reserved != 0 {
        return Err(SocksError::Malformed);
    }
    if command != CONNECT {
        return Err(SocksError::Command);
    }
    let found = match kind {
        1 => rest.split_first_chunk::<4>().map(|(four, rest)| (address(*four), rest)),
        4 => rest.split_first_chunk::<16>().map(|(sixteen, rest)| (address(*sixteen), rest)),
        3 => match rest.split_first() {
            Some((length, rest)) => {
                rest.split_at_checked(usize::from(*length)).map(|(text, rest)| (name(text), rest))
            }
            None => None,
        },
        _ => return Err(SocksError::Kind),
    };
    let Some((host, rest)) = found else { return Ok(None) };
    let Some((port, rest)) = rest.split_first_chunk() else { return Ok(None) };
    match u16::from_be_bytes(*port) {
        0 => Err(SocksError::Port),
        port => Ok(Some((host?, port, bytes.len() - rest.len()))),
    }
}

fn address(bytes: impl Into<IpAddr>) -> Result<Host, SocksError> {
    Ok(Host::from_address(bytes.into()))
}

fn name(text: &[u8]) -> Result<Host, SocksError> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii());
    Host::parse(text.ok_or(SocksError::International)?).map_err(SocksError::Host)
}
