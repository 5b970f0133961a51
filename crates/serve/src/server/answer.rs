//! One request, one answer.

use std::convert::Infallible;
use std::sync::Arc;

use aether::report::RunRecord;
use aether::source::inert_json;
use aether::{ExitCode, report};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, REFERRER_POLICY, RETRY_AFTER, TRANSFER_ENCODING, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::body::{Outgoing, pieces, read, whole};
use super::work::{HangUp, on_thread};
use super::{Shared, events};
use crate::answers::{self, no_cell, unrecorded};
use crate::cells::BY;
use crate::door::{Act, Call, Folder, Route, nothing, route};
use crate::refusal::Refusal;

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
const STREAM: &str = "text/event-stream";

/// What a browser may do with an answer that is no page: nothing.
const INERT: &str = "default-src 'none'; frame-ancestors 'none'";

/// The same for a report, which has a style of its own. What its script adds it has where it is opened
/// from a file: here none runs.
const OF_REPORT: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                         form-action 'none'; frame-ancestors 'none'";

/// What the report of a host that still runs says of its outcome.
const SO_FAR: &str = "the host still runs: this is how far it has come";

type Answer = Result<Response<Outgoing>, Refusal>;

pub(super) async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Outgoing>, Infallible> {
    let mut response = match handle(&shared, request).await {
        Ok(response) => response,
        Err(refusal) => refused(&refusal),
    };
    fence(response.headers_mut());
    shared.served.count(response.status().as_u16());
    Ok(response)
}

async fn handle(shared: &Arc<Shared>, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    shared.guard.origin(&head.uri, &head.headers)?;
    let found = route(&head.method, head.uri.path());
    // A stranger does not learn what there is.
    if !found.as_ref().is_ok_and(Route::is_open) {
        shared.guard.token(&head.headers)?;
    }
    let route = found?;
    if head.headers.contains_key(TRANSFER_ENCODING) {
        return Err(Refusal::new(
            StatusCode::LENGTH_REQUIRED,
            "no-length",
            "the body comes in pieces",
        )
        .fix("send `Content-Length`, and no `Transfer-Encoding`"));
    }
    if head.uri.query().is_some() {
        return Err(Refusal::bad("no-query", "no address here takes a query"));
    }
    if route.is_order() {
        let body = read(body, shared.body).await?;
        return order(shared, route, &body).await;
    }
    if !body.is_end_stream() {
        return Err(Refusal::bad("no-body", "a question takes no body"));
    }
    question(shared, route, &head.headers).await
}

async fn question(shared: &Arc<Shared>, route: Route, headers: &HeaderMap) -> Answer {
    let here = Arc::clone(shared);
    match route {
        Route::Page => {
            let (page, policy) = answers::page()?;
            let mut response = response(StatusCode::OK, HTML, page);
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
            Ok(response)
        }
        Route::Health => Ok(as_json(StatusCode::OK, &json!({ "ok": true }))),
        Route::Host => {
            let host = shared.desks.work(move || answers::host(&here.cells)).await?;
            Ok(as_json(StatusCode::OK, &host))
        }
        // At once, whatever else waits: this is how a person sees what is the matter.
        Route::Cells => Ok(as_json(StatusCode::OK, &answers::cells(&shared.cells))),
        Route::Cell(number) => cell(shared, number).await,
        Route::Metrics => {
            let figures = move || answers::metrics(&here.cells, &here.served);
            Ok(response(StatusCode::OK, METRICS, shared.desks.work(figures).await?))
        }
        Route::Events => stream(shared, headers),
        Route::Record => {
            let text = shared.desks.report(move || report::json(&record(&here))).await?;
            Ok(response(StatusCode::OK, JSON, text))
        }
        Route::Report => {
            let page = shared.desks.report(move || report::html(&record(&here))).await?;
            let mut response = response(StatusCode::OK, HTML, page);
            let policy = HeaderValue::from_static(OF_REPORT);
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
            Ok(response)
        }
        // What is left asks for the plugins; orders do not come here.
        _ => {
            let plugins = shared.desks.work(move || answers::plugins(&here.cells)).await?;
            Ok(as_json(StatusCode::OK, &plugins))
        }
    }
}

async fn order(shared: &Arc<Shared>, route: Route, body: &[u8]) -> Answer {
    let here = Arc::clone(shared);
    match route {
        Route::Load => {
            let Folder(folder) = Folder::read(body)?;
            let plugin = shared.desks.work(move || load(&here, &folder)).await??;
            Ok(as_json(StatusCode::CREATED, &plugin))
        }
        Route::Start(name) => {
            nothing(body)?;
            let cell = shared.desks.work(move || start(&here, &name)).await??;
            Ok(as_json(StatusCode::CREATED, &cell))
        }
        Route::Call(number) => call(shared, number, Call::read(body)?).await,
        Route::Act(number, act) => {
            nothing(body)?;
            let done = shared.desks.work(move || acted(&here, number, act)).await??;
            Ok(as_json(StatusCode::ACCEPTED, &done))
        }
        // Questions do not come here.
        _ => Err(Refusal::bad("no-order", "this is no order")),
    }
}

fn load(shared: &Shared, folder: &str) -> Result<Value, Refusal> {
    shared.cells.note("load", None, folder).map_err(|error| unrecorded(&error))?;
    let plugin = shared.cells.load(folder).map_err(|error| answers::load(&error))?;
    Ok(answers::plugin(&plugin))
}

