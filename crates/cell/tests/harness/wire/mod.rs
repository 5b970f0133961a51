//! The host's end of the conversation.

#[cfg(windows)]
mod pipes;
#[cfg(unix)]
mod socket;

use aether_protocol::Payload;
use serde_json::Value;

#[cfg(windows)]
pub use pipes::*;
#[cfg(unix)]
pub use socket::*;

impl Wire {
    pub fn json(&mut self, payload: Value) -> Value {
        let payload: Payload = serde_json::from_value(payload).unwrap();
        let blob = self.claim(&payload);
        serde_json::from_str(&payload.into_json_text(blob).unwrap()).unwrap()
    }

    pub fn bytes(&mut self, payload: Value) -> Vec<u8> {
        let payload: Payload = serde_json::from_value(payload).unwrap();
        let blob = self.claim(&payload);
        payload.into_bytes(blob).unwrap()
    }

    fn claim(&mut self, payload: &Payload) -> Option<Vec<u8>> {
        let size = payload.blob_size()?;
        self.blobs += 1;
        Some(self.attached(size))
    }
}
