//! The opening of a WebSocket, RFC 6455.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use super::Fields;

/// What a key is hashed with, so that a server that answers it means it.
const WITH_KEY: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Fields of an opening that each end writes for itself.
const OWN_FIELDS: [&str; 3] =
    ["sec-websocket-key", "sec-websocket-version", "sec-websocket-accept"];

const PROTOCOL: &str = "sec-websocket-protocol";
const EXTENSIONS: &str = "sec-websocket-extensions";

/// Sixteen random bytes that a server has to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key(String);

impl Key {
    fn new(random: [u8; 16]) -> Self {
        Key(STANDARD.encode(random))
    }

    /// Reads one in its one spelling.
    fn parse(value: &[u8]) -> Option<Self> {
        let bytes: [u8; 16] = STANDARD.decode(value).ok()?.try_into().ok()?;
        Some(Key::new(bytes))
    }

    /// The answer to it.
    fn answer(&self) -> String {
        let digest = Sha1::new().chain_update(&self.0).chain_update(WITH_KEY).finalize();
        STANDARD.encode(digest)
    }
}

/// A request to open a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opening {
    key: Key,
    /// The protocols inside that it offers.
    protocols: Vec<Vec<u8>>,
    has_extensions: bool,
}

/// Why a request with `Upgrade: websocket` opens no WebSocket, or an answer does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// Not a `GET` in HTTP/1.1 without a body.
    #[error("it is not a `GET` in HTTP/1.1 without a body")]
    Request,
    /// `Connection` says something else, or more.
    #[error("`Connection` is not `Upgrade` alone")]
    Connection,
    /// A version other than the one there is.
    #[error("`Sec-WebSocket-Version` is not 13")]
    Version,
    /// Not sixteen bytes in base64, once.
    #[error("`Sec-WebSocket-Key` is not one key of 16 bytes in base64")]
    Key,
    /// The answer is not the one to the key: whoever answers knows nothing of WebSockets.
    #[error("`Sec-WebSocket-Accept` does not answer the key")]
    Accept,
    /// A protocol inside, or an extension, that was not offered.
    #[error("the answer chooses a protocol or an extension that was not offered")]
    Chosen,
}

impl Opening {
    /// One of the gateway's own.
    pub(crate) fn new(random: [u8; 16], fields: &Fields) -> Self {
        Opening {
            key: Key::new(random),
            protocols: fields.all(PROTOCOL).flat_map(words).collect(),
            has_extensions: fields.all(EXTENSIONS).next().is_some(),
        }
    }

    /// Reads the opening that a request is, if it is one at all.
    pub(crate) fn of(is_get: bool, fields: &mut Fields) -> Result<Option<Self>, HandshakeError> {
        let asks = |value: &[u8]| value.eq_ignore_ascii_case(b"websocket");
        if !fields.only("upgrade").is_some_and(asks) {
            return Ok(None);
        }
        if !is_get {
            return Err(HandshakeError::Request);
        }
        let is_upgrade = |value: &[u8]| value.eq_ignore_ascii_case(b"upgrade");
        if !fields.only("connection").is_some_and(is_upgrade) {
            return Err(HandshakeError::Connection);
        }
        if fields.only("sec-websocket-version") != Some(b"13") {
            return Err(HandshakeError::Version);
        }
        let key = fields.only("sec-websocket-key").and_then(Key::parse);
        let key = key.ok_or(HandshakeError::Key)?;
        OWN_FIELDS.iter().for_each(|name| fields.remove(name));
        let opening = Opening::new([0; 16], fields);
        Ok(Some(Opening { key, ..opening }))
    }

    /// The same with another key, for the server: one that the plugin knows could be answered by a
    /// server that was led to say something.
    pub(crate) fn with_key(self, random: [u8; 16]) -> Self {
        Opening { key: Key::new(random), ..self }
    }

    /// Adds the fields that ask for it.
    pub(crate) fn ask(&self, fields: &mut Fields) {
        fields.add("Upgrade", "websocket");
        fields.add("Connection", "Upgrade");
        fields.add("Sec-WebSocket-Version", "13");
        fields.add("Sec-WebSocket-Key", &self.key.0);
    }

    /// Whether the fields of an answer with the status 101 open it. They come as they were sent, and
    /// are left without those of the opening itself.
    pub(crate) fn check(&self, answer: &mut Fields) -> Result<(), HandshakeError> {
        let asked = |value: &[u8]| value.eq_ignore_ascii_case(b"websocket");
        let is_switched = answer.only("upgrade").is_some_and(asked)
            && answer.words("connection").iter().any(|word| word == "upgrade");
        let accept = answer.only("sec-websocket-accept");
        if !is_switched || accept != Some(self.key.answer().as_bytes()) {
            return Err(HandshakeError::Accept);
        }
        let chosen: Vec<Vec<u8>> = answer.all(PROTOCOL).map(<[u8]>::to_vec).collect();
        let is_offered = match chosen.as_slice() {
            [] => true,
            [one] => self.protocols.contains(one),
            _ => false,
        };
        let is_extended = answer.all(EXTENSIONS).next().is_some();
        if !is_offered || (is_extended && !self.has_extensions) {
            return Err(HandshakeError::Chosen);
        }
        OWN_FIELDS.iter().for_each(|name| answer.remove(name));
        Ok(())
    }
}

/// The head that tells a client that its WebSocket is open.
pub(crate) fn opened(asked: &Opening, fields: &Fields) -> Vec<u8> {
    let mut out = b"HTTP/1.1 101 Switching Protocols\r\n".to_vec();
    let mut fields = fields.clone();
    fields.add("Upgrade", "websocket");
    fields.add("Connection", "Upgrade");
    fields.add("Sec-WebSocket-Accept", &asked.key.answer());
    fields.write(&mut out);
    out.extend_from_slice(b"\r\n");
    out
}

/// The words of a list, as they are: case counts in them.
fn words(value: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let words = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    words.filter(|word| !word.is_empty()).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_the_standard() {
        let key = Key::parse(b"dGhlIHNhbXBsZSBub25jZQ==").unwrap();
        assert_eq!(key.answer(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn keys_in_one_spelling() {
        for text in ["", "AAAA", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZR==", "*"] {
            assert_eq!(Key::parse(text.as_bytes()), None, "{text}");
        }
    }
}
