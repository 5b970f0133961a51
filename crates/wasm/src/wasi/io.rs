//! `wasi:io/error` and `wasi:io/poll`, and what streams and pollables are here.

use std::time::Duration;

use aether_protocol::RpcError;
use wasmtime::component::{Resource, ResourceTableError};

use crate::bindings::wasi::io::{error, poll};
use crate::gate::{Gate, Over, Refused};
use crate::held::{Held, TooMuch};
use crate::limits;
use crate::state::State;

use super::files::Open;
use super::http_request::Sent;

/// An error behind a stream.
#[derive(Debug)]
pub struct Failed {
    pub(crate) error: RpcError,
}

/// What can be waited for.
#[derive(Debug)]
pub enum Pollable {
    /// Ready now and for ever: what would block does so when it is asked for.
    Ready,
    /// Ready at this time of the monotonic clock, in tenths of a millisecond.
    At(u64),
}

/// A stream that is read.
#[derive(Debug)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file, from an offset on.
    File {
        /// The file.
        file: Open,
        /// The next byte.
        offset: u64,
    },
    /// The body of an answer.
    Body {
        /// Its number at the gate.
        stream: u64,
        /// What has come and was not read.
        bytes: Vec<u8>,
        /// Its size, at most.
        held: Held,
        /// Nothing more comes.
        end: bool,
    },
}

/// A stream that is written.
#[derive(Clone, Debug)]
pub enum Output {
    /// A file.
    File {
        /// The file.
        file: Open,
        /// The next byte; none at the end of the file.
        offset: Option<u64>,
    },
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The body of a request.
    Body(Sent),
}

/// Why a stream gives nothing.
#[derive(Debug)]
pub enum StreamError {
    /// It is at its end.
    Closed,
    /// The gate refused.
    Failed(RpcError),
    /// The program is stopped.
    Trap(wasmtime::Error),
}

impl From<Refused> for StreamError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Error(error) => Self::Failed(error),
            Refused::Over(over) => Self::Trap(over.into()),
        }
    }
}

impl From<Over> for StreamError {
    fn from(over: Over) -> Self {
        Self::Trap(over.into())
    }
}

impl From<TooMuch> for StreamError {
    fn from(error: TooMuch) -> Self {
        Self::Trap(error.into())
    }
}

impl From<ResourceTableError> for StreamError {
    fn from(error: ResourceTableError) -> Self {
        Self::Trap(error.into())
    }
}

impl<G: Gate> error::Host for State<G> {}

impl<G: Gate> error::HostError for State<G> {
    fn to_debug_string(&mut self, this: Resource<Failed>) -> wasmtime::Result<String> {
        Ok(self.table.get(&this)?.error.message.clone())
    }

    fn drop(&mut self, this: Resource<Failed>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl<G: Gate> poll::Host for State<G> {
    fn poll(&mut self, all: Vec<Resource<Pollable>>) -> wasmtime::Result<Vec<u32>> {
        if all.is_empty() || all.len() > limits::POLLABLES {
            wasmtime::bail!("from 1 to {} pollables can be waited for", limits::POLLABLES);
        }
        loop {
            let now = self.gate.monotonic();
            let mut ready = Vec::new();
            let mut first = u64::MAX;
            for (pollable, index) in all.iter().zip(0..) {
                let at = self.ready_at(pollable)?;
                first = first.min(at);
                if at <= now {
                    ready.push(index);
                }
            }
            if !ready.is_empty() {
                return Ok(ready);
            }
            self.rest(tenths(first.saturating_sub(now)))?;
        }
    }
}

impl<G: Gate> poll::HostPollable for State<G> {
    fn ready(&mut self, this: Resource<Pollable>) -> wasmtime::Result<bool> {
        Ok(self.ready_at(&this)? <= self.gate.monotonic())
    }

    fn block(&mut self, this: Resource<Pollable>) -> wasmtime::Result<()> {
        poll::Host::poll(self, vec![this]).map(drop)
    }

    fn drop(&mut self, this: Resource<Pollable>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl<G: Gate> State<G> {
    fn ready_at(&self, pollable: &Resource<Pollable>) -> wasmtime::Result<u64> {
        Ok(match self.table.get(pollable)? {
            Pollable::Ready => 0,
            Pollable::At(at) => *at,
        })
    }

    /// A pollable that is ready.
    pub(crate) fn ready(&mut self) -> wasmtime::Result<Resource<Pollable>> {
        Ok(self.table.push(Pollable::Ready)?)
    }
}

/// Tenths of a millisecond.
fn tenths(count: u64) -> Duration {
    Duration::from_micros(count.saturating_mul(100))
}
