//! The first message of TLS, as far as it says for which server it is.

use crate::decide::Host;

/// Longest greeting, in bytes, with what stands around its parts. Real ones have some hundreds of
/// bytes, or two thousand with keys of the newer kind; a longer one is there to be held in memory.
pub(crate) const MAX_HELLO: usize = 16 * 1024;
/// Most extensions: each is compared with those before it.
const MAX_EXTENSIONS: usize = 64;

const SERVER_NAME: u16 = 0;
/// Extensions that encrypt the true server name, by RFC 9849 and by its drafts: what stands in
/// sight is then only the name of the front.
const ENCRYPTED: [u16; 2] = [0xfe0d, 0xffce];

/// A greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientHello {
    /// The server name, if it gives one.
    pub(crate) server_name: Option<Host>,
    /// Whether it encrypts another one.
    pub(crate) is_encrypted: bool,
    /// How many bytes it has, with what stands around its parts.
    pub(crate) length: usize,
}

/// Why the first bytes are no greeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HelloError {
    /// They are not TLS.
    #[error("it is not TLS")]
    NotTls,
    /// The greeting is longer than [`MAX_HELLO`], or in records too small to be honest.
    #[error("the TLS greeting is longer than {MAX_HELLO} bytes")]
    TooLong,
    /// The greeting is malformed: its parts do not fit into each other.
    #[error("the TLS greeting is malformed")]
    Malformed,
    /// The server name is no host, or there are two.
    #[error("the TLS greeting has no proper server name")]
    ServerName,
}

impl ClientHello {
    /// Reads the first bytes of a connection; nothing while some are missing.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Self>, HelloError> {
        let mut message = Vec::new();
        let mut rest = bytes;
        loop {
            // What is no TLS is known by its first bytes: do not wait for more of it.
            if !rest.iter().zip([0x16, 0x03]).all(|(byte, expect)| *byte == expect) {
                return Err(HelloError::NotTls);
            }
            if rest.get(2).is_some_and(|minor| *minor > 4) {
                return Err(HelloError::NotTls);
            }
            let Some((header, after)) = rest.split_at_checked(5) else { break };
            let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
            // An empty record moves nothing forward; a long one is none.
            if length == 0 || length > MAX_HELLO {
                return Err(HelloError::Malformed);
            }
            let (part, after) = after.split_at_checked(length).unwrap_or((after, &[]));
            message.extend_from_slice(part);
            let found = whole(&message)?;
            // What the rest of a record holds, a second message perhaps, is not known before it is
            // there.
            if part.len() < length {
                break;
            }
            if let Some(hello) = found {
                return Ok(Some(ClientHello { length: bytes.len() - after.len(), ..hello }));
            }
            if after.is_empty() {
                break;
            }
            rest = after;
        }
        if bytes.len() >= MAX_HELLO { Err(HelloError::TooLong) } else { Ok(None) }
    }
}

/// Reads the message that the records carry, once all of it is there.
fn whole(message: &[u8]) -> Result<Option<ClientHello>, HelloError> {
    match message {
        [] => return Ok(None),
        [1, ..] => {}
        _ => return Err(HelloError::NotTls),
    }
    let Some((header, body)) = message.split_at_checked(4) else { return Ok(None) };
    let length =
        usize::from(header[1]) << 16 | usize::from(header[2]) << 8 | usize::from(header[3]);
    if length > MAX_HELLO {
        return Err(HelloError::TooLong);
    }
    if body.len() > length {
        // A second message before the server has answered.
        return Err(HelloError::Malformed);
    }
    if body.len() < length { Ok(None) } else { hello(Bytes(body)).map(Some) }
}

fn hello(mut body: Bytes<'_>) -> Result<ClientHello, HelloError> {
    body.take(2 + 32)?;
    if body.counted(1)?.0.len() > 32 {
        return Err(HelloError::Malformed);
    }
    let suites = body.counted(2)?.0.len();
    let compressions = body.counted(1)?.0.len();
    if suites < 2 || suites % 2 != 0 || compressions == 0 {
        return Err(HelloError::Malformed);
    }
    let mut found = ClientHello { server_name: None, is_encrypted: false, length: 0 };
    if body.0.is_empty() {
        return Ok(found);
    }
    let mut extensions = body.counted(2)?;
    if !body.0.is_empty() {
        return Err(HelloError::Malformed);
    }
    let mut kinds = Vec::new();
    while !extensions.0.is_empty() {
        let kind = extensions.number(2)?;
        let content = extensions.counted(2)?;
        // By the standard no kind comes twice; which of two server names counts, nobody knows.
        if kinds.contains(&kind) || kinds.len() == MAX_EXTENSIONS {
            return Err(HelloError::Malformed);
        }
        kinds.push(kind);
        if kind == usize::from(SERVER_NAME) {
            found.server_name = Some(server_name(content)?);
        }
        found.is_encrypted |= ENCRYPTED.iter().any(|known| usize::from(*known) == kind);
    }
    Ok(found)
}

fn server_name(mut content: Bytes<'_>) -> Result<Host, HelloError> {
    let mut list = content.counted(2)?;
    let kind = list.number(1)?;
    let name = list.counted(2)?;
    if kind != 0 || !list.0.is_empty() || !content.0.is_empty() {
        return Err(HelloError::ServerName);
    }
    let name = std::str::from_utf8(name.0).map_err(|_| HelloError::ServerName)?;
    // A trailing dot, a character beyond ASCII or an address has no place in it.
    let plain = name.is_ascii() && !name.ends_with('.');
    let host = Host::parse(name).ok().filter(|host| plain && host.name().is_some());
    host.ok_or(HelloError::ServerName)
}

/// Bytes that are left to read.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take(&mut self, length: usize) -> Result<&'b [u8], HelloError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(HelloError::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number of so many bytes, at most two.
    fn number(&mut self, bytes: usize) -> Result<usize, HelloError> {
        let read = |number, byte: &u8| number << 8 | usize::from(*byte);
        self.take(bytes).map(|taken| taken.iter().fold(0, read))
    }

    /// Bytes after their count, which itself has so many bytes.
    fn counted(&mut self, bytes: usize) -> Result<Bytes<'b>, HelloError> {
        let length = self.number(bytes)?;
        self.take(length).map(Bytes)
    }
}
