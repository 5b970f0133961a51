//! How a WebSocket is opened.

use std::fmt;
use std::sync::Arc;

use tokio::time::timeout;

use super::converse::{Ears, converse};
use super::handle::Heard;
use super::speak::Orders;
use crate::decide::{Method, Request, RequestError};
use crate::failure::Failure;
use crate::fetch::error::FetchError;
use crate::fetch::redirect::{self, Hop};
use crate::fetch::run::{Begun, begin, close};
use crate::fetch::{Body, give};
use crate::proxy::{Context, NoAnswer, Place, Shared, Upstream, answer_head, send, to_server};
use crate::random::random;
use crate::wire::{Asked, Fields, Framing, HeadError, Opening, RequestHead, ResponseHead};

/// What fields of a request for a WebSocket begin with that the gateway writes itself.
const OWN_PREFIX: &str = "sec-websocket-";

/// A request for a WebSocket, as a plugin asks for it.
#[derive(Clone, Default)]
pub struct OpenSocket {
    /// The whole address, `ws://` or `wss://`; a fragment is dropped.
    pub url: String,
    /// The protocols inside that it offers, the best first; each once.
    pub protocols: Vec<String>,
    /// Names and values; those of the opening itself are dropped.
    pub headers: Vec<(String, String)>,
}

/// Without headers, which may hold secrets, and without the query.
impl fmt::Debug for OpenSocket {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split(['?', '#']).next().unwrap_or_default();
        out.debug_struct("OpenSocket").field("url", &url).finish_non_exhaustive()
    }
}

/// Opens a WebSocket and holds it open.
pub(super) async fn run(
    shared: &Arc<Shared>,
    place: &Place,
    open: OpenSocket,
    ears: &Ears,
    mut orders: Orders,
) -> Result<Heard, FetchError> {
    let hop = asked(&open)?;
    let Begun { mut exchange, rules, fields } = begin(shared, place, &hop)?;
    let context = Context { shared: Arc::clone(shared), rules };
    let opened = timeout(shared.limits.exchange_time, opened(&context, place, &hop, fields)).await;
    let (mut upstream, answer) = match opened.unwrap_or(Err(Failure::Time.into())) {
        Ok(opened) => opened,
        Err(error) => return Err(close(exchange, error)),
    };
    exchange.set_status(answer.status);
    if answer.status != 101 {
        return Err(close(exchange, Failure::NotOpened(answer.status).into()));
    }
    ears.hear(Heard::Opened(Box::new(give::describe(&hop.request, &answer, false)))).await;
    let counters = exchange.counters();
    let talk = converse(&mut upstream, &counters, &context, ears, &mut orders);
    let ended = timeout(shared.limits.tunnel_time, talk).await;
    match ended.unwrap_or(Err(Failure::Time.into())) {
        Ok(closed) => match exchange.done() {
            Ok(()) => Ok(closed),
            Err(_) => Err(Failure::Unrecorded.into()),
        },
        Err(error) => Err(close(exchange, error)),
    }
}

/// The request that it is.
fn asked(open: &OpenSocket) -> Result<Hop, FetchError> {
    let mut request = read(&open.url).map_err(FetchError::Request)?;
    request.method = Method::WEBSOCKET;
    let mut fields = Fields::of_request(&open.headers).map_err(FetchError::Headers)?;
    fields.retain(|name| !name.starts_with(OWN_PREFIX));
    if !open.protocols.is_empty() {
        let offered = offered(&open.protocols).map_err(FetchError::Headers)?;
        fields.add("Sec-WebSocket-Protocol", &offered);
    }
    Ok(Hop { request, fields, body: Body::None })
}

/// Reads an address as browsers do. On the wire it is one of HTTP.
fn read(address: &str) -> Result<Request, RequestError> {
    let (scheme, rest) = address.split_once(':').ok_or(RequestError::SocketScheme)?;
    match scheme.to_ascii_lowercase().as_str() {
        "ws" => redirect::read("GET", &format!("http:{rest}")),
        "wss" => redirect::read("GET", &format!("https:{rest}")),
        _ => Err(RequestError::SocketScheme),
    }
}

/// The protocols in one line; each is a name, and there once.
fn offered(protocols: &[String]) -> Result<String, HeadError> {
    for (at, name) in protocols.iter().enumerate() {
        if !Fields::is_name(name) || protocols[..at].contains(name) {
            return Err(HeadError::SocketProtocol(name.clone()));
        }
    }
    Ok(protocols.join(", "))
}

async fn opened(
    context: &Context,
    place: &Place,
    hop: &Hop,
    mut fields: Fields,
) -> Result<(Upstream, ResponseHead), FetchError> {
    let limits = context.limits();
    let mut upstream = Upstream::connect(context, &hop.request).await?;
    place.lead_to(upstream.address)?;
    // By what the plugin offered: a server answers the protocol that it chooses, and must not tell
    // the plugin a secret that stands in its place.
    let opening = Opening::new(random()?, &hop.fields);
    opening.ask(&mut fields);
    let head = RequestHead::write(&hop.request, &fields, Framing::Empty);
    send(&mut upstream.output, &head, limits.idle_time).await.map_err(to_server)?;
    let answer = answer_head(&mut upstream.input, limits, Asked::Socket(&opening)).await;
    let answer = answer.map_err(|NoAnswer { failure, .. }| failure)?;
    Ok((upstream, answer))
}
