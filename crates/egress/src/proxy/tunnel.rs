//! Tunnels.

use tokio::time::timeout;

use super::agree::agree;
use super::answer::Answer;
use super::body::send;
use super::client::Context;
use super::connection::Side;
use super::dial::{Unreached, dial};
use super::greeting::greet;
use super::incoming::Incoming;
use super::inspect;
use super::record::{self, Exchange, Subject};
use super::relay;
use super::voice::Voice;
use crate::decide::{Host, Tunnel, Why};
use crate::failure::Failure;

/// Decides on a tunnel and holds it open. On every port it carries TLS and nothing else, to the
/// server that it was opened for: what is said in the clear could be said in a request, where it is
/// decided on, and a stream that names no server may reach any that shares the address. What is
/// encrypted in it nobody here can see: neither requests for another host of the same server, nor
/// placeholders of secrets.
pub(crate) async fn serve(context: &Context, mut side: Side, host: &Host, port: u16, voice: Voice) {
    let subject = Subject { method: "CONNECT", host, port, path: None };
    let begun = match context.rules.decide_tunnel(host, port) {
        Ok(Tunnel::Closed(allowed)) => Exchange::begin(&context.shared, &subject, &allowed).map(Ok),
        // Nothing is reached by it: each request inside is decided on and recorded by itself.
        Ok(Tunnel::Inspected) => return inspect::serve(context, side, &subject, voice).await,
        Err(denied) => {
            record::denied(&context.shared, &subject, &denied, 403).map(|()| Err(denied))
        }
    };
    let answer = match begun {
        Ok(Ok(exchange)) => match reach(context, &subject, exchange).await {
            Ok((stream, exchange)) => {
                return hold(context, side, voice, stream, host, exchange).await;
            }
            Err(answer) => answer,
        },
        Ok(Err(denied)) => Answer::denied(&subject, &denied),
        Err(_) => Answer::failed(&Failure::Unrecorded),
    };
    voice.refuse(&mut side, &answer).await;
}

/// How a tunnel ended before its time.
pub(super) enum Ended {
    /// What was sent through it is not what it was opened for.
    Denied(Why),
    /// It broke off.
    Failed(Failure),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Ended::Failed(failure)
    }
}

/// Tells the client that the tunnel is there, and waits for what it is for.
pub(super) async fn open(
    context: &Context,
    side: &mut Side,
    host: &Host,
    voice: Voice,
) -> Result<(), Ended> {
    let idle = context.limits().idle_time;
    send(&mut side.output, &voice.opened(), idle).await.map_err(|_| Failure::Client)?;
    greet(context, side, host).await
}

async fn reach(
    context: &Context,
    subject: &Subject<'_>,
    mut exchange: Exchange,
) -> Result<(tokio::net::TcpStream, Exchange), Answer> {
    // Nothing follows that a lost record could stop.
    let (answer, _recorded) = match dial(context, subject.host, subject.port).await {
        Ok(stream) => return Ok((stream, exchange)),
        Err(Unreached::Denied(denied)) => {
            exchange.set_status(403);
            (Answer::denied(subject, &denied), exchange.denied(&denied))
        }
        Err(Unreached::Failed(failure)) => {
            exchange.set_status(failure.status());
            (Answer::failed(&failure), exchange.failed(failure))
        }
    };
    Err(answer)
}

async fn hold(
    context: &Context,
    mut side: Side,
    voice: Voice,
    stream: tokio::net::TcpStream,
    host: &Host,
    mut exchange: Exchange,
) {
    exchange.set_status(200);
    let carried = async {
        open(context, &mut side, host, voice).await?;
        carry(context, &mut side, stream, host, &exchange).await
    };
    let ended = timeout(context.limits().tunnel_time, carried).await;
    // The connections close with the return, recorded or not.
    let _recorded = match ended {
        Ok(Ok(())) => exchange.done(),
        Ok(Err(Ended::Denied(why))) => {
            let port = exchange.port();
            let denied = context.rules.denied_tunnel(host, port, why, exchange.rule());
            exchange.denied(&denied)
        }
        Ok(Err(Ended::Failed(failure))) => exchange.failed(failure),
        Err(_) => exchange.failed(Failure::Time),
    };
}

async fn carry(
    context: &Context,
    side: &mut Side,
    stream: tokio::net::TcpStream,
    host: &Host,
    exchange: &Exchange,
) -> Result<(), Ended> {
    let (server_in, mut server_out) = stream.into_split();
    let mut server_in = Incoming::new(server_in);
    let counters = exchange.counters();
    agree(context, side, (&mut server_in, &mut server_out), host, &counters).await?;
    let server = (&mut server_in, &mut server_out);
    Ok(relay::both(side, server, &counters, context.limits()).await?)
}
