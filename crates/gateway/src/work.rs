//! Requests that take their time: done by the door's owner, and answered when they are done.

use std::collections::BTreeMap;
use std::time::Duration;

use aether_protocol::v1::HttpFetch;
use aether_protocol::{Id, RpcError};
use aether_token::Scope;
use serde_json::Value;

/// What the door's owner is to do for a cell. The door has checked that it may be done.
#[derive(Debug)]
pub enum Work {
    /// Ask a person.
    Ask(Question),
    /// Run a command that the policy names.
    Run {
        /// Its name.
        name: String,
        /// What it reads.
        input: Vec<u8>,
    },
    /// Make a request.
    Fetch(Fetching),
    /// Let the cell have so much memory, until the calls that are open now have ended.
    Memory {
        /// Bytes, all together.
        bytes: u64,
    },
    /// Hand a piece of a call's result to whoever called.
    Chunk {
        /// The call's identifier.
        call: u64,
        /// The piece.
        data: Value,
    },
    /// Call a method of another plugin.
    Call {
        /// The plugin's name.
        plugin: String,
        /// The method.
        method: String,
        /// Its input.
        input: Value,
    },
}

/// What a person is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What the plugin wants beyond its grant.
    pub want: Scope,
    /// How often it would be able to.
    pub uses: u32,
    /// How long.
    pub lifetime: Duration,
    /// Why, in the plugin's own words: escape them where they are shown.
    pub reason: String,
    /// The policy line that would have answered.
    pub policy_line: String,
}

/// A request to another machine.
#[derive(Debug)]
pub struct Fetching {
    /// What the cell asked for; its body is in `body`.
    pub request: HttpFetch,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
    /// The host that it is for.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What a token opens beyond the grant.
    pub opened: Option<Opened>,
}

/// A place that a token opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The token's host.
    pub host: String,
    /// The token's port.
    pub port: u16,
    /// The policy's line, or who said yes.
    pub by: String,
}

/// A finished request to another machine.
#[derive(Debug)]
pub struct Fetched {
    /// The status.
    pub status: u16,
    /// The address that answered.
    pub url: String,
    /// Whether there were redirects.
    pub redirected: bool,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, decoded.
    pub body: Vec<u8>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// Its code, or 128 and the number of a signal.
    pub code: i32,
    /// What it printed on standard output.
    pub output: Vec<u8>,
    /// What it printed on standard error.
    pub errors: Vec<u8>,
}

/// What became of [`Work`].
#[derive(Debug)]
pub enum Done {
    /// A person said yes, or no.
    Answered(bool),
    /// A command ended.
    Ran(Result<Ran, RpcError>),
    /// A request was answered.
    Fetched(Result<Fetched, RpcError>),
    /// The cell has more memory; the heap that its engine may have.
    Memory(Result<u64, RpcError>),
    /// A piece of a result was taken, or is none that the method may give.
    Taken(Result<(), RpcError>),
    /// It could not be begun, or is not wanted any more.
    Failed(RpcError),
    /// The other plugin's result.
    Called(Result<Value, RpcError>),
}

/// What is still to be done of a request, once its work is done.
#[derive(Debug)]
pub(crate) enum Rest {
    /// Issue the token.
    Issue(Question),
    /// Hand on what it is.
    Answer,
    /// Give the call its credit back.
    Credit(u64),
}

/// Requests whose answers are still owed. Bounded by [`crate::limits::IN_FLIGHT`].
#[derive(Debug, Default)]
pub(crate) struct Owed {
    next: u64,
    open: BTreeMap<u64, (Id, Rest)>,
}

impl Owed {
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn has(&self, id: &Id) -> bool {
        self.open.values().any(|(owed, _)| owed == id)
    }

    /// Remembers a request; gives the number of its work.
    pub(crate) fn add(&mut self, id: Id, rest: Rest) -> u64 {
        self.next += 1;
        self.open.insert(self.next, (id, rest));
        self.next
    }

    pub(crate) fn take(&mut self, work: u64) -> Option<(Id, Rest)> {
        self.open.remove(&work)
    }
}
