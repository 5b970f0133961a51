//! A request, canonical or refused.

use std::fmt;

use aether_manifest::{METHODS, WEBSOCKET};
use aether_source::quoted;

use super::{Host, HostError, PathProblem, RequestPath};

/// The method of a request: one of [`METHODS`]. `CONNECT` is no request that reaches anybody, and
/// `TRACE` sends secrets back; others no manifest can ask for. Or, of a WebSocket's first request,
/// [`Method::WEBSOCKET`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Method(&'static str);

impl Method {
    /// What grants have as `WS`: a `GET` that becomes a WebSocket. No text of a request is read as
    /// it.
    pub const WEBSOCKET: Method = Method(WEBSOCKET);

    /// Reads a method; case counts, as in HTTP.
    pub fn parse(text: &str) -> Option<Self> {
        METHODS.into_iter().find(|known| *known == text).map(Method)
    }

    /// The method as grants have it.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The method as it is sent.
    pub(crate) fn on_the_wire(self) -> &'static str {
        if self == Method::WEBSOCKET { "GET" } else { self.0 }
    }

    /// Whether its answer never has a body.
    pub fn is_head(self) -> bool {
        self.0 == "HEAD"
    }

    /// Whether sending it twice does what sending it once does, and nothing is changed by it.
    pub fn is_safe(self) -> bool {
        matches!(self.0, "GET" | "HEAD" | "OPTIONS")
    }
}

/// The scheme of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `http`.
    Http,
    /// `https`.
    Https,
}

impl Scheme {
    /// The port that is meant where none is written.
    pub fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }

    /// As in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// A request as far as it is decided on. Every part is canonical, and these parts are what is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The scheme.
    pub scheme: Scheme,
    /// The host.
    pub host: Host,
    /// The port, never 0.
    pub port: u16,
    /// The path and query.
    pub path: RequestPath,
}

impl Request {
    /// Reads a URL as it stands in a request to a proxy: scheme, `://`, host, a port if need be, path
    /// and query, nothing more.
    pub fn parse(method: &str, url: &str) -> Result<Self, RequestError> {
        let method = Method::parse(method).ok_or_else(|| RequestError::Method(quoted(method)))?;
        let (scheme, rest) = match url.split_once("://") {
            Some((name, rest)) if name.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
            Some((name, rest)) if name.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
            _ => return Err(RequestError::Scheme),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = parse_authority(authority)?;
        let path = RequestPath::parse(path).map_err(RequestError::Path)?;
        Ok(Request { method, scheme, host, port: port.unwrap_or(scheme.default_port()), path })
    }

    /// Host and port as the `Host` header has them.
    pub fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// As a URL, without the query, which may hold a secret.
impl fmt::Display for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, path) = (self.scheme.as_str(), self.path.path());
        write!(out, "{} {scheme}://{}{path}", self.method.as_str(), self.authority())
    }
}

/// Reads `host` or `host:port`.
pub(crate) fn parse_authority(text: &str) -> Result<(Host, Option<u16>), RequestError> {
    if text.contains('@') {
        return Err(RequestError::UserInfo);
    }
    let (host, port) = match text.rsplit_once(':') {
        // Within brackets it is part of an address.
        Some((_, digits)) if digits.contains(']') => (text, None),
        Some((host, digits)) => (host, Some(port(digits).ok_or(RequestError::Port)?)),
        None => (text, None),
    };
    Ok((Host::parse(host).map_err(RequestError::Host)?, port))
}

/// Reads a port: digits alone, no sign, no leading zero, not 0.
pub(super) fn port(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| plain)
}

/// A text that is no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not one of the methods a plugin can have.
    #[error("{0} is no method that a plugin can have")]
    Method(String),
    /// Neither `http` nor `https`.
    #[error("the address does not begin with `http://` or `https://`")]
    Scheme,
    /// Of a WebSocket, neither `ws` nor `wss`.
    #[error("the address does not begin with `ws://` or `wss://`")]
    SocketScheme,
    /// A name or password before the host: sent to logs, and taken for the host by the hasty.
    #[error("the address has a user name before its host")]
    UserInfo,
    /// Not a port.
    #[error("the address has no port from 1 to 65535 after `:`")]
    Port,
    /// Not a host.
    #[error(transparent)]
    Host(HostError),
    /// Not a path.
    #[error(transparent)]
    Path(PathProblem),
}
