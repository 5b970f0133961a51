//! Typed parameters of every method, read as the door reads them, and untyped JSON read strictly: what
//! the strict reader takes means the same to an ordinary one.
#![no_main]

use aether_protocol::v1::{self, METHODS, Side, method};
use aether_protocol::{Payload, strict};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(value) = strict::parse(text) {
        assert_eq!(serde_json::from_str::<serde_json::Value>(text).expect("also plain JSON"), value);
    }
    for method in METHODS.iter().filter(|method| method.from == Side::Cell) {
        asked(method.name, text);
    }
    // What a cell answers.
    again::<v1::HelloReply>(text);
    again::<v1::LoadReply>(text);
    again::<v1::CallReply>(text);
    // What a debugger sends through the host.
    again::<v1::DebugMessage>(text);
    again::<v1::DebugAttached>(text);
    if let Ok(payload) = serde_json::from_str::<Payload>(text) {
        drop(payload.into_bytes(None));
    }
});

/// What the method takes.
fn asked(name: &str, text: &str) {
    match name {
        method::LOG_WRITE => again::<v1::Log>(text),
        method::CALL_PROGRESS => again::<v1::Progress>(text),
        method::CALL_CHUNK => again::<v1::Chunk>(text),
        method::DEBUG_STOPPED => again::<v1::DebugStopped>(text),
        method::BUNDLE_LIST => again::<v1::Empty>(text),
        method::BUNDLE_READ => again::<v1::BundleRead>(text),
        method::BUNDLE_CODE => again::<v1::BundleCode>(text),
        method::BUNDLE_KEEP => again::<v1::BundleKeep>(text),
        method::FS_READ => again::<v1::FsRead>(text),
        method::FS_WRITE => again::<v1::FsWrite>(text),
        method::FS_LIST => again::<v1::FsList>(text),
        method::FS_STAT => again::<v1::FsLook>(text),
        method::FS_REMOVE => again::<v1::FsRemove>(text),
        method::FS_RENAME => again::<v1::FsRename>(text),
        method::FS_MKDIR => again::<v1::FsMkdir>(text),
        method::FS_OPEN => again::<v1::FsOpen>(text),
        method::FS_CLOSE | method::FS_FSTAT => again::<v1::FsFile>(text),
        method::FS_PREAD => again::<v1::FsPread>(text),
        method::FS_PWRITE => again::<v1::FsPwrite>(text),
        method::FS_RESIZE => again::<v1::FsResize>(text),
        method::FS_LINK => again::<v1::FsLink>(text),
        method::FS_SYMLINK => again::<v1::FsSymlink>(text),
        method::FS_READLINK => again::<v1::FsPath>(text),
        method::FS_CHMOD => again::<v1::FsChmod>(text),
        method::FS_UTIMES => again::<v1::FsUtimes>(text),
        method::ENV_GET => again::<v1::EnvGet>(text),
        method::ENV_LIST => again::<v1::Empty>(text),
        method::KV_GET | method::KV_DELETE => again::<v1::KvKey>(text),
        method::KV_SET => again::<v1::KvSet>(text),
        method::KV_LIST => again::<v1::KvList>(text),
        method::TOKEN_REQUEST => {
            if let Ok(asked) = strict::object::<v1::TokenRequest>(text) {
                // What is asked for is one thing, however it was written.
                let written = serde_json::to_string(&asked).expect("plain JSON");
                assert_eq!(strict::object::<v1::TokenRequest>(&written).ok(), Some(asked));
            }
        }
        method::TOKEN_DROP => again::<v1::TokenDrop>(text),
        method::TOKEN_NARROW => again::<v1::TokenNarrow>(text),
        method::SECRET_GET => again::<v1::SecretGet>(text),
        method::COMMAND_RUN => again::<v1::CommandRun>(text),
        method::TIME_EXTEND => again::<v1::TimeExtend>(text),
        method::MEMORY_EXTEND => again::<v1::MemoryExtend>(text),
        method::HTTP_FETCH => again::<v1::HttpFetch>(text),
        method::HTTP_READ => again::<v1::HttpRead>(text),
        method::HTTP_CLOSE => again::<v1::HttpClose>(text),
        method::PLUGINS_CALL => again::<v1::PluginsCall>(text),
        method::EVENTS_EMIT => again::<v1::EventsEmit>(text),
        method::EVENTS_ON | method::EVENTS_OFF => again::<v1::EventsOn>(text),
        method::BLOB_CREATE => again::<v1::BlobCreate>(text),
        method::BLOB_OPEN | method::BLOB_DROP => again::<v1::BlobName>(text),
        method::BLOB_SEND => again::<v1::BlobSend>(text),
        other => panic!("say what {other} takes"),
    }
}

/// What is read can be written, and then be read again. Not compared: a number with a fraction may
/// come back as its neighbour.
fn again<T: DeserializeOwned + Serialize>(text: &str) {
    let Ok(read) = strict::object::<T>(text) else { return };
    let written = serde_json::to_string(&read).expect("plain JSON");
    if let Err(refused) = strict::object::<T>(&written) {
        panic!("{written}: {refused}");
    }
}
