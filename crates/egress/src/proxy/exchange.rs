//! One request and its answer.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::timeout;

use super::answer::Answer;
use super::blame::{of_answer, of_request, to_client, to_server};
use super::body::{BodyError, Carriage, carry, send};
use super::client::Context;
use super::connection::{Next, Side};
use super::dial::Unreached;
use super::incoming::Incoming;
use super::record::{self, Counters, Exchange, Subject};
use super::relay;
use super::upstream::{Upstream, answer_head};
use super::{Reader, Writer};
use crate::decide::{Denied, Request, Watch};
use crate::failure::Failure;
use crate::random::random;
use crate::wire::{Asked, Body, Fields, Framing, Opening, RequestHead, ResponseHead, opened};

/// Why an exchange broke off.
enum Cause {
    /// It failed.
    Failed(Failure),
    /// It turned out to lead where it must not, or to carry what must not go there.
    Denied(Box<Denied>),
}

impl From<Failure> for Cause {
    fn from(failure: Failure) -> Self {
        Cause::Failed(failure)
    }
}

/// How an exchange broke off.
struct Broken {
    cause: Cause,
    /// Whether the client was already sent part of an answer, so that it can be told no more.
    is_answered: bool,
    /// Whether nothing of an answer was seen.
    is_unanswered: bool,
}

impl Broken {
    fn before(cause: impl Into<Cause>) -> Self {
        Broken { cause: cause.into(), is_answered: false, is_unanswered: false }
    }
}

/// Decides on a request and carries it out. `kept` is the connection that the one before used.
pub(crate) async fn exchange(
    context: &Context,
    side: &mut Side,
    head: &RequestHead,
    request: &Request,
    kept: &mut Option<Upstream>,
) -> Next {
    let subject = Subject {
        method: request.method.as_str(),
        host: &request.host,
        port: request.port,
        path: Some(request.path.path()),
    };
    let to_head = request.method.is_head();
    let (allowed, fields) = match context.rules.decide_with(request, &head.fields) {
        Ok(decided) => decided,
        Err(denied) => {
            let answer = Answer::denied(&subject, &denied);
            if record::denied(&context.shared, &subject, &denied, answer.status).is_err() {
                return side.answer(&Answer::failed(&Failure::Unrecorded), to_head, false).await;
            }
            // A body is not read for a request that is not made.
            let goes_on = head.keep_alive && head.framing == Framing::Empty;
            return side.answer(&answer, to_head, goes_on).await;
        }
    };
    let Ok(mut exchange) = Exchange::begin(&context.shared, &subject, &allowed) else {
        return side.answer(&Answer::failed(&Failure::Unrecorded), to_head, false).await;
    };
    let limit = context.limits().exchange_time;
    let order = Order { context, head, request, fields: &fields };
    let carried = carry_out(order, side, kept, &mut exchange);
    let broken = match timeout(limit, carried).await {
        Ok(Ok(Carried::Answer(next))) => {
            return if exchange.done().is_ok() { next } else { Next::Close };
        }
        Ok(Ok(Carried::Socket(upstream))) => return hold(context, side, upstream, exchange).await,
        Ok(Err(broken)) => broken,
        Err(_) => Broken { is_answered: exchange.has_status(), ..Broken::before(Failure::Time) },
    };
    *kept = None;
    let answer = match &broken.cause {
        Cause::Failed(failure) => Answer::failed(failure),
        Cause::Denied(denied) => Answer::denied(&subject, denied),
    };
    if !broken.is_answered {
        exchange.set_status(answer.status);
    }
    let _closed_below = match broken.cause {
        Cause::Failed(failure) => exchange.failed(failure),
        Cause::Denied(denied) => exchange.denied(&denied),
    };
    if broken.is_answered { Next::Close } else { side.answer(&answer, to_head, false).await }
}

/// Holds a WebSocket open, whatever is said in it. The client masks what it says, so that nobody here
/// looks for placeholders of secrets in it; none of them is filled in either.
async fn hold(
    context: &Context,
    side: &mut Side,
    mut upstream: Upstream,
    exchange: Exchange,
) -> Next {
    let counters = exchange.counters();
    let server = (&mut upstream.input, &mut upstream.output);
    let carried = relay::both(side, server, &counters, context.limits());
    // The connections close with the return, recorded or not.
    let _recorded = match timeout(context.limits().tunnel_time, carried).await {
        Ok(Ok(())) => exchange.done(),
        Ok(Err(failure)) => exchange.failed(failure),
        Err(_) => exchange.failed(Failure::Time),
    };
    Next::Close
}

