//! One request, with its redirects, from beginning to end.

use tokio::time::{Instant, timeout_at};

use super::decode::ACCEPTED;
use super::error::FetchError;
use super::handle::Out;
use super::redirect::{self, Hop, MAX_REDIRECTS, Redirects};
use super::request::Fetch;
use super::turn::{Ended, Turn};
use crate::failure::Failure;
use crate::limits::EXCHANGE_TIME;
use crate::proxy::{Exchange, Place, Shared, Subject, Unreached, record_denied};
use crate::wire::Fields;

/// Makes the request and gives its answer.
pub(super) async fn run(
    shared: &std::sync::Arc<Shared>,
    place: &Place,
    fetch: Fetch,
    out: &Out,
) -> Result<(), FetchError> {
    let request = redirect::read(&fetch.method, &fetch.url).map_err(FetchError::Request)?;
    let mut fields = Fields::of_request(&fetch.headers).map_err(FetchError::Headers)?;
    if fields.all("accept-encoding").next().is_none() {
        fields.add("Accept-Encoding", ACCEPTED);
    }
    let now = Instant::now();
    // A limit beyond the clock's end is a very long time.
    let end = now.checked_add(shared.limits.exchange_time).unwrap_or(now + EXCHANGE_TIME);
    let mut hop = Hop { request, fields, body: fetch.body };
    for redirects in 0.. {
        let begun = begin(shared, place, &hop)?;
        let turn = Turn {
            shared,
            place,
            rules: &begun.rules,
            fields: &begun.fields,
            is_redirected: redirects > 0,
            takes_redirects: fetch.redirects == Redirects::Manual,
            out,
        };
        let mut exchange = begun.exchange;
        let ended = timeout_at(end, turn.take(&mut hop, &mut exchange)).await;
        let answer = match ended.unwrap_or(Err(Failure::Time.into())) {
            Ok(Ended::Given) => return exchange.done().map_err(|_| Failure::Unrecorded.into()),
            Ok(Ended::Redirect(answer)) => answer,
            Err(error) => return Err(close(exchange, error)),
        };
        exchange.done().map_err(|_| Failure::Unrecorded)?;
        if fetch.redirects == Redirects::Error {
            return Err(FetchError::Redirected);
        }
        if redirects == MAX_REDIRECTS {
            break;
        }
        hop = hop.next(&answer)?;
        // A redirect is a request more.
        shared.pace.turn().await;
    }
    Err(FetchError::TooManyRedirects)
}

/// A hop that is allowed, and recorded as such.
pub(super) struct Begun {
    pub(super) exchange: Exchange,
    pub(super) rules: std::sync::Arc<crate::decide::Rules>,
    /// The headers as they are sent. A redirect begins with those that the plugin gave, so that no
    /// secret goes along with it.
    pub(super) fields: Fields,
}

/// Decides on a hop and records the decision.
pub(super) fn begin(
    shared: &std::sync::Arc<Shared>,
    place: &Place,
    hop: &Hop,
) -> Result<Begun, FetchError> {
    let request = &hop.request;
    let subject = Subject {
        method: request.method.as_str(),
        host: &request.host,
        port: request.port,
        path: Some(request.path.path()),
    };
    let decided = place.decide(request, &hop.fields).and_then(|decided| {
        // A body that comes in pieces is looked at while it is sent.
        let looked = decided.rules.watch().look(hop.body.bytes());
        looked.map(|()| decided).map_err(Unreached::Denied)
    });
    let decided = match decided {
        Ok(decided) => decided,
        Err(Unreached::Failed(failure)) => return Err(failure.into()),
        Err(Unreached::Denied(denied)) => {
            record_denied(shared, &subject, &denied, 403).map_err(|_| Failure::Unrecorded)?;
            return Err(FetchError::Denied(Box::new(denied)));
        }
    };
    let exchange =
        Exchange::begin(shared, &subject, &decided.allowed).map_err(|_| Failure::Unrecorded)?;
    Ok(Begun { exchange, rules: decided.rules, fields: decided.fields })
}

/// Records how a hop broke off.
pub(super) fn close(exchange: Exchange, error: FetchError) -> FetchError {
    let ended = match &error {
        FetchError::Denied(denied) => exchange.denied(denied),
        FetchError::Failed(failure) => exchange.failed(failure.clone()),
        FetchError::Ratio => exchange.failed(Failure::AnswerLong),
        _ => exchange.failed(Failure::AnswerShort),
    };
    ended.map_or(Failure::Unrecorded.into(), |()| error)
}
