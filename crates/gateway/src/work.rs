//! Requests that take their time: done by the door's owner, and answered when they are done.

use std::collections::BTreeMap;
use std::time::Duration;

use aether_protocol::v1::HttpFetch;
use aether_protocol::{Code, Id, RpcError};
use aether_token::Scope;
use serde_json::Value;

use crate::limits;
use crate::promised::Promised;

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
    /// Wait for the next piece of an answer that is read piece by piece.
    Read {
        /// The number that its request had.
        stream: u64,
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
    /// What the server says of it.
    pub reason: String,
    /// The address that answered.
    pub url: String,
    /// Whether there were redirects.
    pub redirected: bool,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, decoded; none where it is read piece by piece.
    pub body: Option<Vec<u8>>,
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
    /// There is no answer, for this reason.
    Unanswered(&'static str),
    /// A command ended. What is not the plugin's affair stands in [`WITHHELD`](crate::WITHHELD).
    Ran(Result<Ran, RpcError>),
    /// A request was answered.
    Fetched(Result<Fetched, RpcError>),
    /// The next piece of an answer, and whether it is the last.
    Read(Result<(Vec<u8>, bool), RpcError>),
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
    /// Hand on what belongs to the answer of this number.
    Stream(u64),
}

impl Work {
    const fn kind(&self) -> WorkKind {
        match self {
            Self::Ask(_) => WorkKind::Question,
            Self::Run { .. } => WorkKind::Command,
            Self::Call { .. } => WorkKind::Call,
            Self::Fetch(_) => WorkKind::Request,
            Self::Memory { .. } | Self::Read { .. } | Self::Chunk { .. } => WorkKind::Other,
        }
    }

    /// Bytes of the cell's that are kept until it is done, about. Pieces have credits instead.
    fn bytes(&self) -> usize {
        match self {
            Self::Ask(_) | Self::Memory { .. } | Self::Read { .. } | Self::Chunk { .. } => 0,
            Self::Run { input, .. } => input.len(),
            Self::Fetch(fetching) => fetching.body.as_ref().map_or(0, Vec::len),
            Self::Call { input, .. } => held(input),
        }
    }
}

/// Bytes that a value takes in memory, about. It nests no deeper than a line may.
pub(crate) fn held(value: &Value) -> usize {
    let inside = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(held).sum(),
        Value::Object(entries) => entries.iter().map(|(key, value)| key.len() + held(value)).sum(),
        _ => 0,
    };
    size_of::<Value>() + inside
}

/// Kinds of work, of which there may be so much at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WorkKind {
    Question,
    Command,
    Call,
    Request,
    Other,
}

impl WorkKind {
    const fn most(self) -> usize {
        match self {
            Self::Question => limits::QUESTIONS_OPEN,
            Self::Command => limits::COMMANDS_OPEN,
            Self::Call => limits::CALLS_OPEN,
            Self::Request | Self::Other => limits::IN_FLIGHT as usize,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Question => "a question to a person is",
            Self::Command => "commands are",
            Self::Call => "calls of other plugins are",
            Self::Request | Self::Other => "requests are",
        }
    }
}

/// Requests whose answers are still owed. Bounded by [`crate::limits::IN_FLIGHT`].
#[derive(Debug, Default)]
pub(crate) struct Owed {
    next: u64,
    open: BTreeMap<u64, Debt>,
    /// Bytes that are kept for all of them.
    bytes: usize,
}

#[derive(Debug)]
struct Debt {
    id: Id,
    rest: Rest,
    promised: Option<Promised>,
    kind: WorkKind,
    bytes: usize,
}

impl Owed {
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn has(&self, id: &Id) -> bool {
        self.open.values().any(|debt| debt.id == *id)
    }

    /// Whether something of this answer is waited for.
    pub(crate) fn reads(&self, stream: u64) -> bool {
        self.open.values().any(|debt| matches!(debt.rest, Rest::Stream(of) if of == stream))
    }

    /// Why work of this kind and size cannot be begun beside what is under way. To be asked before
    /// a token is used up for it.
    pub(crate) fn room_for(&self, kind: WorkKind, bytes: usize) -> Result<(), RpcError> {
        let full = |text: String| {
            let error = RpcError::new(Code::RateLimited, text);
            Err(error.with("retry_after_ms", limits::RETRY_MS))
        };
        let most = kind.most();
        if self.open.values().filter(|debt| debt.kind == kind).count() >= most {
            return full(match most {
                1 => format!("{} under way already", kind.words()),
                most => format!("{most} {} under way already", kind.words()),
            });
        }
        let most = limits::OWED_BYTES;
        if self.bytes > 0 && self.bytes.saturating_add(bytes) > most {
            return full(format!("what is under way may have {most} bytes of input together"));
        }
        Ok(())
    }

    /// Remembers a request; gives the number of its work.
    pub(crate) fn add(
        &mut self,
        id: Id,
        work: &Work,
        rest: Rest,
        promised: Option<Promised>,
    ) -> u64 {
        self.next += 1;
        let (kind, bytes) = (work.kind(), work.bytes());
        self.bytes += bytes;
        self.open.insert(self.next, Debt { id, rest, promised, kind, bytes });
        self.next
    }

    pub(crate) fn take(&mut self, work: u64) -> Option<(Id, Rest, Option<Promised>)> {
        let debt = self.open.remove(&work)?;
        self.bytes -= debt.bytes;
        Some((debt.id, debt.rest, debt.promised))
    }
}