fn start(shared: &Shared, name: &str) -> Result<Value, Refusal> {
    shared.cells.note("start", None, name).map_err(|error| unrecorded(&error))?;
    let (number, about) = shared.cells.start(name).map_err(|error| answers::start(&error))?;
    Ok(answers::started(number, &about))
}

/// What is asked for is done by the cell's own thread, a moment later; stopping is waited for.
fn acted(shared: &Shared, number: u32, act: Act) -> Result<Value, Refusal> {
    let cells = &shared.cells;
    cells.note(act.word(), Some(number), "").map_err(|error| unrecorded(&error))?;
    let mut done = json!({ "cell": number, "asked": act.word() });
    let there = match act {
        Act::Restore => cells.host.restore(number, BY).is_ok(),
        Act::Impose(rung) => cells.host.impose(number, rung, BY).is_ok(),
        Act::Stop => match cells.stop(number) {
            Some(ending) => {
                done["ending"] = json!(ending.to_string());
                true
            }
            None => return Err(not_held(shared, number)),
        },
    };
    if there { Ok(done) } else { Err(no_cell(number)) }
}

async fn call(shared: &Arc<Shared>, number: u32, call: Call) -> Answer {
    let place = shared.desks.call()?;
    let (here, method) = (Arc::clone(shared), call.method.clone());
    let noted = shared.desks.work(move || here.cells.note("call", Some(number), &method)).await?;
    noted.map_err(|error| unrecorded(&error))?;
    let pending = shared.cells.begin(number, &call.method, call.input, call.timeout);
    let pending = pending.ok_or_else(|| not_held(shared, number))?;
    // Dropped with this when the client hangs up.
    let hang_up = HangUp::of(pending.canceller());
    let result = on_thread(place, move || pending.wait()).await?;
    hang_up.answered();
    let result = result.map_err(|error| answers::call(&error))?;
    Ok(as_json(StatusCode::OK, &json!({ "cell": number, "result": result })))
}

/// Of a cell that runs for another plugin there is no handle here.
fn not_held(shared: &Shared, number: u32) -> Refusal {
    match shared.cells.host.cells().iter().any(|(cell, _)| *cell == number) {
        true => {
            let message = format!("cell {number} was started by another plugin's call");
            Refusal::new(StatusCode::CONFLICT, "not-held", message).fix("POST …/kill ends it")
        }
        false => no_cell(number),
    }
}

async fn cell(shared: &Arc<Shared>, number: u32) -> Answer {
    let views = shared.cells.host.overview();
    if let Some(view) = views.iter().find(|view| view.cell == number) {
        let about = shared.cells.about(number);
        return Ok(as_json(StatusCode::OK, &answers::cell(view, about.as_deref())));
    }
    let here = Arc::clone(shared);
    let record = shared.desks.report(move || record(&here)).await?;
    let found = record.cells.iter().find(|cell| cell.id == number);
    let found = found.ok_or_else(|| no_cell(number))?;
    Ok(as_json(StatusCode::OK, &answers::ended(found)))
}

fn record(shared: &Shared) -> RunRecord {
    let host = &shared.cells.host;
    // Where it fails the record says what the log on disk is worth.
    drop(host.log().flush());
    host.record(&shared.name, ExitCode::Done, SO_FAR, Vec::new())
}

fn stream(shared: &Arc<Shared>, headers: &HeaderMap) -> Answer {
    let place = shared.desks.stream()?;
    let feed = shared.cells.feed.clone();
    let after = events::first(headers, &feed)?;
    // One piece at a time: events wait in the feed, where there are limits for them.
    let (send, receiver) = mpsc::channel::<Bytes>(1);
    tokio::spawn(events::pump(feed, after, send, shared.stop.subscribe(), place));
    Ok(with_type(Response::new(pieces(receiver)), STREAM))
}

fn as_json(status: StatusCode, value: &Value) -> Response<Outgoing> {
    response(status, JSON, inert_json(&value.to_string()) + "\n")
}

fn response(status: StatusCode, kind: &'static str, text: String) -> Response<Outgoing> {
    let mut response = with_type(Response::new(whole(text)), kind);
    *response.status_mut() = status;
    response
}

fn with_type(mut response: Response<Outgoing>, kind: &'static str) -> Response<Outgoing> {
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// What is refused closes the connection: whoever is refused again and again opens one each time.
fn refused(refusal: &Refusal) -> Response<Outgoing> {
    let mut response = as_json(refusal.status, &refusal.to_json());
    let headers = response.headers_mut();
    if let Some(allow) = refusal.allow {
        headers.insert(ALLOW, HeaderValue::from_static(allow));
    }
    if let Some(seconds) = refusal.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    match refusal.status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"aether\""));
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        StatusCode::MISDIRECTED_REQUEST
        | StatusCode::LENGTH_REQUIRED
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::REQUEST_TIMEOUT => {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        _ => {}
    }
    response
}

/// What every answer tells a browser: show it to nobody else, keep it nowhere, take it for what it is.
fn fence(headers: &mut HeaderMap) {
    const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
    let all = [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (RESOURCE, "same-origin"),
        (OPENER, "same-origin"),
    ];
    for (name, value) in all {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(INERT));
}
