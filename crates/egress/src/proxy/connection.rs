//! One connection of a client, request by request.

use tokio::io::AsyncWriteExt;
use tokio::time::{Duration, timeout};

use super::answer::Answer;
use super::body::send;
use super::client::Context;
use super::exchange::exchange;
use super::incoming::{Incoming, ReadError};
use super::replay::Replay;
use super::voice::Voice;
use super::{Duplex, Reader, Writer, record, tunnel};
use crate::decide::Host;
use crate::failure::Failure;
use crate::limits::{LINGER_BYTES, LINGER_TIME};
use crate::wire::{HeadError, RequestHead, Spoken, Target, socks};

/// The client's side of a connection.
pub(crate) struct Side {
    pub(crate) input: Incoming<Reader>,
    pub(crate) output: Writer,
    idle: Duration,
}

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another request may come.
    Request,
    /// It is closed.
    Close,
}

impl Side {
    pub(crate) fn new(stream: Box<dyn Duplex>, idle: Duration) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Side { input: Incoming::new(reader), output: writer, idle }
    }

    /// The connection as a whole again, with what was read and not yet used before the rest.
    pub(crate) fn into_stream(self) -> Replay {
        let (read, reader) = self.input.into_parts();
        Replay::new(read, reader.unsplit(self.output))
    }

    /// Sends an answer of the gateway's own.
    pub(crate) async fn answer(&mut self, answer: &Answer, to_head: bool, goes_on: bool) -> Next {
        let bytes = answer.write(to_head, goes_on);
        if !goes_on {
            self.end(&bytes).await;
            return Next::Close;
        }
        let sent = send(&mut self.output, &bytes, self.idle).await;
        if sent.is_ok() { Next::Request } else { Next::Close }
    }

    /// Sends the last that there is to say.
    pub(super) async fn end(&mut self, bytes: &[u8]) {
        if send(&mut self.output, bytes, self.idle).await.is_ok() {
            self.linger().await;
        }
    }

    /// Ends the connection so that what was sent arrives.
    async fn linger(&mut self) {
        let drain = async {
            if self.output.shutdown().await.is_err() {
                return;
            }
            let mut drained = 0;
            while drained < LINGER_BYTES {
                drained += self.input.available().len();
                self.input.consume(usize::MAX);
                if !matches!(self.input.fill(LINGER_TIME).await, Ok(1..)) {
                    break;
                }
            }
        };
        // Whether all of it was sent by then is the client's concern.
        let _out_of_time = timeout(LINGER_TIME, drain).await;
    }
}

/// Serves a connection to the proxy until it is closed: HTTP, or a tunnel by SOCKS.
pub(crate) async fn serve_proxy(context: Context, stream: Box<dyn Duplex>) {
    let mut side = Side::new(stream, context.limits().idle_time);
    let asked = match side.input.first(context.limits().head_time).await {
        Ok(Some(socks::VERSION)) => super::socks::asked(&context, &mut side).await,
        Ok(Some(_)) => {
            let asked = serve_requests(&context, &mut side, Spoken::ToProxy).await;
            asked.map(|(host, port)| (host, port, Voice::Connect))
        }
        // Whoever sent nothing, or left, is told nothing.
        Ok(None) | Err(_) => None,
    };
    if let Some((host, port, voice)) = asked {
        tunnel::serve(&context, side, &host, port, voice).await;
    }
}

/// Serves requests until the connection is closed, or a tunnel is asked for. The first request's
/// turn was taken when the connection was accepted.
pub(crate) async fn serve_requests(
    context: &Context,
    side: &mut Side,
    spoken: Spoken<'_>,
) -> Option<(Host, u16)> {
    let limits = context.limits().clone();
    let mut kept = None;
    let mut wait = limits.head_time;
    let mut is_first = true;
    loop {
        let bytes = match side.input.head(limits.head_bytes, wait, limits.head_time).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return None,
            Err(error) => {
                if let Some(error) = unread(error, side) {
                    refuse(context, side, &error).await;
                }
                return None;
            }
        };
        if !is_first {
            context.shared.pace.turn().await;
        }
        is_first = false;
        wait = limits.keep_alive_time;
        let head = match RequestHead::parse(&bytes, spoken) {
            Ok(head) => head,
            Err(error) => {
                refuse(context, side, &error).await;
                return None;
            }
        };
        let next = match &head.target {
            Target::Request(request) => exchange(context, side, &head, request, &mut kept).await,
            Target::Tunnel { host, port } => return Some((host.clone(), *port)),
        };
        if next == Next::Close {
            return None;
        }
    }
}

/// What to say about a head that could not be read; nothing of somebody who sent nothing.
fn unread(error: ReadError, side: &Side) -> Option<HeadError> {
    let error = match error {
        ReadError::Head(error) => return Some(error),
        ReadError::Time => HeadError::Late,
        ReadError::Ended | ReadError::Broken(_) => HeadError::Cut,
    };
    (!side.input.available().is_empty()).then_some(error)
}

async fn refuse(context: &Context, side: &mut Side, error: &HeadError) {
    let answer = match record::refused(&context.shared, error) {
        Ok(()) => Answer::refused(error),
        Err(_) => Answer::failed(&Failure::Unrecorded),
    };
    side.answer(&answer, false, false).await;
}
