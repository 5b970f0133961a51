//! JSON-RPC over the channel, from the cell's side.
//!
//! The cell is single-threaded: a request may be waited for while other messages are queued, or
//! its answer may come as a [`Incoming::Answer`] later. Everything is decoded when it arrives, in
//! order, since blobs claim their descriptors in order.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use aether_protocol::v1::{self, method};
use aether_protocol::{Code, Id, Malformed, Message, Payload, RpcError, limits, message, payload};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::channel::{Channel, ChannelError};
use crate::requests::{BadReply, Outgoing, Read};
use crate::value::Ret;

/// Most requests of the plugin that wait for the host at a time; the runtime queues the others in
/// its own heap. Stops a plugin from filling the cell's memory outside the heap limit.
pub(crate) const IN_FLIGHT: usize = 16;

/// Why the conversation is over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Gone {
    /// The host closed the channel, or it broke.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The host sent what is not a message.
    #[error("the host sent a malformed message: {0}")]
    Malformed(#[from] Malformed),
    /// The host's answer cannot be read.
    #[error(transparent)]
    Reply(#[from] BadReply),
    /// A message of ours has no JSON form; a bug.
    #[error("a message cannot be written: {0}")]
    Unwritable(#[from] serde_json::Error),
    /// A message of ours is longer than one may be; a bug.
    #[error("an answer of {0} bytes is longer than a message may be")]
    Overlong(usize),
}

/// Why something was not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsent {
    /// It is longer than a line may be. Nothing was sent, and the conversation goes on.
    #[error("a message of {0} bytes is longer than the {limit} that one may have", limit = limits::FRAME_BYTES)]
    TooLong(usize),
    /// The conversation is over.
    #[error(transparent)]
    Gone(#[from] Gone),
}

/// What the host wants done.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Introduce ourselves.
    Hello(Box<v1::Hello>),
    /// Load the entry.
    Load(v1::Load),
    /// Compile the entry.
    Compile(v1::Load),
    /// Call a method with an input, JSON text.
    Call {
        /// The method.
        method: String,
        /// JSON text.
        input: String,
        /// Milliseconds that it may take.
        deadline_ms: u64,
        /// The plugin that calls, if one does.
        caller: Option<String>,
        /// Set where the result is wanted in pieces: so many may be unanswered.
        credits: Option<u32>,
    },
    /// Something happened that the plugin listens for.
    Event(News),
}

/// Something that happened.
#[derive(Debug)]
pub(crate) struct News {
    /// Its topic.
    pub(crate) topic: String,
    /// The plugin that tells of it; empty for the host.
    pub(crate) from: String,
    /// JSON text.
    pub(crate) data: String,
    /// Events that were dropped since the last.
    pub(crate) dropped: u64,
    /// Milliseconds that dealing with it may take.
    pub(crate) deadline_ms: u64,
}

/// What arrived.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A request to answer.
    Ask {
        /// Its identifier.
        id: u64,
        /// What for.
        ask: Ask,
    },
    /// Abort a call.
    Cancel(u64),
    /// A call has more time.
    Extend(v1::Extend),
    /// The engine may have so much heap.
    Memory(u64),
    /// A debugger comes, or is gone.
    Attached(v1::DebugAttached),
    /// What a debugger says.
    Debug(String),
    /// End in good order.
    Shutdown,
    /// The answer to a request of ours.
    Answer {
        /// The request's identifier.
        id: u64,
        /// What the host said.
        outcome: Result<Ret, RpcError>,
    },
}

/// What waiting for an answer came to.
#[derive(Debug)]
pub(crate) enum Waited {
    /// The answer.
    Answer(Result<Ret, RpcError>),
    /// Something else has arrived.
    Looked,
    /// The time has passed.
    Passed,
}

/// The cell's end of the conversation.
pub(crate) struct Client {
    channel: Channel,
    next_id: u64,
    /// How to read the answers that are still to come.
    pending: BTreeMap<u64, Pending>,
    /// Arrived while something else was waited for.
    inbox: VecDeque<Incoming>,
    /// What has come of a debugger's message.
    piece: String,
}

