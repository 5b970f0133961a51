//! A door with whoever opened it, and clients that send what they are told.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use aether_devtools::{Door, Event, Target};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Message, WebSocket};

/// The longest that anything is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) type Socket = WebSocket<TcpStream>;

/// A door, and what it tells.
pub(crate) struct Opened {
    pub(crate) door: Door,
    pub(crate) events: Receiver<Event>,
}

pub(crate) fn target() -> Target {
    Target {
        title: "a \"title\"".to_owned(),
        url: "file:///main.js".to_owned(),
        description: "what it is".to_owned(),
    }
}

impl Opened {
    pub(crate) fn new() -> Self {
        let (tell, events) = channel();
        // Nobody listens any more where a test has ended.
        let door = Door::open(0, target(), move |event| drop(tell.send(event)));
        Self { door: door.expect("a door"), events }
    }

    pub(crate) fn port(&self) -> u16 {
        self.door.address().port()
    }

    /// The path that leads to what is debugged.
    pub(crate) fn path(&self) -> String {
        let url = self.door.websocket_url();
        url.strip_prefix(&format!("ws://{}", self.door.address())).expect("a path").to_owned()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.door.address()).expect("a door");
        stream.set_read_timeout(Some(PATIENCE)).expect("a stream");
        stream.set_write_timeout(Some(PATIENCE)).expect("a stream");
        stream
    }

    /// What is answered to these bytes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes).expect("a reader");
        Answer::read(&mut stream)
    }

    /// What is answered to these lines.
    pub(crate) fn said(&self, first: &str, fields: &[&str]) -> Answer {
        let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
        self.raw(format!("{first}\r\n{fields}\r\n").as_bytes())
    }

    /// The status of an answer, where one is heard.
    pub(crate) fn try_ask(&self) -> Option<u16> {
        let mut stream = self.connect();
        // A door with no room may have hung up.
        drop(stream.write_all(b"GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        let mut bytes = Vec::new();
        drop(stream.read_to_end(&mut bytes));
        std::str::from_utf8(bytes.get(9..12)?).ok()?.parse().ok()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.said(&format!("GET {path} HTTP/1.1"), &["Host: localhost"])
    }

    /// The lines of a request for a WebSocket, with these besides.
    pub(crate) fn websocket(&self, fields: &[&str]) -> Answer {
        let usual = [
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ];
        let fields: Vec<&str> = usual.iter().chain(fields).copied().collect();
        self.said(&format!("GET {} HTTP/1.1", self.path()), &fields)
    }

    /// Attaches as the library's client does.
    pub(crate) fn try_attach(&self, origin: Option<&str>) -> Result<Socket, u16> {
        let mut request = self.door.websocket_url().into_client_request().expect("a request");
        if let Some(origin) = origin {
            request.headers_mut().insert("Origin", origin.parse().expect("a value"));
        }
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        match tungstenite::client::client_with_config(request, self.connect(), Some(config)) {
            Ok((socket, _)) => Ok(socket),
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => {
                Err(answer.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Attaches once the one before has left, and hears that it did.
    pub(crate) fn attach(&self) -> Socket {
        self.attach_from(None)
    }

    pub(crate) fn attach_from(&self, origin: Option<&str>) -> Socket {
        let until = Instant::now() + PATIENCE;
        let socket = loop {
            match self.try_attach(origin) {
                Ok(socket) => break socket,
                // Heard to have left a moment before there is room.
                Err(409) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
                Err(status) => panic!("{status}"),
            }
        };
        assert_eq!(self.event(), Event::Attached);
        socket
    }

    #[track_caller]
    pub(crate) fn event(&self) -> Event {
        self.events.recv_timeout(PATIENCE).expect("an event")
    }

    /// Whether nothing more has happened.
    pub(crate) fn is_silent(&self) -> bool {
        self.events.try_recv().is_err()
    }
}

/// Reads past pongs. The message that comes, or the code of a close.
#[track_caller]
pub(crate) fn next(socket: &mut Socket) -> Result<String, u16> {
    loop {
        match socket.read().expect("a message") {
            Message::Text(text) => return Ok(text.as_str().to_owned()),
            Message::Close(Some(CloseFrame { code, .. })) => return Err(code.into()),
            Message::Close(None) => return Err(CloseCode::Status.into()),
            _ => {}
        }
    }
}

/// A client's frame, with the mask that changes nothing.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("a short one");
    assert!(length < 126);
    [&[first, 0x80 | length, 0, 0, 0, 0], payload].concat()
}

/// An answer, read until the connection was closed.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A door that has heard enough hangs up, which resets the connection.
        drop(stream.read_to_end(&mut bytes));
        Self::parse(bytes)
    }

    /// The head alone, of an answer after which the connection goes on.
    pub(crate) fn read_head(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).expect("a head");
            bytes.extend(byte);
        }
        Self::parse(bytes)
    }

    fn parse(bytes: Vec<u8>) -> Self {
        let text = String::from_utf8(bytes).expect("text");
        let (head, body) =
            text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }
}
