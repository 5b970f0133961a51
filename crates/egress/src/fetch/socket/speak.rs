//! What is said to the server.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, mpsc};
use tokio::time::{Duration, timeout};

use super::budget::Share;
use super::converse::Ears;
use super::handle::{Message, Order};
use crate::counted::counted;
use crate::decide::Watch;
use crate::failure::Failure;
use crate::fetch::FetchError;
use crate::fetch::turn::PIECE;
use crate::limits::Limits;
use crate::proxy::{Counters, Writer, send, to_server};
use crate::random::random;
use crate::wire::{FrameHead, Opcode, mask};

/// What the gateway says of its own accord, in answer to the server.
#[derive(Default)]
pub(super) struct Replies {
    due: Mutex<Due>,
    told: Notify,
}

#[derive(Default)]
struct Due {
    /// The last ping that was not answered; the standard lets the others go without.
    pong: Option<Vec<u8>>,
    /// The payload of a close.
    close: Option<Vec<u8>>,
}

impl Replies {
    pub(super) fn pong(&self, payload: Vec<u8>) {
        self.say(|due| due.pong = Some(payload));
    }

    pub(super) fn close(&self, code: Option<u16>) {
        let payload = code.map(|code| code.to_be_bytes().to_vec());
        self.say(|due| due.close = Some(payload.unwrap_or_default()));
    }

    fn say(&self, set: impl FnOnce(&mut Due)) {
        set(&mut self.due.lock().unwrap_or_else(PoisonError::into_inner));
        self.told.notify_one();
    }

    fn take(&self) -> Due {
        std::mem::take(&mut *self.due.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is taken to be sent, with its room.
pub(super) type Orders = mpsc::UnboundedReceiver<(Order, Option<Share>)>;

/// The writing half of a WebSocket.
pub(super) struct Mouth<'m> {
    pub(super) to: &'m mut Writer,
    pub(super) counters: &'m Counters,
    pub(super) limits: &'m Limits,
    /// Over what the plugin says, as over the body of a request.
    pub(super) watch: Watch<'m>,
}

enum Next {
    Reply,
    Order(Option<(Order, Option<Share>)>),
}

impl Mouth<'_> {
    /// Says what there is to say until a close is said. A server that nothing is said to is asked
    /// whether it is there, often enough that a silent one is a dead one.
    pub(super) async fn speak(
        mut self,
        replies: &Replies,
        orders: &mut Orders,
        ears: &Ears,
    ) -> Result<(), FetchError> {
        let pause: Duration = self.limits.idle_time / 3;
        loop {
            let next = async {
                tokio::select! {
                    biased;
                    () = replies.told.notified() => Next::Reply,
                    order = orders.recv() => Next::Order(order),
                }
            };
            match timeout(pause, next).await {
                Err(_) => self.say(Opcode::Ping, Vec::new()).await?,
                Ok(Next::Reply) => {
                    let due = replies.take();
                    // Nothing is said after a close.
                    if let Some(payload) = due.pong {
                        self.say(Opcode::Pong, payload).await?;
                    }
                    if let Some(payload) = due.close {
                        return Ok(self.say(Opcode::Close, payload).await?);
                    }
                }
                Ok(Next::Order(Some((Order::Say(message), room)))) => {
                    match message {
                        Message::Text(text) => self.pass(Opcode::Text, text.into_bytes()).await?,
                        Message::Binary(bytes) => self.pass(Opcode::Binary, bytes).await?,
                    }
                    drop(room);
                    ears.wake();
                }
                Ok(Next::Order(Some((Order::Close(how), _)))) => {
                    let payload = how.map(|(code, reason)| {
                        [&code.to_be_bytes()[..], reason.as_bytes()].concat()
                    });
                    return self.pass(Opcode::Close, payload.unwrap_or_default()).await;
                }
                // Nobody is left to say anything; the task is aborted anyway.
                Ok(Next::Order(None)) => std::future::pending().await,
            }
        }
    }

    /// Says what the plugin says.
    async fn pass(&mut self, opcode: Opcode, payload: Vec<u8>) -> Result<(), FetchError> {
        let looked = self.watch.look(&payload);
        looked.map_err(|denied| FetchError::Denied(Box::new(denied)))?;
        Ok(self.say(opcode, payload).await?)
    }

    async fn say(&mut self, opcode: Opcode, mut payload: Vec<u8>) -> Result<(), Failure> {
        // Not to be foretold: who chooses what goes over the wire could have a proxy on the way take
        // it for a request.
        let key = random()?;
        mask(&mut payload, key);
        let length = counted(payload.len());
        let mut first = Vec::with_capacity(payload.len().min(PIECE) + 14);
        FrameHead { is_last: true, opcode, length, mask: Some(key) }.write(&mut first);
        let (begin, rest) = payload.split_at(payload.len().min(PIECE));
        first.extend_from_slice(begin);
        for piece in std::iter::once(&first[..]).chain(rest.chunks(PIECE)) {
            self.counters.out.add(counted(piece.len()));
            if self.counters.both() > self.limits.tunnel_bytes {
                return Err(Failure::TunnelBytes);
            }
            send(self.to, piece, self.limits.idle_time).await.map_err(to_server)?;
        }
        Ok(())
    }
}