/// How an exchange went well.
enum Carried {
    /// With an answer, and what becomes of the client's connection.
    Answer(Next),
    /// A WebSocket is open.
    Socket(Upstream),
}

/// What is to be carried out.
#[derive(Clone, Copy)]
struct Order<'o> {
    context: &'o Context,
    head: &'o RequestHead,
    request: &'o Request,
    /// The headers as they are sent.
    fields: &'o Fields,
}

async fn carry_out(
    order: Order<'_>,
    side: &mut Side,
    kept: &mut Option<Upstream>,
    exchange: &mut Exchange,
) -> Result<Carried, Broken> {
    let Order { context, head, request, .. } = order;
    if let Framing::Length(length) = head.framing
        && length > context.limits().request_body
    {
        return Err(Broken::before(Failure::RequestLong));
    }
    let is_socket = head.opening.is_some();
    let mut reused = kept.take().filter(|upstream| !is_socket && upstream.is_for(request));
    if let Some(upstream) = &mut reused
        && !upstream.is_quiet().await
    {
        reused = None;
    }
    loop {
        let is_reused = reused.is_some();
        let mut upstream = match reused.take() {
            Some(upstream) => upstream,
            None => connect(context, request).await?,
        };
        let turn = Turn { order, counters: &exchange.counters() };
        match turn.take(side, &mut upstream, exchange).await {
            Ok(Taken::Socket) => return Ok(Carried::Socket(upstream)),
            Ok(Taken::Answer { next, is_reusable }) => {
                upstream.input.rest();
                *kept = is_reusable.then_some(upstream);
                return Ok(Carried::Answer(next));
            }
            // The server closed a kept connection at the moment of its reuse. Nothing of the answer
            // came, and a request without effects and without a body can be made again.
            Err(broken)
                if is_reused
                    && broken.is_unanswered
                    && request.method.is_safe()
                    && head.framing == Framing::Empty => {}
            Err(broken) => return Err(broken),
        }
    }
}

async fn connect(context: &Context, request: &Request) -> Result<Upstream, Broken> {
    Upstream::connect(context, request).await.map_err(|unreached| match unreached {
        Unreached::Denied(denied) => Broken::before(Cause::Denied(Box::new(denied))),
        Unreached::Failed(failure) => Broken::before(failure),
    })
}

/// One try at an exchange over one connection.
struct Turn<'t> {
    order: Order<'t>,
    counters: &'t Counters,
}

/// What was taken in one.
enum Taken {
    /// An answer; what becomes of the client's connection, and whether the server's can be used
    /// again.
    Answer { next: Next, is_reusable: bool },
    /// A WebSocket was opened.
    Socket,
}

