//! Blobs: made once, read by whom they are sent to.

use aether_audit::{Kind, Verdict};
use aether_protocol::limits::cut;
use aether_protocol::payload::Attachment;
use aether_protocol::v1::{BlobCreate, BlobMade, BlobName, BlobSend, Data, Empty};
use aether_protocol::{Code, Payload, RpcError};

use crate::answer::{Answer, Blobs};
use crate::door::{Door, bad_payload};
use crate::pool::{Attach, Pool, PoolError};
use crate::{Denied, limits};

/// Of a blob's name, what is written down: enough to tell one from another, and of no use to anybody
/// who reads along.
const SHOWN: usize = 8;

impl Door {
    pub(crate) fn blob_create(
        &mut self,
        asked: BlobCreate,
        blobs: &mut dyn Blobs,
    ) -> Result<Answer, RpcError> {
        let content = match asked.data.blob_size() {
            Some(size) => self.keep(size, blobs)?,
            None => {
                let bytes = asked.data.into_bytes(None).map_err(|error| bad_payload(&error))?;
                Attach::Bytes(bytes)
            }
        };
        let size = content.size();
        let blob = self.pool("blob.create", |pool| pool.create(content))?;
        if let Err(error) = self.record_blob("blob.create", &blob, size, None) {
            self.services.pool.give_up(&blob).ok();
            return Err(error);
        }
        Answer::of(&BlobMade { blob, size })
    }

    pub(crate) fn blob_open(&mut self, asked: &BlobName) -> Result<Answer, RpcError> {
        let content = self.pool("blob.open", |pool| pool.open(&asked.blob))?;
        self.record_blob("blob.open", &asked.blob, content.size(), None)?;
        match content {
            Attach::Held(held) if self.attaches() => {
                let data = Payload::Blob { blob: held.size(), r#as: Attachment::Bytes };
                Answer::attached(&Data { data }, Attach::Held(held))
            }
            other => {
                let bytes = other.into_bytes().map_err(|reason| {
                    RpcError::new(Code::Io, format!("the blob cannot be read: {reason}"))
                        .with("code", "EIO")
                })?;
                Answer::payload(self.carried(Payload::bytes(bytes))?, |data| Data { data })
            }
        }
    }

    pub(crate) fn blob_send(&mut self, asked: &BlobSend) -> Result<Answer, RpcError> {
        if asked.to.is_empty() || asked.to.len() > limits::PLUGIN_NAME_BYTES {
            let text = format!("the name of a plugin has 1 to {} bytes", limits::PLUGIN_NAME_BYTES);
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        let size = self.pool("blob.send", |pool| pool.may_send(&asked.blob, &asked.to))?;
        self.record_blob("blob.send", &asked.blob, size, Some(&asked.to))?;
        self.pool("blob.send", |pool| pool.send(&asked.blob, &asked.to))?;
        Answer::of(&Empty {})
    }

    pub(crate) fn blob_drop(&mut self, asked: &BlobName) -> Result<Answer, RpcError> {
        // It is gone whether or not that can be written down: less can be read then, not more.
        let size = self.pool("blob.drop", |pool| pool.give_up(&asked.blob))?;
        self.record_blob("blob.drop", &asked.blob, size, None)?;
        Answer::of(&Empty {})
    }

    /// Asks the pool. A name that gives nothing is written down: it may be a guess.
    fn pool<T>(
        &mut self,
        action: &str,
        act: impl FnOnce(&mut dyn Pool) -> Result<T, PoolError>,
    ) -> Result<T, RpcError> {
        act(&mut *self.services.pool).map_err(|error| {
            if error == PoolError::Unknown {
                self.note_exception(Denied::BLOB, action, &error.to_string(), Verdict::Denied);
            }
            RpcError::from(error)
        })
    }

    fn record_blob(
        &self,
        action: &str,
        blob: &str,
        size: u64,
        to: Option<&str>,
    ) -> Result<(), RpcError> {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let event = self.auditor.event(Kind::HostCall, action, Verdict::Allowed);
        let event = event.object(cut(blob, SHOWN)).detail("bytes", size);
        let event = match to {
            Some(to) => event.detail("to", to),
            None => event,
        };
        self.written(&event)
    }
}
