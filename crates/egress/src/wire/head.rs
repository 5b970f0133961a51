//! Where a head ends, its first line and its fields; and what is wrong with one.

use aether_source::quoted;

use super::{Fields, FramingError, HandshakeError, SocksError};
use crate::decide::RequestError;

/// Most fields of a head: each is compared with names that must not pass.
pub(crate) const MAX_FIELDS: usize = 128;
/// Longest first line: a path and a host at their longest, and what stands around them.
pub(crate) const MAX_REQUEST_LINE: usize = 10 * 1024;

/// Looks for the end of a head in a buffer that grows, each byte once.
#[derive(Debug, Default)]
pub(crate) struct HeadEnd {
    /// How many bytes were looked at.
    seen: usize,
}

impl HeadEnd {
    /// The length of the head with its empty line, once all of it is there. Lines end with CR and
    /// LF: a reader that takes one of the two alone for an end sees other lines than one that does
    /// not.
    pub(crate) fn find(&mut self, buffer: &[u8]) -> Result<Option<usize>, HeadError> {
        while let Some(&byte) = buffer.get(self.seen) {
            match byte {
                b'\r' => match buffer.get(self.seen + 1) {
                    Some(b'\n') => {
                        self.seen += 2;
                        if self.seen == 2 || buffer[..self.seen].ends_with(b"\r\n\r\n") {
                            return Ok(Some(self.seen));
                        }
                        continue;
                    }
                    Some(_) => return Err(HeadError::LineEnd),
                    None => return Ok(None),
                },
                b'\n' => return Err(HeadError::LineEnd),
                // Nothing below a blank but the tab belongs in a head; NUL ends it for some.
                b'\t' | b' '..=b'~' | 0x80.. => {}
                _ => return Err(HeadError::Control),
            }
            self.seen += 1;
        }
        Ok(None)
    }
}

/// The first line and the fields of a whole head, its empty line included.
pub(crate) fn split(head: &[u8]) -> Result<(&str, Fields), HeadError> {
    let lines = head.strip_suffix(b"\r\n\r\n").ok_or(HeadError::FirstLine)?;
    let (first, rest) = match lines.windows(2).position(|pair| pair == b"\r\n") {
        Some(at) => (&lines[..at], Some(&lines[at + 2..])),
        None => (lines, None),
    };
    if first.len() > MAX_REQUEST_LINE {
        return Err(HeadError::LineTooLong);
    }
    let first = std::str::from_utf8(first).map_err(|_| HeadError::FirstLine)?;
    let fields = rest.map(Fields::parse).transpose()?.unwrap_or_default();
    Ok((first, fields))
}

/// Why a head is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// CR or LF alone.
    #[error("a line does not end with CR and LF")]
    LineEnd,
    /// A control character.
    #[error("the head has a control character")]
    Control,
    /// Longer than the limit allows.
    #[error("the head is longer than allowed")]
    TooLong,
    /// Not all of it came in time.
    #[error("the head did not come in time")]
    Late,
    /// The connection ended in the middle of it.
    #[error("the connection ended within the head")]
    Cut,
    /// The first line is.
    #[error("the first line is longer than {MAX_REQUEST_LINE} bytes")]
    LineTooLong,
    /// More fields than one head may have.
    #[error("the head has more than {MAX_FIELDS} fields")]
    TooManyFields,
    /// Not three words with one blank between them, or not a status line.
    #[error("the first line is malformed")]
    FirstLine,
    /// Not HTTP/1.0 or HTTP/1.1.
    #[error("the version is neither HTTP/1.0 nor HTTP/1.1")]
    Version,
    /// A line that begins with a blank continues the one before for some readers.
    #[error("a field is folded onto a second line")]
    Folded,
    /// No field name before a colon; a blank between them is seen by some and dropped by others.
    #[error("a field has no proper name")]
    FieldName,
    /// A field that some servers take for one that says how long the body is.
    #[error("the field {} passes for one that says how long the body is", quoted(.0))]
    Lookalike(String),
    /// A path where a proxy needs a whole address.
    #[error("a request to a proxy names a whole address, `http://host/path`")]
    NotAbsolute,
    /// An `https` address outside of a tunnel.
    #[error("an `https` address is reached through a tunnel, by CONNECT")]
    HttpsWithoutTunnel,
    /// An `http` address, or a whole one, inside of a tunnel.
    #[error("a request inside a tunnel names a path alone")]
    NotOrigin,
    /// The address is not one.
    #[error(transparent)]
    Address(RequestError),
    /// A tunnel without a port.
    #[error("CONNECT names a host and a port")]
    TunnelPort,
    /// No `Host` field.
    #[error("the request has no `Host`")]
    HostMissing,
    /// More than one.
    #[error("the request has more than one `Host`")]
    HostRepeated,
    /// Another host than that of the address.
    #[error("`Host` is not the host of the address")]
    HostMismatch,
    /// How long the body is can be read in two ways.
    #[error(transparent)]
    Framing(FramingError),
    /// The request asks to change the protocol, to something other than a WebSocket.
    #[error("the request asks to change the protocol")]
    Upgrade,
    /// The request asks for a WebSocket, and not as the standard has it.
    #[error("the request asks for a WebSocket in no proper way: {0}")]
    Handshake(HandshakeError),
    /// A protocol inside a WebSocket that is no word, or there twice.
    #[error("{} is no name of a protocol, or there twice", quoted(.0))]
    SocketProtocol(String),
    /// An expectation other than `100-continue`.
    #[error("the request expects something other than `100-continue`")]
    Expectation,
    /// A client that speaks SOCKS and is refused.
    #[error(transparent)]
    Socks(SocksError),
    /// A tunnel with a body.
    #[error("a CONNECT request has a body")]
    TunnelBody,
}

impl HeadError {
    /// The status that says so to a client.
    pub fn status(&self) -> u16 {
        match self {
            HeadError::Late => 408,
            HeadError::TooLong | HeadError::TooManyFields => 431,
            HeadError::LineTooLong => 414,
            HeadError::Version => 505,
            HeadError::Expectation => 417,
            HeadError::Upgrade | HeadError::Address(RequestError::Method(_)) => 403,
            _ => 400,
        }
    }
}
