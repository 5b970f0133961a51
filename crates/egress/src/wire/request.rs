//! The head of a request.

use super::head::{self, HeadError};
use super::{Fields, Framing, HandshakeError, Opening};
use crate::decide::{Host, Method, Request, Scheme, parse_authority};

/// In which form requests come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoken<'s> {
    /// To a proxy: whole addresses, and CONNECT.
    ToProxy,
    /// Inside a tunnel that ends here: paths of this host and port.
    InTunnel(&'s Host, u16),
}

/// The head of a request, whose body ends in one place for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestHead {
    pub(crate) target: Target,
    /// Without those of this connection, and without `Host`, lengths and expectations.
    pub(crate) fields: Fields,
    pub(crate) framing: Framing,
    /// Whether another request may follow.
    pub(crate) keep_alive: bool,
    /// Whether the body waits for a word.
    pub(crate) expects_continue: bool,
    /// Whether chunks can be read at the other end.
    pub(crate) is_1_0: bool,
    /// Whether it asks for a WebSocket; the request's method is then
    /// [`Method::WEBSOCKET`].
    pub(crate) opening: Option<Opening>,
}

/// What is requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Something of a server.
    Request(Request),
    /// A tunnel to one.
    Tunnel { host: Host, port: u16 },
}

impl RequestHead {
    /// Reads a whole head.
    pub(crate) fn parse(bytes: &[u8], spoken: Spoken<'_>) -> Result<Self, HeadError> {
        let (line, mut fields) = head::split(bytes)?;
        let words: Vec<&str> = line.split(' ').collect();
        let &[method, target, version] = words.as_slice() else {
            return Err(HeadError::FirstLine);
        };
        let is_1_0 = match version {
            "HTTP/1.1" => false,
            "HTTP/1.0" => true,
            _ => return Err(HeadError::Version),
        };
        let is_get = method == "GET" && !is_1_0;
        let opening = Opening::of(is_get, &mut fields).map_err(HeadError::Handshake)?;
        if opening.is_none() && fields.all("upgrade").next().is_some() {
            return Err(HeadError::Upgrade);
        }
        let host = host_field(&fields)?;
        let mut target = match spoken {
            Spoken::ToProxy if method == "CONNECT" => tunnel(target, host)?,
            Spoken::ToProxy => absolute(method, target, host, is_1_0)?,
            Spoken::InTunnel(tunnel, port) => origin(method, target, host, tunnel, port)?,
        };
        let framing = Framing::of(&fields, is_1_0).map_err(HeadError::Framing)?;
        let framing = framing.unwrap_or(Framing::Empty);
        let is_tunnel = matches!(target, Target::Tunnel { .. });
        if is_tunnel && !matches!(framing, Framing::Empty | Framing::Length(0)) {
            return Err(HeadError::TunnelBody);
        }
        if let (Some(_), Target::Request(request)) = (&opening, &mut target) {
            if !matches!(framing, Framing::Empty | Framing::Length(0)) {
                return Err(HeadError::Handshake(HandshakeError::Request));
            }
            request.method = Method::WEBSOCKET;
        }
        let expects_continue = match fields.words("expect").as_slice() {
            [] => false,
            [one] if one == "100-continue" => !is_1_0,
            _ => return Err(HeadError::Expectation),
        };
        let mut connection = fields.words("connection");
        connection.extend(fields.words("proxy-connection"));
        let keep_alive = !is_1_0 && !connection.iter().any(|word| word == "close");
        fields.strip_own();
        Ok(RequestHead { target, fields, framing, keep_alive, expects_continue, is_1_0, opening })
    }

    /// Writes the head of a request as the server gets it, from the parts that were decided on.
    pub(crate) fn write(request: &Request, fields: &Fields, framing: Framing) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        let (method, authority) = (request.method.on_the_wire(), request.authority());
        let line = format!("{method} {} HTTP/1.1\r\nHost: {authority}\r\n", request.path);
        out.extend_from_slice(line.as_bytes());
        fields.write(&mut out);
        framing.write(&mut out);
        out.extend_from_slice(b"\r\n");
        out
    }
}

type Authority = (Host, Option<u16>);

/// The `Host` field, if there is one.
fn host_field(fields: &Fields) -> Result<Option<Authority>, HeadError> {
    let mut values = fields.all("host");
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(HeadError::HostRepeated);
    }
    let text = std::str::from_utf8(value).map_err(|_| HeadError::HostMismatch)?;
    parse_authority(text).map(Some).map_err(HeadError::Address)
}

fn tunnel(target: &str, field: Option<Authority>) -> Result<Target, HeadError> {
    let (host, port) = parse_authority(target).map_err(HeadError::Address)?;
    let port = port.ok_or(HeadError::TunnelPort)?;
    // Some clients leave it out, and some leave out its port.
    let other = field.is_some_and(|field| field.0 != host || field.1.is_some_and(|p| p != port));
    if other { Err(HeadError::HostMismatch) } else { Ok(Target::Tunnel { host, port }) }
}

fn absolute(
    method: &str,
    target: &str,
    field: Option<Authority>,
    is_1_0: bool,
) -> Result<Target, HeadError> {
    if target.starts_with('/') || target == "*" {
        return Err(HeadError::NotAbsolute);
    }
    let request = Request::parse(method, target).map_err(HeadError::Address)?;
    if request.scheme == Scheme::Https {
        return Err(HeadError::HttpsWithoutTunnel);
    }
    match field {
        None if is_1_0 => {}
        None => return Err(HeadError::HostMissing),
        Some(field) => check_same(&request, &field)?,
    }
    Ok(Target::Request(request))
}

fn origin(
    method: &str,
    target: &str,
    field: Option<Authority>,
    host: &Host,
    port: u16,
) -> Result<Target, HeadError> {
    if !target.starts_with('/') {
        return Err(HeadError::NotOrigin);
    }
    let url = format!("https://{host}:{port}{target}");
    let request = Request::parse(method, &url).map_err(HeadError::Address)?;
    check_same(&request, &field.ok_or(HeadError::HostMissing)?)?;
    Ok(Target::Request(request))
}

fn check_same(request: &Request, (host, port): &Authority) -> Result<(), HeadError> {
    let port = port.unwrap_or(request.scheme.default_port());
    let same = *host == request.host && port == request.port;
    same.then_some(()).ok_or(HeadError::HostMismatch)
}
