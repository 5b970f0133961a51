//! A WebSocket that is open.

use std::io;

use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, sleep};

use super::budget::{Budget, Share};
use super::handle::{Heard, Message};
use super::speak::{Mouth, Orders, Replies};
use crate::counted::counted;
use crate::failure::Failure;
use crate::fetch::{FetchError, Wake};
use crate::limits::Limits;
use crate::proxy::{Context, Counters, Incoming, ReadError, Reader, Upstream};
use crate::wire::{Messages, Said};

/// How long the other end of a close is waited for: against servers that never close.
const CLOSE_TIME: Duration = Duration::from_secs(5);

/// Where what is heard goes.
pub(super) struct Ears {
    pub(super) heard: mpsc::UnboundedSender<(Heard, Option<Share>)>,
    /// Room for what waits to be taken.
    pub(super) room: Budget,
    /// Room for what waits to be sent.
    pub(super) spoken: Budget,
    pub(super) wake: Wake,
}

impl Ears {
    /// Gives on what was heard, when there is room for it. Nobody may be left to take it; the task is
    /// then aborted anyway.
    pub(super) async fn hear(&self, heard: Heard) {
        let length = if let Heard::Message(message) = &heard { message.bytes() } else { 0 };
        let room = self.room.take(length).await;
        let _nobody = self.heard.send((heard, room));
        self.wake();
    }

    /// Gives on the last that is heard; nothing more is sent.
    pub(super) fn end(&self, last: Heard) {
        self.spoken.close();
        let _nobody = self.heard.send((last, None));
        self.wake();
    }

    pub(super) fn wake(&self) {
        (self.wake)();
    }
}

/// Hears and speaks until both sides have closed.
pub(super) async fn converse(
    upstream: &mut Upstream,
    counters: &Counters,
    context: &Context,
    ears: &Ears,
    orders: &mut Orders,
) -> Result<Heard, FetchError> {
    let (limits, watch) = (context.limits(), context.rules.watch());
    let replies = Replies::default();
    let mouth = Mouth { to: &mut upstream.output, counters, limits, watch };
    let speaking = mouth.speak(&replies, orders, ears);
    let hearing = listen(&mut upstream.input, counters, limits, ears, &replies);
    let patience = sleep(CLOSE_TIME);
    tokio::pin!(speaking, hearing, patience);
    let (mut heard, mut spoke) = (None, None);
    while heard.is_none() || spoke.is_none() {
        let is_closing = heard.is_some() || spoke.is_some();
        tokio::select! {
            biased;
            last = &mut hearing, if heard.is_none() => {
                match &last {
                    Ok(close) => replies.close(close.as_ref().map(|(code, _)| *code)),
                    Err(Failure::Frames(error)) => replies.close(Some(error.code())),
                    Err(failure) => return Err(failure.clone().into()),
                }
                heard = Some(last);
            }
            last = &mut speaking, if spoke.is_none() => {
                match &last {
                    // It takes nothing more, and may have said something before.
                    Ok(()) | Err(FetchError::Failed(Failure::Server(_) | Failure::ServerIdle)) => {}
                    Err(error) => return Err(error.clone()),
                }
                spoke = Some(last);
            }
            () = &mut patience, if is_closing => break,
        }
        if !is_closing {
            patience.as_mut().reset(Instant::now() + CLOSE_TIME);
        }
    }
    match (heard, spoke) {
        (Some(Ok(close)), _) => {
            let (code, reason) = close.map_or((None, String::new()), |(c, r)| (Some(c), r));
            Ok(Heard::Closed { code, reason })
        }
        (Some(Err(failure)), _) => Err(failure.into()),
        (None, Some(Err(error))) => Err(error),
        (None, _) => Err(Failure::ServerIdle.into()),
    }
}

/// The code of a close and its reason, if it has them.
type Close = Option<(u16, String)>;

/// Hears what the server says, until it closes.
async fn listen(
    from: &mut Incoming<Reader>,
    counters: &Counters,
    limits: &Limits,
    ears: &Ears,
    replies: &Replies,
) -> Result<Close, Failure> {
    let mut messages = Messages::new(limits.message_bytes);
    // What came with the head of the answer.
    let mut read = from.available().len();
    loop {
        counters.back.add(counted(read));
        if counters.both() > limits.tunnel_bytes {
            return Err(Failure::TunnelBytes);
        }
        loop {
            let (used, said) = messages.take(from.available()).map_err(Failure::Frames)?;
            from.consume(used);
            match said {
                Some(Said::Text(text)) => ears.hear(Heard::Message(Message::Text(text))).await,
                Some(Said::Binary(data)) => ears.hear(Heard::Message(Message::Binary(data))).await,
                Some(Said::Ping(payload)) => replies.pong(payload),
                Some(Said::Close(close)) => return Ok(close),
                None if used == 0 => break,
                Some(Said::Pong) | None => {}
            }
        }
        read = match from.fill(limits.idle_time).await {
            Ok(0) => return Err(Failure::Server(io::ErrorKind::UnexpectedEof)),
            Ok(read) => read,
            Err(ReadError::Broken(kind)) => return Err(Failure::Server(kind)),
            Err(_) => return Err(Failure::ServerIdle),
        };
    }
}