struct Pending {
    read: Read,
    /// Nobody waits any more; the answer is read, so that its descriptors are claimed, and dropped.
    abandoned: bool,
}

impl Client {
    /// A conversation over this channel.
    pub(crate) fn new(channel: Channel) -> Self {
        Self {
            channel,
            next_id: 1,
            pending: BTreeMap::new(),
            inbox: VecDeque::new(),
            piece: String::new(),
        }
    }

    /// Hangs up.
    pub(crate) fn close(&mut self) {
        self.channel.close();
    }

    /// The next message, waiting until `until` (`None`: for ever). `None` when that passed.
    ///
    /// # Errors
    /// [`Gone`].
    pub(crate) fn next(&mut self, until: Option<Instant>) -> Result<Option<Incoming>, Gone> {
        loop {
            if let Some(incoming) = self.inbox.pop_front() {
                return Ok(Some(incoming));
            }
            self.read_lines()?;
            if self.inbox.is_empty() && !self.channel.fill(until)? {
                return Ok(None);
            }
        }
    }

    /// The next thing about a debugger, waiting until `until` (`None`: for ever) for it; whatever else
    /// arrives stays. `None` when that passed, or when the end was asked for.
    ///
    /// # Errors
    /// [`Gone`].
    #[cfg(feature = "v8")]
    pub(crate) fn next_debug(&mut self, until: Option<Instant>) -> Result<Option<Incoming>, Gone> {
        loop {
            self.read_lines()?;
            let is_it =
                |message: &Incoming| matches!(message, Incoming::Attached(_) | Incoming::Debug(_));
            if let Some(at) = self.inbox.iter().position(is_it) {
                return Ok(self.inbox.remove(at));
            }
            let is_over = self.inbox.iter().any(|message| matches!(message, Incoming::Shutdown));
            if is_over || !self.channel.fill(until)? {
                return Ok(None);
            }
        }
    }

    /// Looks at what has arrived without waiting; gives what extends calls.
    pub(crate) fn look(&mut self) -> Result<Vec<v1::Extend>, Gone> {
        while self.channel.fill(Some(Instant::now()))? {
            self.read_lines()?;
        }
        let mut extended = Vec::new();
        self.inbox.retain(|message| match message {
            Incoming::Extend(extend) => {
                extended.push(*extend);
                false
            }
            _ => true,
        });
        Ok(extended)
    }

    /// Whether the host has asked to cancel this call, by what has been looked at.
    pub(crate) fn is_cancelled(&self, call: u64) -> bool {
        self.inbox.iter().any(|message| matches!(message, Incoming::Cancel(id) if *id == call))
    }

    /// Sends a request; its answer will arrive as [`Incoming::Answer`].
    ///
    /// # Errors
    /// [`Unsent`].
    pub(crate) fn request(&mut self, request: Outgoing) -> Result<u64, Unsent> {
        let id = self.next_id;
        self.next_id += 1;
        let line = message::request(&Id::Number(id), request.method, &request.params);
        let line = fitting(line.map_err(Gone::from)?)?;
        self.channel.send(&line, &request.attach).map_err(Gone::from)?;
        self.pending.insert(id, Pending { read: request.read, abandoned: false });
        Ok(id)
    }

    /// Sends a request and waits for its answer; `None` when `until` passed first.
    ///
    /// # Errors
    /// [`Unsent`].
    pub(crate) fn request_and_wait(
        &mut self,
        request: Outgoing,
        until: Option<Instant>,
    ) -> Result<Option<Result<Ret, RpcError>>, Unsent> {
        let id = self.request(request)?;
        self.wait_until(id, self.inbox.len(), until)
    }

    /// Waits for the answer to a request, which is not among the first `looked` messages that arrived; `None`
    /// when `until` passed first.
    ///
    /// # Errors
    /// [`Unsent`].
    pub(crate) fn wait_until(
        &mut self,
        id: u64,
        mut looked: usize,
        until: Option<Instant>,
    ) -> Result<Option<Result<Ret, RpcError>>, Unsent> {
        loop {
            self.read_lines()?;
            let found = self.inbox.iter().skip(looked).position(
                |message| matches!(message, Incoming::Answer { id: answered, .. } if *answered == id),
            );
            if let Some(at) = found {
                let answer = self.inbox.remove(looked + at);
                return Ok(answer.and_then(|answer| match answer {
                    Incoming::Answer { outcome, .. } => Some(outcome),
                    _ => None,
                }));
            }
            looked = self.inbox.len();
            if !self.channel.fill(until).map_err(Gone::from)? {
                if let Some(pending) = self.pending.get_mut(&id) {
                    pending.abandoned = true;
                }
                return Ok(None);
            }
        }
    }

