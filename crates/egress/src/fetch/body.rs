//! Bodies of requests.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// Pieces of a body that wait to be sent: what bounds memory when the server reads slowly.
const WAITING: usize = 4;

/// The body of a request.
#[derive(Default)]
pub enum Body {
    /// There is none.
    #[default]
    None,
    /// All of it, sent with its length. It is sent again where a redirect asks for it.
    Bytes(Vec<u8>),
    /// Piece by piece, sent in chunks. It cannot be sent again.
    Stream(BodyStream),
}

impl Body {
    /// What is there of it before anything is sent.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Body::Bytes(bytes) => bytes,
            Body::None | Body::Stream(_) => &[],
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Body::Bytes(bytes)
    }
}

impl From<Option<Vec<u8>>> for Body {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        bytes.map_or(Body::None, Body::Bytes)
    }
}

/// Without the bytes.
impl fmt::Debug for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::None => out.write_str("None"),
            Body::Bytes(bytes) => write!(out, "Bytes({})", bytes.len()),
            Body::Stream(_) => out.write_str("Stream"),
        }
    }
}

/// Both ends of a body that is sent piece by piece.
pub fn body_stream() -> (BodyWriter, BodyStream) {
    let (sender, pieces) = mpsc::channel(WAITING);
    let is_whole = Arc::new(AtomicBool::new(false));
    (BodyWriter { sender, is_whole: Arc::clone(&is_whole) }, BodyStream { pieces, is_whole })
}

/// The end at which a body is written. Dropping it without [`end`](Self::end) breaks the request
/// off: part of a body must not pass for all of it.
pub struct BodyWriter {
    sender: mpsc::Sender<Vec<u8>>,
    is_whole: Arc<AtomicBool>,
}

impl BodyWriter {
    /// Writes a piece if there is room for it. Whoever began the request is woken when there is more.
    ///
    /// # Errors
    /// The piece: there is no room yet, or nobody sends it any more.
    pub fn try_write(&self, piece: Vec<u8>) -> Result<(), Unwritten> {
        self.sender.try_send(piece).map_err(|error| match error {
            TrySendError::Full(piece) => Unwritten::Full(piece),
            TrySendError::Closed(piece) => Unwritten::Over(piece),
        })
    }

    /// Writes a piece, once there is room for it. Not from the thread that serves all clients.
    ///
    /// # Errors
    /// The piece: nobody sends it any more.
    pub fn write(&self, piece: Vec<u8>) -> Result<(), Unwritten> {
        self.sender.blocking_send(piece).map_err(|error| Unwritten::Over(error.0))
    }

    /// The body is whole.
    pub fn end(self) {
        self.is_whole.store(true, Ordering::Release);
    }
}

impl fmt::Debug for BodyWriter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("BodyWriter").finish_non_exhaustive()
    }
}

/// A piece of a body that was not written.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritten {
    /// There is no room for it until others were sent.
    #[error("the body has pieces enough that wait to be sent")]
    Full(Vec<u8>),
    /// The request has ended: it was answered, broke off or was given up.
    #[error("the request has ended, and sends nothing more of its body")]
    Over(Vec<u8>),
}

/// Without the bytes.
impl fmt::Debug for Unwritten {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unwritten::Full(piece) => write!(out, "Full({})", piece.len()),
            Unwritten::Over(piece) => write!(out, "Over({})", piece.len()),
        }
    }
}

/// The end from which a body is sent.
pub struct BodyStream {
    pieces: mpsc::Receiver<Vec<u8>>,
    is_whole: Arc<AtomicBool>,
}

impl BodyStream {
    /// The next piece; nothing after the last.
    pub(super) async fn next(&mut self) -> Option<Vec<u8>> {
        self.pieces.recv().await
    }

    /// Whether the last piece was the last of the body.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole.load(Ordering::Acquire)
    }
}