impl Turn<'_> {
    async fn take(
        &self,
        side: &mut Side,
        upstream: &mut Upstream,
        exchange: &mut Exchange,
    ) -> Result<Taken, Broken> {
        let idle = self.order.context.limits().idle_time;
        let opening = self.opening().map_err(Broken::before)?;
        let head = self.head(opening.as_ref());
        if let Err(error) = send(&mut upstream.output, &head, idle).await {
            let is_unanswered = true;
            return Err(Broken { is_unanswered, ..Broken::before(to_server(error)) });
        }
        if self.order.head.expects_continue && self.order.head.framing != Framing::Empty {
            let word = b"HTTP/1.1 100 Continue\r\n\r\n";
            send(&mut side.output, word, idle).await.map_err(|e| Broken::before(to_client(e)))?;
        }
        let (client_in, client_out) = (&mut side.input, &mut side.output);
        let (server_in, server_out) = (&mut upstream.input, &mut upstream.output);

        // The server may answer before it has read all, and a server that gives up on a body tells
        // so while the body is still being sent: both directions run at once.
        let is_sent = AtomicBool::new(self.order.head.framing == Framing::Empty);
        let sending = self.send_body(client_in, server_out, &is_sent);
        tokio::pin!(sending);
        let mut stopped = false;
        let head = {
            let asked = match &opening {
                Some(opening) => Asked::Socket(opening),
                None if self.order.request.method.is_head() => Asked::Head,
                None => Asked::Some,
            };
            let answer = answer_head(server_in, self.order.context.limits(), asked);
            tokio::pin!(answer);
            loop {
                tokio::select! {
                    biased;
                    // Even when the server takes no more of the body, it may yet say why.
                    cause = &mut sending, if !stopped => match cause {
                        Cause::Failed(Failure::Server(_) | Failure::ServerIdle) => stopped = true,
                        cause => return Err(Broken::before(cause)),
                    },
                    head = &mut answer => break head.map_err(|none| Broken {
                        is_unanswered: none.is_silent,
                        ..Broken::before(none.failure)
                    })?,
                }
            }
        };
        let answered = |cause| Broken { is_answered: true, ..Broken::before(cause) };
        let to_client = |error| answered(to_client(error).into());
        if let (101, Some(asked)) = (head.status, &self.order.head.opening) {
            exchange.set_status(head.status);
            let bytes = opened(asked, &head.fields);
            send(client_out, &bytes, idle).await.map_err(to_client)?;
            return Ok(Taken::Socket);
        }
        let plan = self.plan(&head);
        if let Body::Some(Framing::Length(length)) = head.body
            && length > self.order.context.limits().response_body
        {
            return Err(Broken::before(Failure::AnswerLong));
        }
        let bytes = head.write(plan.framing, plan.keep_alive);
        exchange.set_status(head.status);
        send(client_out, &bytes, idle).await.map_err(to_client)?;
        if let Body::Some(framing) = head.body {
            let how = Carriage {
                framing,
                in_chunks: plan.framing == Framing::Chunked,
                limit: self.order.context.limits().response_body,
                idle,
            };
            let mut unwatched = Watch::default();
            let answer = carry(server_in, client_out, how, &self.counters.back, &mut unwatched);
            tokio::pin!(answer);
            loop {
                tokio::select! {
                    biased;
                    result = &mut answer => {
                        result.map_err(|error| answered(of_answer(error).into()))?;
                        break;
                    }
                    cause = &mut sending, if !stopped => match cause {
                        Cause::Failed(Failure::Client) | Cause::Denied(_) => {
                            return Err(answered(cause));
                        }
                        // The answer is there already; it stands.
                        Cause::Failed(_) => stopped = true,
                    },
                }
            }
        }
        // With part of the request unread, nobody knows where the next one begins.
        let is_whole = is_sent.load(Ordering::Relaxed) && !stopped;
        let next = if plan.keep_alive && is_whole { Next::Request } else { Next::Close };
        Ok(Taken::Answer { next, is_reusable: head.keep_alive && is_whole })
    }

    /// What a WebSocket is opened with at the server.
    fn opening(&self) -> Result<Option<Opening>, Failure> {
        let asked = self.order.head.opening.clone();
        asked.map(|asked| Ok(asked.with_key(random()?))).transpose()
    }

    /// The head of the request, as the server gets it.
    fn head(&self, opening: Option<&Opening>) -> Vec<u8> {
        let Order { request, fields, head, .. } = self.order;
        let Some(opening) = opening else {
            return RequestHead::write(request, fields, head.framing);
        };
        let mut fields = fields.clone();
        opening.ask(&mut fields);
        RequestHead::write(request, &fields, Framing::Empty)
    }

    /// Sends the body on, then waits for the client to leave. Ends only with what went wrong.
    async fn send_body(
        &self,
        from: &mut Incoming<Reader>,
        to: &mut Writer,
        is_sent: &AtomicBool,
    ) -> Cause {
        let limits = self.order.context.limits();
        let how = Carriage {
            framing: self.order.head.framing,
            in_chunks: self.order.head.framing == Framing::Chunked,
            limit: limits.request_body,
            idle: limits.idle_time,
        };
        let mut watch = self.order.context.rules.watch();
        match carry(from, to, how, &self.counters.out, &mut watch).await {
            Ok(()) => {}
            Err(BodyError::Denied(denied)) => return Cause::Denied(denied),
            Err(error) => return of_request(error).into(),
        }
        is_sent.store(true, Ordering::Relaxed);
        from.gone().await;
        Failure::Client.into()
    }

    fn plan(&self, answer: &ResponseHead) -> Plan {
        let framing = match answer.body {
            Body::None { .. } => Framing::Empty,
            Body::Some(Framing::Length(length)) => Framing::Length(length),
            Body::Some(_) if self.order.head.is_1_0 => Framing::UntilClose,
            Body::Some(_) => Framing::Chunked,
        };
        Plan { framing, keep_alive: self.order.head.keep_alive && framing != Framing::UntilClose }
    }
}

/// How the answer goes on to the client.
struct Plan {
    framing: Framing,
    keep_alive: bool,
}
