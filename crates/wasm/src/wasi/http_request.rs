//! Requests before they are sent.

use std::sync::{Arc, Mutex, PoisonError};

use aether_protocol::limits::PAYLOAD_BYTES;
use wasmtime::component::Resource;

use super::http::{Fields, HttpError, too_large};
use super::io::{Output, StreamError};
use crate::bindings::wasi::http::types::{
    ErrorCode, HostOutgoingBody, HostOutgoingRequest, HostRequestOptions, Method, Scheme,
};
use crate::gate::Gate;
use crate::held::Held;
use crate::limits::{ADDRESS_BYTES, WORD_BYTES};
use crate::state::State;

/// A request.
#[derive(Debug)]
pub struct Request {
    pub(super) method: Method,
    pub(super) scheme: Option<Scheme>,
    pub(super) authority: Option<String>,
    pub(super) path: Option<String>,
    pub(super) headers: Fields,
    /// Its body, once the program has asked for it.
    pub(super) body: Option<Sent>,
}

/// Times that a program would like. They are kept, and the host's own hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    connect: Option<u64>,
    first: Option<u64>,
    between: Option<u64>,
}

/// The body of a request. The request, the body and its stream share it.
#[derive(Clone, Debug)]
pub struct Sent(Arc<Mutex<Content>>);

#[derive(Debug)]
struct Content {
    bytes: Vec<u8>,
    held: Held,
    finished: bool,
}

/// The body of a request, as a program holds it.
#[derive(Debug)]
pub struct OutgoingBody {
    sent: Sent,
    /// Its stream was asked for.
    taken: bool,
}

impl Sent {
    fn new(held: Held) -> Self {
        Self(Arc::new(Mutex::new(Content { bytes: Vec::new(), held, finished: false })))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Content) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds to it.
    pub(super) fn add(&self, bytes: &[u8]) -> Result<(), StreamError> {
        self.with(|content| {
            if content.finished {
                return Err(StreamError::Closed);
            }
            let length = content.bytes.len() + bytes.len();
            if length as u64 > PAYLOAD_BYTES || content.held.set(length).is_err() {
                return Err(StreamError::Failed(too_large()));
            }
            content.bytes.extend_from_slice(bytes);
            Ok(())
        })
    }

    /// The bytes; none where it is not finished.
    pub(super) fn take(&self) -> Option<Vec<u8>> {
        self.with(|content| content.finished.then(|| std::mem::take(&mut content.bytes)))
    }
}

impl Request {
    pub(super) fn method_name(&self) -> String {
        match &self.method {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
            Method::Connect => "CONNECT",
            Method::Options => "OPTIONS",
            Method::Trace => "TRACE",
            Method::Patch => "PATCH",
            Method::Other(name) => name,
        }
        .to_owned()
    }
}

type Done = wasmtime::Result<Result<(), ()>>;

impl<G: Gate> HostOutgoingRequest for State<G> {
    fn new(&mut self, headers: Resource<Fields>) -> wasmtime::Result<Resource<Request>> {
        let headers = self.table.delete(headers)?.copied(true)?;
        Ok(self.table.push(Request {
            method: Method::Get,
            scheme: None,
            authority: None,
            path: None,
            headers,
            body: None,
        })?)
    }

    fn body(
        &mut self,
        this: Resource<Request>,
    ) -> wasmtime::Result<Result<Resource<OutgoingBody>, ()>> {
        let held = self.budget.hold();
        let request = self.table.get_mut(&this)?;
        if request.body.is_some() {
            return Ok(Err(()));
        }
        let sent = Sent::new(held);
        request.body = Some(sent.clone());
        Ok(Ok(self.table.push(OutgoingBody { sent, taken: false })?))
    }

    fn method(&mut self, this: Resource<Request>) -> wasmtime::Result<Method> {
        Ok(self.table.get(&this)?.method.clone())
    }