    /// Waits for the answer to a request until `until`, or until anything else has arrived.
    ///
    /// # Errors
    /// [`Gone`].
    pub(crate) fn wait_for(&mut self, id: u64, until: Instant) -> Result<Waited, Gone> {
        self.read_lines()?;
        let is_it =
            |message: &Incoming| matches!(message, Incoming::Answer { id: of, .. } if *of == id);
        if let Some(at) = self.inbox.iter().position(is_it)
            && let Some(Incoming::Answer { outcome, .. }) = self.inbox.remove(at)
        {
            return Ok(Waited::Answer(outcome));
        }
        Ok(if self.channel.fill(Some(until))? { Waited::Looked } else { Waited::Passed })
    }

    /// Nobody waits for this answer any more.
    pub(crate) fn abandon(&mut self, id: u64) {
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.abandoned = true;
        }
    }

    /// Requests whose answers somebody waits for.
    pub(crate) fn waiting(&self) -> usize {
        let answered = |message: &&Incoming| matches!(message, Incoming::Answer { .. });
        let arrived = self.inbox.iter().filter(answered).count();
        arrived + self.pending.values().filter(|pending| !pending.abandoned).count()
    }

    /// Sends a notification.
    ///
    /// # Errors
    /// [`Gone`].
    pub(crate) fn notify(&mut self, method: &str, params: &impl Serialize) -> Result<(), Gone> {
        Ok(self.channel.send(&message::notification(method, params)?, &[])?)
    }

    /// Answers a request of the host.
    ///
    /// # Errors
    /// [`Unsent`].
    pub(crate) fn respond(&mut self, id: u64, result: &impl Serialize) -> Result<(), Unsent> {
        let line = message::response(&Id::Number(id), result).map_err(Gone::from)?;
        Ok(self.channel.send(&fitting(line)?, &[]).map_err(Gone::from)?)
    }

    /// Answers a call with its output.
    ///
    /// # Errors
    /// [`Gone`].
    pub(crate) fn respond_output(
        &mut self,
        id: u64,
        output: payload::Outgoing,
    ) -> Result<(), Gone> {
        let reply = v1::CallReply { output: output.payload };
        let attach: Vec<Vec<u8>> = output.attach.into_iter().collect();
        Ok(self.channel.send(&message::response(&Id::Number(id), &reply)?, &attach)?)
    }

    /// Answers a request of the host with an error.
    ///
    /// # Errors
    /// [`Gone`].
    pub(crate) fn fail(&mut self, id: u64, error: &RpcError) -> Result<(), Gone> {
        self.fail_id(&Id::Number(id), error)
    }

    fn fail_id(&mut self, id: &Id, error: &RpcError) -> Result<(), Gone> {
        Ok(self.channel.send(&message::failure(id, error)?, &[])?)
    }

    /// Moves whole lines into the inbox.
    fn read_lines(&mut self) -> Result<(), Gone> {
        while let Some(line) = self.channel.next_line()? {
            match Message::parse(&line)? {
                Message::Request { id, method, params } => self.take_request(id, method, params)?,
                Message::Notification { method, params } => self.take_notification(method, params),
                Message::Response { id, outcome } => self.take_answer(&id, outcome)?,
            }
        }
        Ok(())
    }

    fn take_request(&mut self, id: Id, method: &str, params: &str) -> Result<(), Gone> {
        let ask = match method {
            method::HELLO => read(params).map(|hello| Ask::Hello(Box::new(hello))),
            method::LOAD => read(params).map(Ask::Load),
            method::COMPILE => read(params).map(Ask::Compile),
            method::CALL => match read::<v1::Call>(params) {
                Ok(call) => Ok(self.read_call(call)?),
                Err(error) => Err(error),
            },
            method::EVENT => match read::<v1::Happened>(params) {
                Ok(happened) => Ok(self.read_event(happened)?),
                Err(error) => Err(error),
            },
            other => Err(RpcError::new(Code::MethodNotFound, format!("no method `{other}`"))),
        };
        match (ask, id) {
            (Ok(ask), Id::Number(id)) => self.inbox.push_back(Incoming::Ask { id, ask }),
            (Ok(_), id @ Id::Text(_)) => {
                let error = RpcError::new(Code::InvalidRequest, "the `id` must be a number");
                self.fail_id(&id, &error)?;
            }
            (Err(error), id) => self.fail_id(&id, &error)?,
        }
        Ok(())
    }

    fn read_call(&mut self, call: v1::Call) -> Result<Ask, Gone> {
        let v1::Call { method, input, deadline_ms, caller, credits } = call;
        Ok(Ask::Call { method, input: self.json(input)?, deadline_ms, caller, credits })
    }

    fn read_event(&mut self, happened: v1::Happened) -> Result<Ask, Gone> {
        let v1::Happened { topic, from, data, dropped, deadline_ms } = happened;
        Ok(Ask::Event(News { topic, from, data: self.json(data)?, dropped, deadline_ms }))
    }

    fn json(&mut self, payload: Payload) -> Result<String, Gone> {
        let blob = match payload.blob_size() {
            Some(size) => Some(self.channel.claim(size)?),
            None => None,
        };
        Ok(payload.into_json_text(blob).map_err(BadReply::from)?)
    }

    /// Unknown notifications are ignored: a newer host may say more.
    fn take_notification(&mut self, method: &str, params: &str) {
        match method {
            method::CANCEL => {
                if let Ok(cancel) = read::<v1::Cancel>(params) {
                    self.inbox.push_back(Incoming::Cancel(cancel.id));
                }
            }
            method::EXTEND => {
                if let Ok(extend) = read::<v1::Extend>(params) {
                    self.inbox.push_back(Incoming::Extend(extend));
                }
            }
            method::HEAP => {
                if let Ok(memory) = read::<v1::MemoryNow>(params) {
                    self.inbox.push_back(Incoming::Memory(memory.heap));
                }
            }
            method::DEBUG_ATTACHED => {
                if let Ok(said) = read::<v1::DebugAttached>(params) {
                    self.inbox.push_back(Incoming::Attached(said));
                }
            }
            method::DEBUG_MESSAGE => {
                if let Ok(said) = read::<v1::DebugMessage>(params) {
                    self.piece.push_str(&said.text);
                    if !said.more {
                        let whole = std::mem::take(&mut self.piece);
                        self.inbox.push_back(Incoming::Debug(whole));
                    }
                }
            }
            method::SHUTDOWN => self.inbox.push_back(Incoming::Shutdown),
            _ => {}
        }
    }

    fn take_answer(&mut self, id: &Id, outcome: Result<&str, RpcError>) -> Result<(), Gone> {
        let pending = match id {
            Id::Number(id) => self.pending.remove(id).map(|pending| (*id, pending)),
            Id::Text(_) => None,
        };
        let Some((id, pending)) = pending else {
            return Err(Malformed::Envelope("it answers a request that was never made").into());
        };
        let outcome = match outcome {
            Ok(result) => Ok((pending.read)(result, &mut self.channel)?),
            Err(error) => Err(error),
        };
        if !pending.abandoned {
            self.inbox.push_back(Incoming::Answer { id, outcome });
        }
        Ok(())
    }
}

/// A line, newline included, that the other side will take.
fn fitting(line: Vec<u8>) -> Result<Vec<u8>, Unsent> {
    match line.len() > limits::FRAME_BYTES + 1 {
        true => Err(Unsent::TooLong(line.len())),
        false => Ok(line),
    }
}

fn read<T: DeserializeOwned>(params: &str) -> Result<T, RpcError> {
    serde_json::from_str(params)
        .map_err(|error| RpcError::new(Code::InvalidParams, error.to_string()))
}
