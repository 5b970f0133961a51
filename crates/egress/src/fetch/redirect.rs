//! Redirects: each is a request of its own, decided on like the first.

use crate::decide::{Request, RequestError};
use crate::wire::{Fields, ResponseHead};

use super::body::Body;
use super::error::FetchError;

/// Most redirects that are followed: against servers that redirect in circles.
pub const MAX_REDIRECTS: usize = 5;

/// Headers that prove who sends the request; none of another origin's business.
const CREDENTIALS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
/// Headers that describe a body, dropped with it.
const OF_THE_BODY: [&str; 5] =
    ["content-encoding", "content-language", "content-location", "content-type", "digest"];

/// What to do with redirects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Redirects {
    /// Follow them, as far as they are allowed.
    #[default]
    Follow,
    /// Give them to the plugin.
    Manual,
    /// Take them for errors.
    Error,
}

/// A request with what goes along.
pub(super) struct Hop {
    pub(super) request: Request,
    pub(super) fields: Fields,
    pub(super) body: Body,
}

impl Hop {
    /// Where the answer redirects to, if it does.
    pub(super) fn next(mut self, answer: &ResponseHead) -> Result<Hop, FetchError> {
        let place = answer.fields.only("location").ok_or(FetchError::Location)?;
        let place = std::str::from_utf8(place).map_err(|_| FetchError::Location)?;
        let request = &self.request;
        let base = format!("{}://{}{}", request.scheme.as_str(), request.authority(), request.path);
        let base = url::Url::parse(&base).map_err(|_| FetchError::Location)?;
        let url = base.join(place).map_err(|_| FetchError::Location)?;
        let method = self.request.method.as_str();
        // By the Fetch standard, also where the body would be dropped; but for 303, which is an
        // answer to what was sent.
        if answer.status != 303 && matches!(self.body, Body::Stream(_)) {
            return Err(FetchError::Unrepeatable);
        }
        let becomes_get = match answer.status {
            303 => method != "HEAD",
            301 | 302 => method == "POST",
            _ => false,
        };
        let next =
            parse(if becomes_get { "GET" } else { method }, url).map_err(FetchError::Request)?;
        if becomes_get {
            self.body = Body::None;
            OF_THE_BODY.iter().for_each(|name| self.fields.remove(name));
        }
        let same = next.scheme == self.request.scheme
            && next.host == self.request.host
            && next.port == self.request.port;
        if !same {
            CREDENTIALS.iter().for_each(|name| self.fields.remove(name));
        }
        Ok(Hop { request: next, ..self })
    }
}

/// Whether an answer is a redirect that can be followed.
pub(super) fn is_redirect(answer: &ResponseHead) -> bool {
    let has_place = answer.fields.all("location").next().is_some();
    matches!(answer.status, 301 | 302 | 303 | 307 | 308) && has_place
}

/// Reads an address as browsers do, then as strictly as everything else. What follows `#` is not
/// sent.
pub(super) fn read(method: &str, address: &str) -> Result<Request, RequestError> {
    let url = url::Url::parse(address).map_err(|_| RequestError::Scheme)?;
    parse(method, url)
}

fn parse(method: &str, mut url: url::Url) -> Result<Request, RequestError> {
    url.set_fragment(None);
    Request::parse(method, url.as_str())
}
