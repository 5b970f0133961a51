//! One request, with its redirects, from beginning to end.

use std::sync::atomic::Ordering;

use tokio::time::{Duration, Instant, timeout_at};

use super::decode::{ACCEPTED, Decoder};
use super::error::FetchError;
use super::handle::{AnswerHead, Out, Part};
use super::redirect::{self, Hop, MAX_REDIRECTS, Redirects};
use super::request::Fetch;
use crate::decide::Request;
use crate::failure::Failure;
use crate::limits::EXCHANGE_TIME;
use crate::proxy::{
    BodyError, Context, Counters, Exchange, Piece, Source, Subject, Unreached, Upstream,
    answer_head, of_answer, record_denied, send, to_server,
};
use crate::wire::{Body, Fields, Framing, RequestHead, ResponseHead};

/// Makes the request and gives its answer.
pub(super) async fn run(context: &Context, fetch: Fetch, out: &Out) -> Result<(), FetchError> {
    let request = redirect::read(&fetch.method, &fetch.url).map_err(FetchError::Request)?;
    let mut fields = Fields::of_request(&fetch.headers).map_err(FetchError::Headers)?;
    let is_bare = fields.all("accept-encoding").next().is_none();
    if is_bare {
        fields.add("Accept-Encoding", ACCEPTED);
    }
    let now = Instant::now();
    // A limit beyond the clock's end is a very long time.
    let end = now.checked_add(context.limits().exchange_time).unwrap_or(now + EXCHANGE_TIME);
    let mut hop = Hop { request, fields, body: fetch.body };
    let mut redirects = 0;
    loop {
        let mut open = begin(context, &hop).await?;
        let answer = match timeout_at(end, ask(context, &hop, &mut open)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(unreached)) => return Err(close(open, unreached)),
            Err(_) => return Err(close(open, Unreached::Failed(Failure::Time))),
        };
        open.exchange.set_status(answer.status);
        let is_redirect = redirect::is_redirect(&answer);
        if is_redirect && fetch.redirects != Redirects::Manual {
            open.exchange.done().map_err(|_| Failure::Unrecorded)?;
            if fetch.redirects == Redirects::Error {
                return Err(FetchError::Redirected);
            }
            if redirects == MAX_REDIRECTS {
                return Err(FetchError::TooManyRedirects);
            }
            redirects += 1;
            hop = hop.next(&answer)?;
            // A redirect is a request more.
            context.shared.pace.turn().await;
            continue;
        }
        let head = describe(&hop.request, &answer, redirects > 0);
        let given = give(context, open.upstream.take(), &answer, head, &open.counters, out);
        return match timeout_at(end, given).await.unwrap_or(Err(Failure::Time.into())) {
            Ok(()) => open.exchange.done().map_err(|_| Failure::Unrecorded.into()),
            Err(error) => {
                let failure = match &error {
                    FetchError::Failed(failure) => failure.clone(),
                    FetchError::Ratio => Failure::AnswerLong,
                    _ => Failure::AnswerShort,
                };
                open.exchange.failed(failure).map_err(|_| Failure::Unrecorded)?;
                Err(error)
            }
        };
    }
}

/// A hop under way.
struct Open {
    exchange: Exchange,
    counters: std::sync::Arc<Counters>,
    /// The headers as they are sent. A redirect begins with those that the plugin gave, so that no
    /// secret goes along with it.
    fields: Fields,
    upstream: Option<Upstream>,
}

/// Decides on a hop and records the decision.
async fn begin(context: &Context, hop: &Hop) -> Result<Open, FetchError> {
    let request = &hop.request;
    let subject = Subject {
        method: request.method.as_str(),
        host: &request.host,
        port: request.port,
        path: Some(request.path.path()),
    };
    let body = hop.body.as_deref().unwrap_or_default();
    let decided = context.rules.decide_with(request, &hop.fields).and_then(|decided| {
        context.rules.watch().look(body)?;
        Ok(decided)
    });
    let (allowed, fields) = match decided {
        Ok(decided) => decided,
        Err(denied) => {
            record_denied(&context.shared, &subject, &denied, 403)
                .map_err(|_| Failure::Unrecorded)?;
            return Err(FetchError::Denied(Box::new(denied)));
        }
    };
    let exchange =
        Exchange::begin(&context.shared, &subject, &allowed).map_err(|_| Failure::Unrecorded)?;
    let counters = exchange.counters();
    Ok(Open { exchange, counters, fields, upstream: None })
}

