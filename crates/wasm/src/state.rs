//! What belongs to one instance of a plugin: its gate, its handles, its limits and its call.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aether_protocol::{Code, Payload, PayloadError, RpcError, payload, v1};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasmtime::component::ResourceTable;

use crate::gate::{Ask, Gate, Look, Over, Refused, Told};
use crate::held::Budget;
use crate::limiter::Limiter;
use crate::limits::Limits;
use crate::wasi::stdio::Stdio;

/// What a plugin finds, the same for all its calls.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Its name, as its manifest has it.
    pub name: String,
    /// Its version, as its manifest has it; may be empty.
    pub version: String,
    /// The folders that a program of WASI finds opened.
    pub folders: Vec<Folder>,
    /// The folder that relative paths begin at, absolute.
    pub cwd: String,
    /// Arguments of a program, behind its name.
    pub arguments: Vec<String>,
    /// Its limits.
    pub limits: Limits,
}

/// A folder that a program of WASI finds opened. What it may do there is decided at the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The name that the program knows it by, such as `.` or `/workspace`.
    pub name: String,
    /// Its path in the plugin's virtual files, absolute.
    pub path: String,
}

/// The call that runs.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    /// The identifier of the host's request.
    pub(crate) id: u64,
    pub(crate) method: String,
    pub(crate) caller: Option<String>,
    pub(crate) deadline: Instant,
    pub(crate) wants_pieces: bool,
}

/// What an instance's host functions work on.
pub(crate) struct State<G> {
    pub(crate) gate: G,
    pub(crate) table: ResourceTable,
    pub(crate) limiter: Limiter,
    pub(crate) current: Current,
    pub(crate) around: Arc<Surroundings>,
    pub(crate) stdio: Stdio,
    /// The number that the next answer of the network is read by.
    pub(crate) next_stream: u64,
    /// What is held for it beside its memory.
    pub(crate) budget: Budget,
    /// The files that are open at the gate.
    pub(crate) open_files: BTreeSet<u64>,
    /// Answers of the network that are not read to their ends.
    pub(crate) open_streams: BTreeSet<u64>,
    /// Bytes of memory that the instance before had at its end.
    pub(crate) had: u64,
}

/// What came along with an answer. Payloads take it in the order of the answer.
pub(crate) struct Attached(std::vec::IntoIter<Vec<u8>>);

impl Attached {
    /// The bytes of a payload.
    pub(crate) fn bytes(&mut self, payload: Payload) -> Result<Vec<u8>, Refused> {
        let blob = self.blob(&payload)?;
        payload.into_bytes(blob).map_err(|error| unreadable(&error))
    }

    /// The JSON text of a payload.
    pub(crate) fn json(&mut self, payload: Payload) -> Result<String, Refused> {
        let blob = self.blob(&payload)?;
        payload.into_json_text(blob).map_err(|error| unreadable(&error))
    }

    fn blob(&mut self, payload: &Payload) -> Result<Option<Vec<u8>>, Refused> {
        let Some(size) = payload.blob_size() else { return Ok(None) };
        match self.0.next() {
            Some(bytes) if bytes.len() as u64 == size => Ok(Some(bytes)),
            _ => Err(unreadable(&PayloadError::NoDescriptor)),
        }
    }
}

fn unreadable(error: &impl std::fmt::Display) -> Refused {
    let message = format!("an answer of the host cannot be read: {error}");
    Refused::Error(RpcError::new(Code::Internal, message))
}

