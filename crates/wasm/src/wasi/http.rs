//! `wasi:http`: what requests and answers are here, and how one is sent.
//!
//! A request goes to the gate when its answer is first asked for, whole: a body that is sent while
//! an answer comes in is not served. Redirects are given as they came. The gate decides about each
//! request; its answer's body is read piece by piece.

use aether_protocol::v1::{self, Redirect, method};
use aether_protocol::{Payload, RpcError};
use wasmtime::component::{Resource, ResourceTableError};

use super::http_fields::as_text;
use super::http_request::Sent;
use super::io::{Failed, Pollable};
use super::{errors, http_body};
use crate::bindings::wasi::http::{outgoing_handler, types};
use crate::gate::{Gate, Over, Refused};
use crate::state::{State, split};
use types::{ErrorCode, Scheme};

pub use super::http_body::{IncomingBody, Trailers};
pub use super::http_fields::Fields;
pub use super::http_request::{Options, OutgoingBody, Request};

/// An answer that was asked for, or will be.
#[derive(Debug)]
pub enum Awaited {
    /// Not sent yet.
    Unsent(Request),
    /// Its answer was taken.
    Taken,
}

/// An answer of another machine.
#[derive(Debug)]
pub struct Response {
    pub(super) status: u16,
    pub(super) headers: Fields,
    /// The body's number at the gate; none once it was taken.
    pub(super) stream: Option<u64>,
}

/// Why a request is not made.
#[derive(Debug)]
pub enum HttpError {
    /// The program is told.
    Code(ErrorCode),
    /// The program is stopped.
    Trap(wasmtime::Error),
}

impl From<Refused> for HttpError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Error(error) => Self::Code(errors::of_http(&error)),
            Refused::Over(over) => over.into(),
        }
    }
}

impl From<Over> for HttpError {
    fn from(over: Over) -> Self {
        Self::Trap(over.into())
    }
}

impl From<ResourceTableError> for HttpError {
    fn from(error: ResourceTableError) -> Self {
        Self::Trap(error.into())
    }
}

impl<G: Gate> types::Host for State<G> {
    fn convert_error_code(&mut self, error: HttpError) -> wasmtime::Result<ErrorCode> {
        match error {
            HttpError::Code(code) => Ok(code),
            HttpError::Trap(trap) => Err(trap),
        }
    }

    fn http_error_code(&mut self, error: Resource<Failed>) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(Some(errors::of_http(&self.table.get(&error)?.error)))
    }
}

impl<G: Gate> outgoing_handler::Host for State<G> {
    fn handle(
        &mut self,
        request: Resource<Request>,
        options: Option<Resource<Options>>,
    ) -> Result<Resource<Awaited>, HttpError> {
        // Times for parts of a request are the host's own to set; the call's deadline holds.
        if let Some(options) = options {
            self.table.delete(options)?;
        }
        let request = self.table.delete(request)?;
        Ok(self.table.push(Awaited::Unsent(request))?)
    }
}

/// What is inside an answer that is there.
type Got = Result<Result<Resource<Response>, ErrorCode>, ()>;

impl<G: Gate> types::HostFutureIncomingResponse for State<G> {
    fn subscribe(&mut self, this: Resource<Awaited>) -> wasmtime::Result<Resource<Pollable>> {
        self.table.get(&this)?;
        self.ready()
    }

    fn get(&mut self, this: Resource<Awaited>) -> wasmtime::Result<Option<Got>> {
        let awaited = std::mem::replace(self.table.get_mut(&this)?, Awaited::Taken);
        let Awaited::Unsent(request) = awaited else { return Ok(Some(Err(()))) };
        match self.fetch(request) {
            Ok(response) => Ok(Some(Ok(Ok(self.table.push(response)?)))),
            Err(HttpError::Code(code)) => Ok(Some(Ok(Err(code)))),
            Err(HttpError::Trap(trap)) => Err(trap),
        }
    }