    fn set_method(&mut self, this: Resource<Request>, method: Method) -> Done {
        let fits = |name: &str| {
            (1..=WORD_BYTES).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic())
        };
        if matches!(&method, Method::Other(name) if !fits(name)) {
            return Ok(Err(()));
        }
        self.table.get_mut(&this)?.method = method;
        Ok(Ok(()))
    }

    fn path_with_query(&mut self, this: Resource<Request>) -> wasmtime::Result<Option<String>> {
        Ok(self.table.get(&this)?.path.clone())
    }

    fn set_path_with_query(&mut self, this: Resource<Request>, path: Option<String>) -> Done {
        if path.as_deref().is_some_and(|path| !is_clean(path, ADDRESS_BYTES)) {
            return Ok(Err(()));
        }
        self.table.get_mut(&this)?.path = path;
        Ok(Ok(()))
    }

    fn scheme(&mut self, this: Resource<Request>) -> wasmtime::Result<Option<Scheme>> {
        Ok(self.table.get(&this)?.scheme.clone())
    }

    fn set_scheme(&mut self, this: Resource<Request>, scheme: Option<Scheme>) -> Done {
        if matches!(&scheme, Some(Scheme::Other(name)) if !is_clean(name, WORD_BYTES)) {
            return Ok(Err(()));
        }
        self.table.get_mut(&this)?.scheme = scheme;
        Ok(Ok(()))
    }

    fn authority(&mut self, this: Resource<Request>) -> wasmtime::Result<Option<String>> {
        Ok(self.table.get(&this)?.authority.clone())
    }

    fn set_authority(&mut self, this: Resource<Request>, authority: Option<String>) -> Done {
        if authority.as_deref().is_some_and(|authority| !is_clean(authority, ADDRESS_BYTES)) {
            return Ok(Err(()));
        }
        self.table.get_mut(&this)?.authority = authority;
        Ok(Ok(()))
    }

    fn headers(&mut self, this: Resource<Request>) -> wasmtime::Result<Resource<Fields>> {
        let headers = self.table.get(&this)?.headers.copied(true)?;
        Ok(self.table.push(headers)?)
    }

    fn drop(&mut self, this: Resource<Request>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

/// Nothing that would end a line or a word of the request.
fn is_clean(text: &str, most: usize) -> bool {
    text.len() <= most && !text.chars().any(|letter| letter.is_control() || letter.is_whitespace())
}

impl<G: Gate> HostRequestOptions for State<G> {
    fn new(&mut self) -> wasmtime::Result<Resource<Options>> {
        Ok(self.table.push(Options::default())?)
    }

    fn connect_timeout(&mut self, this: Resource<Options>) -> wasmtime::Result<Option<u64>> {
        Ok(self.table.get(&this)?.connect)
    }

    fn set_connect_timeout(&mut self, this: Resource<Options>, time: Option<u64>) -> Done {
        self.table.get_mut(&this)?.connect = time;
        Ok(Ok(()))
    }

    fn first_byte_timeout(&mut self, this: Resource<Options>) -> wasmtime::Result<Option<u64>> {
        Ok(self.table.get(&this)?.first)
    }

    fn set_first_byte_timeout(&mut self, this: Resource<Options>, time: Option<u64>) -> Done {
        self.table.get_mut(&this)?.first = time;
        Ok(Ok(()))
    }

    fn between_bytes_timeout(&mut self, this: Resource<Options>) -> wasmtime::Result<Option<u64>> {
        Ok(self.table.get(&this)?.between)
    }

    fn set_between_bytes_timeout(&mut self, this: Resource<Options>, time: Option<u64>) -> Done {
        self.table.get_mut(&this)?.between = time;
        Ok(Ok(()))
    }

    fn drop(&mut self, this: Resource<Options>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl<G: Gate> HostOutgoingBody for State<G> {
    fn write(
        &mut self,
        this: Resource<OutgoingBody>,
    ) -> wasmtime::Result<Result<Resource<Output>, ()>> {
        let body = self.table.get_mut(&this)?;
        if std::mem::replace(&mut body.taken, true) {
            return Ok(Err(()));
        }
        let output = Output::Body(body.sent.clone());
        Ok(Ok(self.table.push(output)?))
    }

    fn finish(
        &mut self,
        this: Resource<OutgoingBody>,
        trailers: Option<Resource<Fields>>,
    ) -> Result<(), HttpError> {
        let body = self.table.delete(this)?;
        if let Some(trailers) = trailers {
            self.table.delete(trailers)?;
            return Err(HttpError::Code(ErrorCode::HttpRequestTrailerSectionSize(Some(0))));
        }
        body.sent.with(|content| content.finished = true);
        Ok(())
    }

    fn drop(&mut self, this: Resource<OutgoingBody>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}
