//! Results in pieces.

use aether_protocol::v1::Chunk;
use aether_protocol::{Code, Payload, RpcError, strict};
use serde_json::Value;

use crate::answer::Blobs;
use crate::door::{Door, Reply, bad_payload};
use crate::limits;
use crate::work::{Rest, Work, held};

impl Door {
    /// A piece of a call's result, validated as the result itself is. It is answered when whoever
    /// called has taken it; a cell that sends more than it has credits for breaks the protocol.
    pub(crate) fn call_chunk(
        &mut self,
        asked: Chunk,
        blobs: &mut dyn Blobs,
    ) -> Result<Reply, RpcError> {
        let refuse = |text: &str| Err(RpcError::new(Code::InvalidRequest, text));
        match self.open.credits(asked.call) {
            // It may have ended meanwhile, which is no fault of the cell.
            None => return refuse("there is no open call of that `call`"),
            Some(0) => return refuse("the result of the call is not wanted in pieces"),
            Some(_) => {}
        }
        if !self.open.take_credit(asked.call) {
            self.broken_claim = Some("a piece of a result without a credit for it".to_owned());
            return refuse("there is no credit left: wait for an answer");
        }
        let call = asked.call;
        let data = self.piece(asked.data, blobs).inspect_err(|_| {
            self.open.give_credit(call);
        })?;
        Ok(Reply::later(Work::Chunk { call, data }, Rest::Credit(call)))
    }

    /// What a piece holds, within what one may.
    fn piece(&mut self, data: Payload, blobs: &mut dyn Blobs) -> Result<Value, RpcError> {
        let blob = self.claim(&data, blobs)?;
        let text = data.into_json_text(blob).map_err(|error| bad_payload(&error))?;
        if text.len() > limits::PIECE_BYTES {
            let most = limits::PIECE_BYTES;
            let text = format!("a piece of a result has at most {most} bytes");
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        let data = strict::parse(&text).map_err(|error| bad_payload(&error.into()))?;
        if held(&data) > limits::PIECE_MEMORY {
            let text = "the piece takes too much memory: make smaller ones";
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        Ok(data)
    }
}
