//! `aether:plugin/http`.

use aether_protocol::Payload;
use aether_protocol::limits::PAYLOAD_BYTES;
use aether_protocol::v1::{self, method};
use wasmtime::component::Resource;

use super::failure::{Told, told, too_large};
use super::token::Token;
use crate::bindings::aether::plugin::http;
use crate::gate::{Gate, Refused};
use crate::state::{State, split};
use crate::wasi::{close_body, next_piece};
use http::{Redirect, Request, Response};

/// The body of an answer, as a plugin holds it.
#[derive(Debug)]
pub struct Body {
    stream: u64,
    end: bool,
}

impl<G: Gate> http::Host for State<G> {
    fn fetch(
        &mut self,
        request: Request,
        token: Option<Resource<Token>>,
    ) -> Told<(Response, Vec<u8>)> {
        let token = self.token_text(token)?;
        told(self.send(request, token).and_then(|(response, stream)| {
            let bytes = self.read_body(stream)?;
            Ok((response, bytes))
        }))
    }

    fn open(
        &mut self,
        request: Request,
        token: Option<Resource<Token>>,
    ) -> Told<(Response, Resource<Body>)> {
        let token = self.token_text(token)?;
        match told(self.send(request, token))? {
            Ok((response, stream)) => {
                Ok(Ok((response, self.table.push(Body { stream, end: false })?)))
            }
            Err(error) => Ok(Err(error)),
        }
    }
}

impl<G: Gate> http::HostBody for State<G> {
    fn read(&mut self, this: Resource<Body>) -> Told<Option<Vec<u8>>> {
        let Body { stream, end } = *self.table.get(&this)?;
        if end {
            return Ok(Ok(None));
        }
        let read = next_piece(self, stream);
        self.table.get_mut(&this)?.end = !matches!(read, Ok((_, false)));
        told(read.map(|(bytes, _)| (!bytes.is_empty()).then_some(bytes)))
    }

    fn drop(&mut self, this: Resource<Body>) -> wasmtime::Result<()> {
        match self.table.delete(this)? {
            Body { stream, end: false } => close_body(self, stream),
            Body { .. } => Ok(()),
        }
    }
}

impl<G: Gate> State<G> {
    /// Sends a request; gives the answer's head and the number of its body.
    fn send(
        &mut self,
        request: Request,
        token: Option<v1::TokenText>,
    ) -> Result<(Response, u64), Refused> {
        let stream = self.begin_stream();
        let (body, attach) = match request.body {
            None => (None, Vec::new()),
            Some(bytes) => {
                let (body, attach) = split(Payload::bytes(bytes))?;
                (Some(body), attach)
            }
        };
        let params = v1::HttpFetch {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body,
            redirect: match request.redirect {
                Redirect::Follow => v1::Redirect::Follow,
                Redirect::Error => v1::Redirect::Error,
                Redirect::Manual => v1::Redirect::Manual,
            },
            token,
            stream: Some(stream),
        };
        let (reply, _): (v1::HttpReply, _) = self.ask_with(method::HTTP_FETCH, &params, attach)?;
        let response = Response {
            status: reply.status,
            reason: reply.reason,
            url: reply.url,
            redirected: reply.redirected,
            headers: reply.headers,
        };
        Ok((response, stream))
    }

    fn read_body(&mut self, stream: u64) -> Result<Vec<u8>, Refused> {
        let mut bytes = Vec::new();
        loop {
            let (piece, end) = next_piece(self, stream)?;
            if (bytes.len() + piece.len()) as u64 > PAYLOAD_BYTES {
                self.tell(method::HTTP_CLOSE, &v1::HttpClose { stream })?;
                return Err(too_large("the body of the answer").into());
            }
            bytes.extend_from_slice(&piece);
            if end {
                return Ok(bytes);
            }
        }
    }
}