    fn drop(&mut self, this: Resource<Awaited>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl<G: Gate> types::HostIncomingResponse for State<G> {
    fn status(&mut self, this: Resource<Response>) -> wasmtime::Result<u16> {
        Ok(self.table.get(&this)?.status)
    }

    fn headers(&mut self, this: Resource<Response>) -> wasmtime::Result<Resource<Fields>> {
        let headers = self.table.get(&this)?.headers.copied(true)?;
        Ok(self.table.push(headers)?)
    }

    fn consume(
        &mut self,
        this: Resource<Response>,
    ) -> wasmtime::Result<Result<Resource<IncomingBody>, ()>> {
        match self.table.get_mut(&this)?.stream.take() {
            Some(stream) => Ok(Ok(self.table.push(IncomingBody::new(stream))?)),
            None => Ok(Err(())),
        }
    }

    fn drop(&mut self, this: Resource<Response>) -> wasmtime::Result<()> {
        match self.table.delete(this)?.stream {
            Some(stream) => http_body::close(self, stream),
            None => Ok(()),
        }
    }
}

impl<G: Gate> State<G> {
    fn fetch(&mut self, request: Request) -> Result<Response, HttpError> {
        let url = url(&request)?;
        let (body, attach) = match request.body.as_ref().map(Sent::take) {
            None => (None, Vec::new()),
            Some(Some(bytes)) => {
                let (body, attach) = split(Payload::bytes(bytes))?;
                (Some(body), attach)
            }
            Some(None) => {
                let message = "the body must be finished before the answer is asked for";
                return Err(HttpError::Code(errors::internal(message)));
            }
        };
        let stream = self.begin_stream();
        let params = v1::HttpFetch {
            method: request.method_name(),
            url,
            headers: request.headers.as_pairs()?,
            body,
            redirect: Redirect::Manual,
            token: None,
            stream: Some(stream),
        };
        let (reply, _): (v1::HttpReply, _) = self.ask_with(method::HTTP_FETCH, &params, attach)?;
        let headers = Fields::of(reply.headers, self.budget.hold()).map_err(HttpError::Trap)?;
        Ok(Response { status: reply.status, headers, stream: Some(stream) })
    }
}

/// The whole address.
fn url(request: &Request) -> Result<String, HttpError> {
    let scheme = match &request.scheme {
        None | Some(Scheme::Https) => "https",
        Some(Scheme::Http) => "http",
        Some(Scheme::Other(_)) => return Err(HttpError::Code(ErrorCode::HttpProtocolError)),
    };
    let Some(authority) = request.authority.as_deref().filter(|text| !text.is_empty()) else {
        return Err(HttpError::Code(ErrorCode::HttpRequestUriInvalid));
    };
    let path = request.path.as_deref().unwrap_or("/");
    let (mark, path) = match path {
        "" => ("/", ""),
        path if path.starts_with('/') => ("", path),
        path if path.starts_with('?') => ("/", path),
        _ => return Err(HttpError::Code(ErrorCode::HttpRequestUriInvalid)),
    };
    // What would make another address of the pieces than they say.
    if authority.contains(['/', '?', '#', '\\', '@']) || path.contains('#') {
        return Err(HttpError::Code(ErrorCode::HttpRequestUriInvalid));
    }
    Ok(format!("{scheme}://{authority}{mark}{path}"))
}

impl Fields {
    /// Names and values as the gate takes them.
    fn as_pairs(&self) -> Result<Vec<(String, String)>, HttpError> {
        let pairs = self.entries().iter().map(|(name, value)| match as_text(value) {
            Some(value) => Ok((name.clone(), value)),
            None => Err(HttpError::Code(ErrorCode::HttpRequestHeaderSize(None))),
        });
        pairs.collect()
    }
}

/// Told to a program that writes more than a body may have.
pub(super) fn too_large() -> RpcError {
    crate::host::failure::too_large("the body of a request")
}
