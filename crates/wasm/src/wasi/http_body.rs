//! Bodies of answers.

use aether_protocol::v1::{self, method};
use wasmtime::component::Resource;

use super::http::Fields;
use super::io::{Input, Pollable};
use crate::bindings::wasi::http::types::{ErrorCode, HostFutureTrailers, HostIncomingBody};
use crate::gate::{Gate, Refused};
use crate::state::State;

/// The body of an answer, as a program holds it.
#[derive(Debug)]
pub struct IncomingBody {
    stream: u64,
    /// Its stream was asked for, and closes it.
    taken: bool,
}

/// What would stand behind a body. The gate gives none.
#[derive(Debug)]
pub struct Trailers {
    taken: bool,
}

impl IncomingBody {
    pub(super) const fn new(stream: u64) -> Self {
        Self { stream, taken: false }
    }
}

/// The next piece of a body, and whether it is the last.
pub(crate) fn next<G: Gate>(state: &mut State<G>, stream: u64) -> Result<(Vec<u8>, bool), Refused> {
    let (data, mut attached): (v1::HttpData, _) =
        state.ask_with(method::HTTP_READ, &v1::HttpRead { stream }, Vec::new())?;
    if data.end {
        state.open_streams.remove(&stream);
    }
    Ok((attached.bytes(data.data)?, data.end))
}

/// Nobody wants the rest of it.
pub(crate) fn close<G: Gate>(state: &mut State<G>, stream: u64) -> wasmtime::Result<()> {
    state.open_streams.remove(&stream);
    match state.tell(method::HTTP_CLOSE, &v1::HttpClose { stream }) {
        Err(Refused::Over(over)) => Err(over.into()),
        // It is closed already.
        Err(Refused::Error(_)) | Ok(()) => Ok(()),
    }
}

impl<G: Gate> HostIncomingBody for State<G> {
    fn stream(
        &mut self,
        this: Resource<IncomingBody>,
    ) -> wasmtime::Result<Result<Resource<Input>, ()>> {
        let body = self.table.get_mut(&this)?;
        if std::mem::replace(&mut body.taken, true) {
            return Ok(Err(()));
        }
        let held = self.budget.hold();
        let input = Input::Body { stream: body.stream, bytes: Vec::new(), held, end: false };
        Ok(Ok(self.table.push(input)?))
    }

    fn finish(&mut self, this: Resource<IncomingBody>) -> wasmtime::Result<Resource<Trailers>> {
        HostIncomingBody::drop(self, this)?;
        Ok(self.table.push(Trailers { taken: false })?)
    }

    fn drop(&mut self, this: Resource<IncomingBody>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {
            IncomingBody { stream, taken: false } => close(self, stream),
            IncomingBody { .. } => Ok(()),
        }
    }
}

/// What is inside trailers that are there.
type Got = Result<Result<Option<Resource<Fields>>, ErrorCode>, ()>;

impl<G: Gate> HostFutureTrailers for State<G> {
    fn subscribe(&mut self, this: Resource<Trailers>) -> wasmtime::Result<Resource<Pollable>> {
        self.table.get(&this)?;
        self.ready()
    }

    fn get(&mut self, this: Resource<Trailers>) -> wasmtime::Result<Option<Got>> {
        let taken = std::mem::replace(&mut self.table.get_mut(&this)?.taken, true);
        Ok(Some(if taken { Err(()) } else { Ok(Ok(None)) }))
    }

    fn drop(&mut self, this: Resource<Trailers>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}
