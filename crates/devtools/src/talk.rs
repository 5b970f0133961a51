//! What is said over a WebSocket. The frames of the other side are read by `tungstenite`, which answers
//! pings, joins the parts of messages and knows what RFC 6455 forbids.

use std::io::{self, Read, Write};

use tungstenite::Message;
use tungstenite::error::{Error, ProtocolError};
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame, FrameHeader, Utf8Bytes};
use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};

use crate::limits::MAX_MESSAGE_BYTES;
use crate::line::Line;

/// How a conversation ends.
pub(crate) enum End {
    /// With this frame for the debugger.
    Farewell(Vec<u8>),
    /// Without a word: nobody is there.
    Gone,
}

/// Hears a debugger until it leaves, or has said what is not taken.
pub(crate) fn hear(line: &Line, mut heard: impl FnMut(String)) -> End {
    let size = Some(MAX_MESSAGE_BYTES);
    let config = WebSocketConfig::default().max_message_size(size).max_frame_size(size);
    let mut socket = WebSocket::from_raw_socket(Wire(line), Role::Server, Some(config));
    loop {
        let said = match socket.read() {
            Ok(said) => said,
            Err(error) => return end(&error),
        };
        match said {
            // Once leave was taken of it, what it had on its way is nobody's.
            Message::Text(text) if line.is_attached() => heard(text.as_str().to_owned()),
            Message::Binary(_) => {
                return farewell(CloseCode::Unsupported, "only text is spoken here");
            }
            // Its own code comes back to it, where it is one that may be said.
            Message::Close(close) => return End::Farewell(close_frame(close)),
            Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// A message in its frame.
pub(crate) fn text_frame(message: &str) -> Vec<u8> {
    let opcode = OpCode::Data(Data::Text);
    let header = FrameHeader { opcode, ..FrameHeader::default() };
    let length = message.len() as u64;
    let mut bytes = Vec::with_capacity(header.len(length) + message.len());
    // Memory takes whatever is written to it.
    drop(header.format(length, &mut bytes));
    bytes.extend_from_slice(message.as_bytes());
    bytes
}

/// The frame that says a door is closed.
pub(crate) fn door_closed() -> Vec<u8> {
    reasoned(CloseCode::Away, "debugging ends here")
}

/// The frame that says something could not be sent.
pub(crate) fn too_large() -> Vec<u8> {
    reasoned(CloseCode::Error, "what is to be said is too large")
}

fn end(error: &Error) -> End {
    match error {
        Error::Capacity(_) => farewell(CloseCode::Size, "the message is too large"),
        Error::Utf8(_) => farewell(CloseCode::Invalid, "the text is not UTF-8"),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone,
        Error::Protocol(_) => farewell(CloseCode::Protocol, "this is not the WebSocket protocol"),
        _ => End::Gone,
    }
}

fn farewell(code: CloseCode, reason: &'static str) -> End {
    End::Farewell(reasoned(code, reason))
}

fn reasoned(code: CloseCode, reason: &'static str) -> Vec<u8> {
    close_frame(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }))
}

fn close_frame(close: Option<CloseFrame>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // As above.
    drop(Frame::close(close).format(&mut bytes));
    bytes
}

/// The line as the library sees it. What it writes are pongs, each whole, which wait among all that is
/// sent. That none goes out any more is no failure: leave may be taken, and what waits is still sent.
struct Wire<'l>(&'l Line);

impl Read for Wire<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
