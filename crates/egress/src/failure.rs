//! What goes wrong with an allowed request.

use std::io;

use crate::wire::{ChunkError, FrameError, HandshakeError, HeadError};

/// Why an allowed exchange broke off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The name has no address.
    #[error("the name does not resolve")]
    NoAddress,
    /// The resolver did not answer.
    #[error("the name does not resolve: its lookup failed or took too long")]
    Lookup,
    /// No address could be connected to.
    #[error("the server cannot be reached: {0}")]
    Connect(io::ErrorKind),
    /// The connection leads to another address than the one that was checked.
    #[error("the connection leads to another address than the one that was checked")]
    Peer,
    /// TLS with the server failed; its certificate, mostly.
    #[error("TLS with the server failed: {0}")]
    Tls(String),
    /// TLS with the plugin failed, whose requests are looked into: mostly it does not trust the
    /// authority of the gateway.
    #[error("TLS with the plugin failed: {0}")]
    ClientTls(String),
    /// The server closed or broke the connection.
    #[error("the server ended the connection: {0}")]
    Server(io::ErrorKind),
    /// The server's answer cannot be read for certain.
    #[error("the answer is malformed: {0}")]
    Answer(HeadError),
    /// The body of the answer is not in proper chunks.
    #[error("the body of the answer is malformed: {0}")]
    AnswerBody(ChunkError),
    /// The body of the answer ended early.
    #[error("the body of the answer ended early")]
    AnswerShort,
    /// The body of the answer is longer than the limit.
    #[error("the body of the answer is longer than allowed")]
    AnswerLong,
    /// The server changes the protocol although nobody asked.
    #[error("the server changes the protocol although nobody asked for it")]
    Switched,
    /// The server does not open the WebSocket that was asked for.
    #[error("the server does not open the WebSocket: {0}")]
    Handshake(HandshakeError),
    /// The server answers with this status instead of opening the WebSocket.
    #[error("the server answers with the status {0} instead of opening the WebSocket")]
    NotOpened(u16),
    /// What comes in a WebSocket breaks its rules.
    #[error("the server breaks the rules of WebSockets: {0}")]
    Frames(FrameError),
    /// The server sends nothing but interim answers.
    #[error("the server sends interim answers without end")]
    Interim,
    /// The body of the request is not in proper chunks.
    #[error("the body of the request is malformed: {0}")]
    RequestBody(ChunkError),
    /// The body of the request ended early.
    #[error("the body of the request ended early")]
    RequestShort,
    /// The body of the request is longer than the limit.
    #[error("the body of the request is longer than allowed")]
    RequestLong,
    /// The plugin closed or broke the connection.
    #[error("the plugin ended the connection")]
    Client,
    /// The plugin sent nothing for too long.
    #[error("the plugin sent or read nothing for too long")]
    ClientIdle,
    /// The server sent nothing for too long.
    #[error("the server sent or read nothing for too long")]
    ServerIdle,
    /// It took longer than the limit.
    #[error("it took longer than allowed")]
    Time,
    /// A tunnel or WebSocket carried more than the limit.
    #[error("the tunnel carried more than allowed")]
    TunnelBytes,
    /// A tunnel's first bytes are not a proper TLS greeting.
    #[error("the tunnel did not begin with a TLS greeting")]
    Hello,
    /// The gateway was told to close it: the plugin ended, or its rules changed.
    #[error("the gateway closed it")]
    Closed,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
    /// The record of it could not be written.
    #[error("the audit log could not be written")]
    Unrecorded,
}

/// Kinds of what goes wrong, for a caller that has its own word for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// What was asked for cannot be asked.
    Invalid,
    /// No rule allows it, or it led where none allows.
    Denied,
    /// The name leads to no address.
    NameNotFound,
    /// The server takes no connection, or opens no WebSocket.
    Refused,
    /// The server cannot be reached, for another reason.
    Unreachable,
    /// TLS with the server failed.
    Tls,
    /// It took too long, or one side was silent for too long.
    Timeout,
    /// Something is longer than allowed.
    TooLarge,
    /// The server does not keep to the protocol.
    Protocol,
    /// A redirect that is not followed.
    Redirect,
    /// The server broke the connection off.
    Reset,
    /// Whoever asked broke it off.
    Aborted,
    /// The gateway closed it, or the rules changed.
    Closed,
    /// The record of it could not be written.
    Unrecorded,
}

impl Failure {
    /// Which kind of failure it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Failure::NoAddress | Failure::Lookup => FailureKind::NameNotFound,
            Failure::Connect(io::ErrorKind::ConnectionRefused) | Failure::NotOpened(_) => {
                FailureKind::Refused
            }
            Failure::Connect(io::ErrorKind::TimedOut) => FailureKind::Timeout,
            Failure::Connect(_) | Failure::Peer | Failure::Random => FailureKind::Unreachable,
            Failure::Tls(_) => FailureKind::Tls,
            Failure::Server(_) | Failure::AnswerShort => FailureKind::Reset,
            Failure::Answer(_)
            | Failure::AnswerBody(_)
            | Failure::Switched
            | Failure::Interim
            | Failure::Handshake(_)
            | Failure::Hello => FailureKind::Protocol,
            Failure::Frames(FrameError::TooLong) => FailureKind::TooLarge,
            Failure::Frames(_) => FailureKind::Protocol,
            Failure::AnswerLong | Failure::RequestLong | Failure::TunnelBytes => {
                FailureKind::TooLarge
            }
            Failure::RequestBody(_) => FailureKind::Invalid,
            Failure::RequestShort | Failure::Client | Failure::ClientTls(_) => FailureKind::Aborted,
            Failure::ClientIdle | Failure::ServerIdle | Failure::Time => FailureKind::Timeout,
            Failure::Closed => FailureKind::Closed,
            Failure::Unrecorded => FailureKind::Unrecorded,
        }
    }

    /// The status that says so to a client, if it can still be told.
    pub fn status(&self) -> u16 {
        match self {
            Failure::Time | Failure::ServerIdle | Failure::Lookup => 504,
            Failure::RequestBody(_) | Failure::RequestShort => 400,
            Failure::RequestLong => 413,
            Failure::ClientIdle => 408,
            Failure::Unrecorded | Failure::Closed => 503,
            _ => 502,
        }
    }
}
