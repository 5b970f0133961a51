//! The head of an answer.

use super::head::{self, HeadError};
use super::{Fields, Framing, HandshakeError, Opening};

/// The head of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResponseHead {
    pub(crate) status: u16,
    pub(crate) reason: String,
    /// Without those of the connection, and without lengths.
    pub(crate) fields: Fields,
    pub(crate) body: Body,
    /// Whether the connection may carry another request.
    pub(crate) keep_alive: bool,
}

/// The body of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// There is none, whatever the length says that the head declares.
    None {
        /// What another request would get; `HEAD` asks for it.
        declared: Option<u64>,
    },
    /// There is one.
    Some(Framing),
}

/// What a head answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked<'a> {
    /// A request whose answer may have a body.
    Some,
    /// A `HEAD`.
    Head,
    /// For a WebSocket.
    Socket(&'a Opening),
}

impl ResponseHead {
    /// Reads a whole head.
    pub(crate) fn parse(bytes: &[u8], asked: Asked<'_>) -> Result<Self, HeadError> {
        let (line, mut fields) = head::split(bytes)?;
        let (version, rest) = line.split_once(' ').ok_or(HeadError::FirstLine)?;
        let is_1_0 = match version {
            "HTTP/1.1" => false,
            "HTTP/1.0" => true,
            _ => return Err(HeadError::Version),
        };
        let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let digits = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
        let status: u16 = status.parse().ok().filter(|_| digits).ok_or(HeadError::FirstLine)?;
        if !(100..600).contains(&status) {
            return Err(HeadError::FirstLine);
        }
        let framing = Framing::of(&fields, is_1_0).map_err(HeadError::Framing)?;
        if let Asked::Socket(opening) = asked
            && status == 101
        {
            // There is no body, and what comes next is no answer.
            if framing.is_some() {
                return Err(HeadError::Handshake(HandshakeError::Accept));
            }
            opening.check(&mut fields).map_err(HeadError::Handshake)?;
        }
        let bodiless = matches!(asked, Asked::Head) || status < 200 || matches!(status, 204 | 304);
        let body = match framing {
            Some(Framing::Length(length)) if bodiless => Body::None { declared: Some(length) },
            _ if bodiless => Body::None { declared: None },
            framing => Body::Some(framing.unwrap_or(Framing::UntilClose)),
        };
        let connection = fields.words("connection");
        let kept = !is_1_0 && !connection.iter().any(|word| word == "close");
        // After a body where none belongs, nobody knows where the next answer begins.
        let certain = !(bodiless && framing == Some(Framing::Chunked))
            && body != Body::Some(Framing::UntilClose);
        fields.strip_hop_by_hop();
        fields.remove("content-length");
        let reason = reason.to_owned();
        Ok(ResponseHead { status, reason, fields, body, keep_alive: kept && certain })
    }

    /// Writes the head as the client gets it, with this framing of the body.
    pub(crate) fn write(&self, framing: Framing, keep_alive: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        let line = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason);
        out.extend_from_slice(line.as_bytes());
        self.fields.write(&mut out);
        framing.write(&mut out);
        if let Body::None { declared: Some(length) } = self.body {
            Framing::Length(length).write(&mut out);
        }
        if !keep_alive {
            out.extend_from_slice(b"Connection: close\r\n");
        }
        out.extend_from_slice(b"\r\n");
        out
    }
}
