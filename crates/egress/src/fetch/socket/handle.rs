//! WebSockets, from threads without a runtime.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::task::AbortHandle;

use super::budget::{Budget, Share};
use super::converse::Ears;
use super::open::{self, OpenSocket};
use crate::failure::Failure;
use crate::fetch::error::FetchError;
use crate::fetch::{AnswerHead, Wake};
use crate::proxy::{Ended, Place, Shared};
use crate::wire::MAX_CONTROL;

/// Longest reason of a close, in bytes: its code has two of the frame's.
pub const MAX_REASON: usize = MAX_CONTROL - 2;

/// What is said in a WebSocket.
#[derive(Clone, PartialEq, Eq)]
pub enum Message {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Message {
    /// How long it is, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) => bytes.len(),
        }
    }
}

/// Without what it says.
impl fmt::Debug for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Text(text) => write!(out, "Text({})", text.len()),
            Message::Binary(bytes) => write!(out, "Binary({})", bytes.len()),
        }
    }
}

/// What is heard of a WebSocket. First that it is open, then messages, then the end; or an error at
/// any time, after which nothing comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It is open. The protocol that was chosen is among the headers.
    Opened(Box<AnswerHead>),
    /// The server said something.
    Message(Message),
    /// It was closed in order, by either side.
    Closed {
        /// The code; nothing when the server gave none.
        code: Option<u16>,
        /// The reason, often empty.
        reason: String,
    },
    /// It was not opened, or broke off.
    Failed(FetchError),
}

/// A message that was not taken to be sent, or a close that was not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    /// There is no room for it until others were sent.
    #[error("the WebSocket has messages enough that wait to be sent")]
    Full(Message),
    /// It is longer than [`Limits::message_bytes`](crate::Limits::message_bytes).
    #[error("the message is longer than allowed")]
    TooLong(Message),
    /// The WebSocket is closed, or being closed.
    #[error("the WebSocket is closed")]
    Closed,
    /// A code that a plugin cannot close with: 1000 and 3000 to 4999 are its own to give.
    #[error("a WebSocket is closed with 1000 or a code from 3000 to 4999")]
    Code,
    /// A reason longer than [`MAX_REASON`].
    #[error("the reason of a close has at most {MAX_REASON} bytes")]
    Reason,
}

/// What is to be sent.
pub(super) enum Order {
    Say(Message),
    Close(Option<(u16, String)>),
}

/// A WebSocket. Dropping it ends it at once, without a word to the server.
pub struct WebSocket {
    handle: Handle,
    heard: mpsc::UnboundedReceiver<(Heard, Option<Share>)>,
    orders: mpsc::UnboundedSender<(Order, Option<Share>)>,
    /// Room for what waits to be sent.
    room: Budget,
    is_closing: AtomicBool,
    task: AbortHandle,
    is_over: bool,
}

impl WebSocket {
    pub(in crate::fetch) fn open(
        handle: &Handle,
        shared: Arc<Shared>,
        (place, ended): (Place, Ended),
        open: OpenSocket,
        wake: Wake,
    ) -> Self {
        let limit = shared.limits.message_bytes;
        let (say, heard) = mpsc::unbounded_channel();
        let (orders, received) = mpsc::unbounded_channel();
        let room = Budget::new(limit);
        let ears = Ears { heard: say, room: Budget::new(limit), spoken: room.clone(), wake };
        let task = handle.spawn(async move {
            let whole = async {
                let _room = shared.room().await;
                open::run(&shared, &place, open, &ears, received).await
            };
            let last = tokio::select! {
                biased;
                // First, so that it is also dropped first: its end is recorded before that is told.
                result = whole => result.unwrap_or_else(Heard::Failed),
                Ok(_done) = ended => Heard::Failed(Failure::Closed.into()),
            };
            ears.end(last);
        });
        let (is_closing, is_over) = (AtomicBool::new(false), false);
        let (handle, task) = (handle.clone(), task.abort_handle());
        WebSocket { handle, heard, orders, room, is_closing, task, is_over }
    }

    /// What was heard next, if it is there.
    pub fn try_next(&mut self) -> Option<Heard> {
        match self.heard.try_recv() {
            Ok((heard, _room)) => Some(self.noted(heard)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => self.closed(),
        }
    }

    /// Waits for what is heard next; nothing after the last. Not from the thread that serves all
    /// clients.
    pub fn next_heard(&mut self) -> Option<Heard> {
        match self.heard.blocking_recv() {
            Some((heard, _room)) => Some(self.noted(heard)),
            None => self.closed(),
        }
    }

    /// Takes a message to be sent, if there is room for it; also before the WebSocket is open.
    /// Whoever opened it is woken when there is more room.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn try_send(&self, message: Message) -> Result<(), Unsent> {
        let message = self.sendable(message)?;
        match self.room.try_take(message.bytes()) {
            Some(room) => self.order(Order::Say(message), Some(room)),
            None => Err(Unsent::Full(message)),
        }
    }

    /// Takes a message to be sent, once there is room for it. Not from the thread that serves all
    /// clients.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn send(&self, message: Message) -> Result<(), Unsent> {
        let message = self.sendable(message)?;
        let room = self.handle.block_on(self.room.take(message.bytes()));
        self.order(Order::Say(message), Some(room.ok_or(Unsent::Closed)?))
    }

    /// Closes it, once what was taken before is sent: with a code and a reason, or with neither. The
    /// server's answer is heard as [`Heard::Closed`]; until then it may go on to speak.
    ///
    /// # Errors
    /// Why it is not closed so.
    pub fn close(&self, how: Option<(u16, &str)>) -> Result<(), Unsent> {
        match how {
            Some((code, _)) if !matches!(code, 1000 | 3000..=4999) => return Err(Unsent::Code),
            Some((_, reason)) if reason.len() > MAX_REASON => return Err(Unsent::Reason),
            _ => {}
        }
        if self.is_closing.swap(true, Ordering::Relaxed) {
            return Err(Unsent::Closed);
        }
        self.order(Order::Close(how.map(|(code, reason)| (code, reason.to_owned()))), None)
    }

    fn sendable(&self, message: Message) -> Result<Message, Unsent> {
        if self.is_closing.load(Ordering::Relaxed) {
            return Err(Unsent::Closed);
        }
        let is_long = message.bytes() > self.room.longest();
        if is_long { Err(Unsent::TooLong(message)) } else { Ok(message) }
    }

    fn order(&self, order: Order, room: Option<Share>) -> Result<(), Unsent> {
        self.orders.send((order, room)).map_err(|_| Unsent::Closed)
    }

    fn noted(&mut self, heard: Heard) -> Heard {
        self.is_over = matches!(heard, Heard::Closed { .. } | Heard::Failed(_));
        heard
    }

    /// The gateway ended before the WebSocket did.
    fn closed(&mut self) -> Option<Heard> {
        let is_first = !std::mem::replace(&mut self.is_over, true);
        is_first.then(|| Heard::Failed(Failure::Closed.into()))
    }
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("WebSocket").finish_non_exhaustive()
    }
}
