//! Tunnels.

use tokio::time::{Duration, Instant, timeout, timeout_at};

use super::answer::Answer;
use super::body::send;
use super::client::Context;
use super::connection::Side;
use super::dial::{Unreached, dial};
use super::incoming::Incoming;
use super::record::{self, Exchange, Subject};
use super::relay::{Way, relay};
use crate::decide::{Host, Tunnel, Why};
use crate::failure::Failure;
use crate::wire::{ClientHello, HelloError, MAX_HELLO};

/// Decides on a tunnel and holds it open. On every port it carries TLS and nothing else, to the
/// server that it was opened for: what is said in the clear could be said in a request, where it is
/// decided on, and a stream that names no server may reach any that shares the address.
pub(crate) async fn serve(context: &Context, mut side: Side, host: &Host, port: u16) {
    let subject = Subject { method: "CONNECT", host, port, path: None };
    let decided = match context.rules.decide_tunnel(host, port) {
        Ok(Tunnel::Closed(allowed)) => Ok(allowed),
        Ok(Tunnel::Inspected) => {
            Err(context.rules.denied_tunnel(host, port, Why::Uninspected, None))
        }
        Err(denied) => Err(denied),
    };
    let begun = match decided {
        Ok(allowed) => Exchange::begin(&context.shared, &subject, &allowed).map(Ok),
        Err(denied) => {
            record::denied(&context.shared, &subject, &denied, 403).map(|()| Err(denied))
        }
    };
    let mut exchange = match begun {
        Ok(Ok(exchange)) => exchange,
        Ok(Err(denied)) => {
            side.answer(&Answer::denied(&subject, &denied), false, false).await;
            return;
        }
        Err(_) => {
            side.answer(&Answer::failed(&Failure::Unrecorded), false, false).await;
            return;
        }
    };
    let stream = match dial(context, host, port).await {
        Ok(stream) => stream,
        Err(unreached) => {
            let (answer, _recorded) = match unreached {
                Unreached::Denied(denied) => {
                    exchange.set_status(403);
                    (Answer::denied(&subject, &denied), exchange.denied(&denied))
                }
                Unreached::Failed(failure) => {
                    exchange.set_status(failure.status());
                    (Answer::failed(&failure), exchange.failed(failure))
                }
            };
            side.answer(&answer, false, false).await;
            return;
        }
    };
    exchange.set_status(200);
    let limit = context.limits().tunnel_time;
    let held = hold(context, &mut side, stream, host, &exchange);
    // The connections close with the return; a record that is lost cannot be undone by then.
    let _recorded = match timeout(limit, held).await {
        Ok(Ok(())) => exchange.done(),
        Ok(Err(Ended::Denied(why))) => {
            let denied = context.rules.denied_tunnel(host, port, why, exchange.rule());
            exchange.denied(&denied)
        }
        Ok(Err(Ended::Failed(failure))) => exchange.failed(failure),
        Err(_) => exchange.failed(Failure::Time),
    };
}

enum Ended {
    Denied(Why),
    Failed(Failure),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Ended::Failed(failure)
    }
}

async fn hold(
    context: &Context,
    side: &mut Side,
    stream: tokio::net::TcpStream,
    host: &Host,
    exchange: &Exchange,
) -> Result<(), Ended> {
    let limits = context.limits();
    let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
    let sent = send(&mut side.output, established, limits.idle_time).await;
    sent.map_err(|_| Failure::Client)?;
    if let Err(ended) = greet(context, side, host).await {
        if matches!(ended, Ended::Denied(_)) {
            // A fatal alert, `unrecognized_name`: a TLS client then says more than that the
            // connection broke.
            let alert = [21, 3, 3, 0, 2, 2, 112];
            let _gone = send(&mut side.output, &alert, limits.idle_time).await;
        }
        return Err(ended);
    }
    let (server_in, mut server_out) = stream.into_split();
    let mut server_in = Incoming::new(server_in);
    let counters = exchange.counters();
    let (bytes, idle) = (limits.tunnel_bytes, limits.idle_time);
    let out = Way { from: &mut side.input, to: &mut server_out, is_out: true };
    let back = Way { from: &mut server_in, to: &mut side.output, is_out: false };
    let both = (relay(out, &counters, bytes, idle), relay(back, &counters, bytes, idle));
    tokio::try_join!(both.0, both.1)?;
    Ok(())
}

/// Waits for the TLS greeting and holds its server name against the host. The bytes stay where they
/// are, to be sent on.
async fn greet(context: &Context, side: &mut Side, host: &Host) -> Result<(), Ended> {
    let end = Instant::now() + context.limits().head_time;
    loop {
        match ClientHello::parse(side.input.available()) {
            Ok(Some(hello)) => return check(&hello, host),
            Ok(None) if side.input.available().len() >= MAX_HELLO => {
                return Err(Failure::Hello.into());
            }
            Ok(None) => {}
            Err(HelloError::NotTls) => return Err(Ended::Denied(Why::NotTls)),
            Err(HelloError::ServerName) => return Err(Ended::Denied(Why::ServerName)),
            Err(HelloError::TooLong | HelloError::Malformed) => {
                return Err(Failure::Hello.into());
            }
        }
        let filled = timeout_at(end, side.input.fill(Duration::MAX)).await;
        match filled {
            Ok(Ok(1..)) => {}
            Ok(_) => return Err(Failure::Client.into()),
            Err(_) => return Err(Failure::ClientIdle.into()),
        }
    }
}

fn check(hello: &ClientHello, host: &Host) -> Result<(), Ended> {
    if hello.is_encrypted {
        return Err(Ended::Denied(Why::EncryptedHello));
    }
    // By the standard a greeting names no address.
    let same = match host.address() {
        Some(_) => hello.server_name.is_none(),
        None => hello.server_name.as_ref() == Some(host),
    };
    if same { Ok(()) } else { Err(Ended::Denied(Why::ServerName)) }
}