/// Sends the request and reads the head of its answer.
async fn ask(context: &Context, hop: &Hop, open: &mut Open) -> Result<ResponseHead, Unreached> {
    let failed = Unreached::Failed;
    let limits = context.limits();
    let body = hop.body.as_deref().unwrap_or_default();
    let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
    if length > limits.request_body {
        return Err(failed(Failure::RequestLong));
    }
    let upstream = open.upstream.insert(Upstream::connect(context, &hop.request).await?);
    let is_empty = hop.body.is_none() && !matches!(hop.request.method.as_str(), "POST" | "PUT");
    let framing = if is_empty { Framing::Empty } else { Framing::Length(length) };
    let mut fields = open.fields.clone();
    fields.add("Connection", "close");
    let head = RequestHead::write(&hop.request, &fields, framing);
    let (input, output) = (&mut upstream.input, &mut upstream.output);
    let idle = limits.idle_time;
    let sending = async {
        send(output, &head, idle).await?;
        for piece in body.chunks(64 * 1024) {
            send(output, piece, idle).await?;
            let sent = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            open.counters.out.fetch_add(sent, Ordering::Relaxed);
        }
        Ok::<(), BodyError>(())
    };
    let answer = answer_head(input, limits, hop.request.method.is_head());
    tokio::pin!(sending, answer);
    let mut sent = None;
    let answer = loop {
        tokio::select! {
            biased;
            // A server that takes no more of the body may yet say why.
            result = &mut sending, if sent.is_none() => sent = Some(result),
            answer = &mut answer => break answer,
        }
    };
    match (answer, sent) {
        (Ok(answer), _) => Ok(answer),
        (Err(_), Some(Err(error))) => Err(failed(to_server(error))),
        (Err(none), _) => Err(failed(none.failure)),
    }
}

fn close(open: Open, unreached: Unreached) -> FetchError {
    let (ended, error) = match unreached {
        Unreached::Denied(denied) => {
            (open.exchange.denied(&denied), FetchError::Denied(Box::new(denied)))
        }
        Unreached::Failed(failure) => {
            (open.exchange.failed(failure.clone()), FetchError::Failed(failure))
        }
    };
    ended.map_or(FetchError::Failed(Failure::Unrecorded), |()| error)
}

fn describe(request: &Request, answer: &ResponseHead, is_redirected: bool) -> AnswerHead {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = answer.fields.iter().map(|(name, value)| (name.to_owned(), text(value)));
    AnswerHead {
        status: answer.status,
        url: format!("{}://{}{}", request.scheme.as_str(), request.authority(), request.path),
        is_redirected,
        headers: headers.collect(),
    }
}

/// Gives the answer on, decoded, as fast as it is taken.
async fn give(
    context: &Context,
    upstream: Option<Upstream>,
    answer: &ResponseHead,
    head: AnswerHead,
    counters: &Counters,
    out: &Out,
) -> Result<(), FetchError> {
    let limit = context.limits().response_body;
    out.give(Part::Head(head)).await;
    let (Body::Some(framing), Some(mut upstream)) = (answer.body, upstream) else {
        return Ok(());
    };
    if matches!(framing, Framing::Length(length) if length > limit) {
        return Err(Failure::AnswerLong.into());
    }
    let mut decoder = Decoder::of(&answer.fields);
    let mut source = Source::new(framing);
    let mut given = 0;
    loop {
        let idle: Duration = context.limits().idle_time;
        let step = source.step(&mut upstream.input, idle).await;
        let length = match step.map_err(of_answer)? {
            Piece::End => break,
            Piece::Data(length) => length,
        };
        let carried = u64::try_from(length).unwrap_or(u64::MAX);
        counters.back.fetch_add(carried, Ordering::Relaxed);
        for decoded in decoder.take(&upstream.input.available()[..length]) {
            give_data(decoded?, &mut given, limit, out).await?;
        }
        upstream.input.consume(length);
    }
    let last = decoder.end()?;
    give_data(last, &mut given, limit, out).await
}

async fn give_data(
    data: Vec<u8>,
    given: &mut u64,
    limit: u64,
    out: &Out,
) -> Result<(), FetchError> {
    *given += u64::try_from(data.len()).unwrap_or(u64::MAX);
    if *given > limit {
        return Err(Failure::AnswerLong.into());
    }
    if !data.is_empty() {
        out.give(Part::Data(data)).await;
    }
    Ok(())
}