impl<G: Gate> State<G> {
    pub(crate) fn new(gate: G, around: Arc<Surroundings>) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(around.limits.handles);
        let current = Current {
            id: 0,
            method: String::new(),
            caller: None,
            deadline: Instant::now(),
            wants_pieces: false,
        };
        let stdio = Stdio::new(around.limits.output);
        let limiter = Limiter::new(&around.limits);
        Self {
            gate,
            table,
            limiter,
            current,
            around,
            stdio,
            next_stream: 1,
            budget: Budget::default(),
            open_files: BTreeSet::new(),
            open_streams: BTreeSet::new(),
            had: 0,
        }
    }

    /// The same gate for another instance; everything else begins anew. What the last one left
    /// open is closed.
    pub(crate) fn renewed(mut self) -> Self {
        for file in std::mem::take(&mut self.open_files) {
            // Where it is closed already, or nobody is there, nothing is left to close.
            let _ = self.tell(v1::method::FS_CLOSE, &v1::FsFile { file });
        }
        for stream in std::mem::take(&mut self.open_streams) {
            let _ = self.tell(v1::method::HTTP_CLOSE, &v1::HttpClose { stream });
        }
        let (had, limiter) = (self.limiter.memory(), self.limiter.renewed());
        let (current, next_stream) = (self.current, self.next_stream);
        Self { limiter, current, next_stream, had, ..Self::new(self.gate, self.around) }
    }

    /// The number of an answer that is read piece by piece from now on.
    pub(crate) fn begin_stream(&mut self) -> u64 {
        let stream = self.next_stream;
        self.next_stream += 1;
        self.open_streams.insert(stream);
        stream
    }

    /// Asks the host for something small.
    pub(crate) fn ask<T: DeserializeOwned>(
        &mut self,
        method: &'static str,
        params: &impl Serialize,
    ) -> Result<T, Refused> {
        Ok(self.ask_with(method, params, Vec::new())?.0)
    }

    /// Asks the host for something, with payloads either way.
    pub(crate) fn ask_with<T: DeserializeOwned>(
        &mut self,
        method: &'static str,
        params: &impl Serialize,
        attach: Vec<Vec<u8>>,
    ) -> Result<(T, Attached), Refused> {
        let params = serde_json::to_string(params).map_err(|error| unreadable(&error))?;
        let Told { result, attachments } = self.gate.ask(Ask { method, params, attach })?;
        let value = serde_json::from_str(&result).map_err(|error| unreadable(&error))?;
        Ok((value, Attached(attachments.into_iter())))
    }

    /// Asks for what is answered with `{}`.
    pub(crate) fn tell(
        &mut self,
        method: &'static str,
        params: &impl Serialize,
    ) -> Result<(), Refused> {
        self.ask::<serde::de::IgnoredAny>(method, params).map(drop)
    }

    /// As [`tell`](Self::tell), with payloads.
    pub(crate) fn tell_with(
        &mut self,
        method: &'static str,
        params: &impl Serialize,
        attach: Vec<Vec<u8>>,
    ) -> Result<(), Refused> {
        self.ask_with::<serde::de::IgnoredAny>(method, params, attach).map(drop)
    }

    /// Tells the host something that is not answered.
    pub(crate) fn notify(
        &mut self,
        method: &'static str,
        params: &impl Serialize,
    ) -> Result<(), Over> {
        match serde_json::to_string(params) {
            Ok(params) => self.gate.notify(method, params),
            // A number that JSON does not have; there is nothing to tell.
            Err(_) => Ok(()),
        }
    }

    /// Whether the call goes on; asked at every tick.
    pub(crate) fn look(&mut self) -> Result<(), Over> {
        let look = self.gate.look();
        self.heed(look)
    }

    /// Rests, at most until the deadline.
    pub(crate) fn rest(&mut self, time: Duration) -> Result<(), Over> {
        let end = Instant::now().checked_add(time).unwrap_or(self.current.deadline);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let look = self.gate.rest(left, self.current.deadline);
            self.heed(look)?;
            if Instant::now() >= end {
                return Ok(());
            }
        }
    }

    fn heed(&mut self, look: Look) -> Result<(), Over> {
        match look {
            Look::Over(over) => return Err(over),
            Look::Extend(more) => {
                let later = self.current.deadline.checked_add(more);
                self.current.deadline = later.unwrap_or(self.current.deadline);
            }
            Look::GoOn => {}
        }
        match Instant::now() >= self.current.deadline {
            true => Err(Over::Deadline),
            false => Ok(()),
        }
    }
}

/// The parts of a payload: what goes into the parameters, and what is attached.
pub(crate) fn split(
    made: Result<payload::Outgoing, PayloadError>,
) -> Result<(Payload, Vec<Vec<u8>>), Refused> {
    match made {
        Ok(made) => Ok((made.payload, made.attach.into_iter().collect())),
        Err(error) => Err(Refused::Error(RpcError::new(Code::InvalidParams, error.to_string()))),
    }
}
