//! Typed parameters of every method, and untyped JSON read strictly: what the strict reader takes
//! means the same to an ordinary one.
#![no_main]

use aether_protocol::v1;
use aether_protocol::{Payload, strict};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(value) = strict::parse(text) {
        assert_eq!(serde_json::from_str::<serde_json::Value>(text).expect("also plain JSON"), value);
    }
    drop(serde_json::from_str::<v1::FsRead>(text));
    drop(serde_json::from_str::<v1::FsWrite>(text));
    drop(serde_json::from_str::<v1::FsRename>(text));
    drop(serde_json::from_str::<v1::KvSet>(text));
    drop(serde_json::from_str::<v1::Log>(text));
    drop(serde_json::from_str::<v1::CallReply>(text));
    drop(serde_json::from_str::<v1::SecretGet>(text));
    drop(serde_json::from_str::<v1::CommandRun>(text));
    drop(serde_json::from_str::<v1::TimeExtend>(text));
    drop(serde_json::from_str::<v1::MemoryExtend>(text));
    drop(serde_json::from_str::<v1::HttpFetch>(text));
    drop(serde_json::from_str::<v1::PluginsCall>(text));
    drop(serde_json::from_str::<v1::EventsEmit>(text));
    drop(serde_json::from_str::<v1::BlobCreate>(text));
    drop(serde_json::from_str::<v1::BlobSend>(text));
    drop(serde_json::from_str::<v1::Chunk>(text));
    if let Ok(asked) = serde_json::from_str::<v1::TokenRequest>(text) {
        // What is asked for is one thing, however it was written.
        let again = serde_json::to_string(&asked).expect("plain JSON");
        assert_eq!(serde_json::from_str::<v1::TokenRequest>(&again).ok(), Some(asked));
    }
    if let Ok(payload) = serde_json::from_str::<Payload>(text) {
        drop(payload.into_bytes(None));
    }
});
