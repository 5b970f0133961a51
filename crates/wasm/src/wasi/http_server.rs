//! The server's side of `wasi:http`. Nothing calls a plugin so: the handles are never made, and
//! what takes one has nothing to do.

use wasmtime::component::Resource;

use super::http::{Fields, HttpError, IncomingBody, OutgoingBody};
use super::sockets::Never;
use crate::bindings::wasi::http::types::{
    ErrorCode, HostIncomingRequest, HostOutgoingResponse, HostResponseOutparam, Method, Scheme,
};
use crate::gate::Gate;
use crate::state::State;

impl<G: Gate> HostIncomingRequest for State<G> {
    fn method(&mut self, this: Resource<Never>) -> wasmtime::Result<Method> {
        match *self.table.get(&this)? {}
    }

    fn path_with_query(&mut self, this: Resource<Never>) -> wasmtime::Result<Option<String>> {
        match *self.table.get(&this)? {}
    }

    fn scheme(&mut self, this: Resource<Never>) -> wasmtime::Result<Option<Scheme>> {
        match *self.table.get(&this)? {}
    }

    fn authority(&mut self, this: Resource<Never>) -> wasmtime::Result<Option<String>> {
        match *self.table.get(&this)? {}
    }

    fn headers(&mut self, this: Resource<Never>) -> wasmtime::Result<Resource<Fields>> {
        match *self.table.get(&this)? {}
    }

    fn consume(
        &mut self,
        this: Resource<Never>,
    ) -> wasmtime::Result<Result<Resource<IncomingBody>, ()>> {
        match *self.table.get(&this)? {}
    }

    fn drop(&mut self, this: Resource<Never>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {}
    }
}

impl<G: Gate> HostResponseOutparam for State<G> {
    fn send_informational(
        &mut self,
        this: Resource<Never>,
        _: u16,
        _: Resource<Fields>,
    ) -> Result<(), HttpError> {
        match *self.table.get(&this)? {}
    }

    fn set(
        &mut self,
        this: Resource<Never>,
        _: Result<Resource<Never>, ErrorCode>,
    ) -> wasmtime::Result<()> {
        match self.table.delete(this)? {}
    }

    fn drop(&mut self, this: Resource<Never>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {}
    }
}

impl<G: Gate> HostOutgoingResponse for State<G> {
    fn new(&mut self, _: Resource<Fields>) -> wasmtime::Result<Resource<Never>> {
        wasmtime::bail!("answers to requests are for servers, and plugins are none")
    }

    fn status_code(&mut self, this: Resource<Never>) -> wasmtime::Result<u16> {
        match *self.table.get(&this)? {}
    }

    fn set_status_code(
        &mut self,
        this: Resource<Never>,
        _: u16,
    ) -> wasmtime::Result<Result<(), ()>> {
        match *self.table.get(&this)? {}
    }

    fn headers(&mut self, this: Resource<Never>) -> wasmtime::Result<Resource<Fields>> {
        match *self.table.get(&this)? {}
    }

    fn body(
        &mut self,
        this: Resource<Never>,
    ) -> wasmtime::Result<Result<Resource<OutgoingBody>, ()>> {
        match *self.table.get(&this)? {}
    }

    fn drop(&mut self, this: Resource<Never>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {}
    }
}
