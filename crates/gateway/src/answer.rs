//! What goes back to a cell.

use aether_protocol::payload::Outgoing as OutgoingPayload;
use aether_protocol::{Code, Payload, RpcError};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::pool::Attach;

/// A line to send, and what to attach to it as a sealed memory file.
#[derive(Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The line, newline included.
    pub line: Vec<u8>,
    /// What its blob payload refers to, if it has one.
    pub attach: Option<Attach>,
}

/// Where the bytes of blob payloads come from: the descriptors that arrived with the line, in
/// order.
pub trait Blobs {
    /// The next attached memory file, which must be sealed and exactly `size` bytes long.
    ///
    /// # Errors
    /// One clause saying what is wrong with it; the line counts as a protocol violation then.
    fn claim(&mut self, size: u64) -> Result<Vec<u8>, String>;

    /// The same, taken over as it is where that can be handed on to others without a copy.
    ///
    /// # Errors
    /// As [`Blobs::claim`].
    fn keep(&mut self, size: u64) -> Result<Attach, String> {
        self.claim(size).map(Attach::Bytes)
    }

    /// Drops the next attached memory file without looking into it.
    ///
    /// # Errors
    /// As [`Blobs::claim`], when there is none.
    fn skip(&mut self) -> Result<(), String>;
}

/// A handler's answer before it becomes a line.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) result: Box<RawValue>,
    pub(crate) attach: Option<Attach>,
}

impl Answer {
    pub(crate) fn of(result: &impl Serialize) -> Result<Self, RpcError> {
        Self::with(result, None)
    }

    /// An answer that holds the payload part of `outgoing`, made by `wrap`.
    pub(crate) fn payload<T: Serialize>(
        outgoing: OutgoingPayload,
        wrap: impl FnOnce(Payload) -> T,
    ) -> Result<Self, RpcError> {
        Self::with(&wrap(outgoing.payload), outgoing.attach.map(Attach::Bytes))
    }

    /// An answer that holds the payload to which this is attached.
    pub(crate) fn attached(result: &impl Serialize, attach: Attach) -> Result<Self, RpcError> {
        Self::with(result, Some(attach))
    }

    fn with(result: &impl Serialize, attach: Option<Attach>) -> Result<Self, RpcError> {
        let text = serde_json::to_string(result).and_then(RawValue::from_string);
        let result = text.map_err(|error| RpcError::new(Code::Internal, error.to_string()))?;
        Ok(Self { result, attach })
    }
}
