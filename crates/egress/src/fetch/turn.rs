//! One hop of a request: sent, and its answer taken.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::time::{Duration, timeout};

use super::body::{Body, BodyStream};
use super::error::FetchError;
use super::give;
use super::handle::Out;
use super::redirect::{self, Hop};
use crate::counted::counted;
use crate::decide::Rules;
use crate::failure::Failure;
use crate::proxy::{
    BodyError, Context, Counters, Exchange, NoAnswer, Place, Shared, Upstream, Writer, answer_head,
    send, send_chunk, to_server,
};
use crate::wire::{Asked, Fields, Framing, RequestHead, ResponseHead};

/// How much of a body is sent at once, so that a slow server is not taken for a silent one.
pub(super) const PIECE: usize = 64 * 1024;

/// What is needed for a hop.
#[derive(Clone, Copy)]
pub(super) struct Turn<'t> {
    pub(super) shared: &'t Arc<Shared>,
    pub(super) place: &'t Place,
    /// Those that it was decided by.
    pub(super) rules: &'t Arc<Rules>,
    /// The headers as they are sent.
    pub(super) fields: &'t Fields,
    pub(super) is_redirected: bool,
    /// Whether a redirect is an answer like others.
    pub(super) takes_redirects: bool,
    pub(super) out: &'t Out,
}

/// How a hop ended well.
pub(super) enum Ended {
    /// The answer was given.
    Given,
    /// It leads on.
    Redirect(ResponseHead),
}

/// Why the rest of a request was not sent.
enum Unsent {
    /// The server takes no more of it, and may yet say why.
    Server(Failure),
    /// Whoever asked is to blame: whatever the server says, the request was not made.
    Own(FetchError),
}

impl From<BodyError> for Unsent {
    fn from(error: BodyError) -> Self {
        Unsent::Server(to_server(error))
    }
}

impl Unsent {
    fn own(failure: Failure) -> Self {
        Unsent::Own(failure.into())
    }
}

impl Turn<'_> {
    /// Sends the request, and gives its answer unless that leads on.
    pub(super) async fn take(
        self,
        hop: &mut Hop,
        exchange: &mut Exchange,
    ) -> Result<Ended, FetchError> {
        let limits = &self.shared.limits;
        let framing = framing_of(hop);
        if matches!(framing, Framing::Length(length) if length > limits.request_body) {
            return Err(Failure::RequestLong.into());
        }
        let mut upstream = self.reach(hop).await?;
        let mut fields = self.fields.clone();
        fields.add("Connection", "close");
        let head = RequestHead::write(&hop.request, &fields, framing);
        let counters = exchange.counters();
        let sending = self.send(&head, &mut hop.body, &mut upstream.output, &counters);
        tokio::pin!(sending);
        let mut sending = Beside { sending, unsent: None, is_over: false };

        let asked = if hop.request.method.is_head() { Asked::Head } else { Asked::Some };
        let answer = answer_head(&mut upstream.input, limits, asked);
        let answer = match sending.beside(answer).await? {
            Ok(answer) => answer,
            Err(NoAnswer { failure, .. }) => return Err(sending.unsent.unwrap_or(failure).into()),
        };
        exchange.set_status(answer.status);
        if redirect::is_redirect(&answer) && !self.takes_redirects {
            return Ok(Ended::Redirect(answer));
        }
        let head = give::describe(&hop.request, &answer, self.is_redirected);
        let given = give::give(&mut upstream.input, &answer, head, limits, &counters, self.out);
        // A server may answer while it still reads.
        sending.beside(given).await??;
        Ok(Ended::Given)
    }

    async fn reach(&self, hop: &Hop) -> Result<Upstream, FetchError> {
        let context = Context { shared: Arc::clone(self.shared), rules: Arc::clone(self.rules) };
        let upstream = Upstream::connect(&context, &hop.request).await?;
        self.place.lead_to(upstream.address)?;
        Ok(upstream)
    }

    async fn send(
        &self,
        head: &[u8],
        body: &mut Body,
        to: &mut Writer,
        counters: &Counters,
    ) -> Result<(), Unsent> {
        let idle = self.shared.limits.idle_time;
        send(to, head, idle).await?;
        match body {
            Body::None => {}
            Body::Bytes(bytes) => {
                for piece in bytes.chunks(PIECE) {
                    send(to, piece, idle).await?;
                    counters.out.add(counted(piece.len()));
                }
            }
            Body::Stream(stream) => self.send_stream(stream, to, counters, idle).await?,
        }
        Ok(())
    }

    async fn send_stream(
        &self,
        stream: &mut BodyStream,
        to: &mut Writer,
        counters: &Counters,
        idle: Duration,
    ) -> Result<(), Unsent> {
        let limit = self.shared.limits.request_body;
        let mut watch = self.rules.watch();
        loop {
            let next = timeout(idle, stream.next()).await;
            let Some(piece) = next.map_err(|_| Unsent::own(Failure::ClientIdle))? else { break };
            self.out.wake();
            let looked = watch.look(&piece);
            looked.map_err(|denied| Unsent::Own(FetchError::Denied(Box::new(denied))))?;
            for piece in piece.chunks(PIECE) {
                let sent = counted(piece.len());
                if counters.out.add(sent) > limit {
                    return Err(Unsent::own(Failure::RequestLong));
                }
                send_chunk(to, piece, idle).await?;
            }
        }
        if !stream.is_whole() {
            return Err(Unsent::own(Failure::RequestShort));
        }
        Ok(send(to, b"0\r\n\r\n", idle).await?)
    }
}

/// The request on its way, while something else is waited for.
struct Beside<'s, S> {
    sending: Pin<&'s mut S>,
    /// Why the server did not take all of it.
    unsent: Option<Failure>,
    is_over: bool,
}

impl<S: Future<Output = Result<(), Unsent>>> Beside<'_, S> {
    /// Waits for it; an error where the request itself is broken off.
    async fn beside<T>(&mut self, other: impl Future<Output = T>) -> Result<T, FetchError> {
        tokio::pin!(other);
        loop {
            tokio::select! {
                biased;
                sent = &mut self.sending, if !self.is_over => {
                    self.is_over = true;
                    match sent {
                        Ok(()) => {}
                        Err(Unsent::Server(failure)) => self.unsent = Some(failure),
                        Err(Unsent::Own(error)) => return Err(error),
                    }
                }
                other = &mut other => return Ok(other),
            }
        }
    }
}

/// How the end of the body is told.
fn framing_of(hop: &Hop) -> Framing {
    match &hop.body {
        Body::None if matches!(hop.request.method.as_str(), "POST" | "PUT") => Framing::Length(0),
        Body::None => Framing::Empty,
        Body::Bytes(bytes) => Framing::Length(counted(bytes.len())),
        Body::Stream(_) => Framing::Chunked,
    }
}
