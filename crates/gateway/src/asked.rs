//! What a cell asks for: a method that there is, with parameters of its types.

use aether_protocol::limits::PAYLOAD_BYTES;
use aether_protocol::v1::{
    BlobCreate, BlobName, BlobSend, BundleCode, BundleKeep, BundleRead, Chunk, CommandRun, Empty,
    EnvGet, EventsEmit, EventsOn, FsChmod, FsFile, FsLink, FsList, FsLook, FsMkdir, FsOpen, FsPath,
    FsPread, FsPwrite, FsRead, FsRemove, FsRename, FsResize, FsSymlink, FsUtimes, FsWrite,
    HttpClose, HttpFetch, HttpRead, KvKey, KvList, KvSet, MemoryExtend, PluginsCall, SecretGet,
    TimeExtend, TokenDrop, TokenNarrow, TokenRequest, method,
};
use aether_protocol::{Code, Payload, RpcError, strict};
use serde::de::DeserializeOwned;

/// A request, read.
#[derive(Debug)]
pub(crate) enum Asked {
    BundleRead(BundleRead),
    BundleCode(BundleCode),
    BundleKeep(BundleKeep),
    FsRead(FsRead),
    FsWrite(FsWrite),
    FsList(FsList),
    FsStat(FsLook),
    FsRemove(FsRemove),
    FsRename(FsRename),
    FsMkdir(FsMkdir),
    FsOpen(FsOpen),
    FsClose(FsFile),
    FsPread(FsPread),
    FsPwrite(FsPwrite),
    FsResize(FsResize),
    FsFstat(FsFile),
    FsLink(FsLink),
    FsSymlink(FsSymlink),
    FsReadlink(FsPath),
    FsChmod(FsChmod),
    FsUtimes(FsUtimes),
    EnvGet(EnvGet),
    BundleList(Empty),
    EnvList(Empty),
    KvGet(KvKey),
    KvSet(KvSet),
    KvDelete(KvKey),
    KvList(KvList),
    TokenRequest(TokenRequest),
    TokenDrop(TokenDrop),
    TokenNarrow(TokenNarrow),
    SecretGet(SecretGet),
    CommandRun(CommandRun),
    TimeExtend(TimeExtend),
    MemoryExtend(MemoryExtend),
    HttpFetch(HttpFetch),
    HttpRead(HttpRead),
    HttpClose(HttpClose),
    PluginsCall(PluginsCall),
    CallChunk(Chunk),
    BlobCreate(BlobCreate),
    BlobOpen(BlobName),
    BlobSend(BlobSend),
    BlobDrop(BlobName),
    EventsEmit(EventsEmit),
    EventsOn(EventsOn),
    EventsOff(EventsOn),
}

impl Asked {
    /// Every method that a cell may ask for.
    pub(crate) fn read(name: &str, params: &str) -> Result<Self, RpcError> {
        Ok(match name {
            method::BUNDLE_READ => Self::BundleRead(typed(params)?),
            method::BUNDLE_LIST => Self::BundleList(typed(params)?),
            method::BUNDLE_CODE => Self::BundleCode(typed(params)?),
            method::BUNDLE_KEEP => Self::BundleKeep(typed(params)?),
            method::FS_READ => Self::FsRead(typed(params)?),
            method::FS_WRITE => Self::FsWrite(typed(params)?),
            method::FS_LIST => Self::FsList(typed(params)?),
            method::FS_STAT => Self::FsStat(typed(params)?),
            method::FS_REMOVE => Self::FsRemove(typed(params)?),
            method::FS_RENAME => Self::FsRename(typed(params)?),
            method::FS_MKDIR => Self::FsMkdir(typed(params)?),
            method::FS_OPEN => Self::FsOpen(typed(params)?),
            method::FS_CLOSE => Self::FsClose(typed(params)?),
            method::FS_PREAD => Self::FsPread(typed(params)?),
            method::FS_PWRITE => Self::FsPwrite(typed(params)?),
            method::FS_RESIZE => Self::FsResize(typed(params)?),
            method::FS_FSTAT => Self::FsFstat(typed(params)?),
            method::FS_LINK => Self::FsLink(typed(params)?),
            method::FS_SYMLINK => Self::FsSymlink(typed(params)?),
            method::FS_READLINK => Self::FsReadlink(typed(params)?),
            method::FS_CHMOD => Self::FsChmod(typed(params)?),
            method::FS_UTIMES => Self::FsUtimes(typed(params)?),
            method::ENV_GET => Self::EnvGet(typed(params)?),
            method::ENV_LIST => Self::EnvList(typed(params)?),
            method::KV_GET => Self::KvGet(typed(params)?),
            method::KV_SET => Self::KvSet(typed(params)?),
            method::KV_DELETE => Self::KvDelete(typed(params)?),
            method::KV_LIST => Self::KvList(typed(params)?),
            method::TOKEN_REQUEST => Self::TokenRequest(typed(params)?),
            method::TOKEN_DROP => Self::TokenDrop(typed(params)?),
            method::TOKEN_NARROW => Self::TokenNarrow(typed(params)?),
            method::SECRET_GET => Self::SecretGet(typed(params)?),
            method::COMMAND_RUN => Self::CommandRun(typed(params)?),
            method::TIME_EXTEND => Self::TimeExtend(typed(params)?),
            method::MEMORY_EXTEND => Self::MemoryExtend(typed(params)?),
            method::HTTP_FETCH => Self::HttpFetch(typed(params)?),
            method::HTTP_READ => Self::HttpRead(typed(params)?),
            method::HTTP_CLOSE => Self::HttpClose(typed(params)?),
            method::PLUGINS_CALL => Self::PluginsCall(typed(params)?),
            method::CALL_CHUNK => Self::CallChunk(typed(params)?),
            method::BLOB_CREATE => Self::BlobCreate(typed(params)?),
            method::BLOB_OPEN => Self::BlobOpen(typed(params)?),
            method::BLOB_SEND => Self::BlobSend(typed(params)?),
            method::BLOB_DROP => Self::BlobDrop(typed(params)?),
            method::EVENTS_EMIT => Self::EventsEmit(typed(params)?),
            method::EVENTS_ON => Self::EventsOn(typed(params)?),
            method::EVENTS_OFF => Self::EventsOff(typed(params)?),
            _ => {
                let text = format!("there is no method {name:?}");
                return Err(RpcError::new(Code::MethodNotFound, text));
            }
        })
    }

    /// Whether it is about files of the overlay. What is written through it is about the host's.
    pub(crate) const fn is_about_files(&self) -> bool {
        match self {
            Self::FsWrite(asked) => !asked.through,
            Self::FsOpen(asked) => !asked.lend,
            Self::FsRead(_)
            | Self::FsList(_)
            | Self::FsStat(_)
            | Self::FsRemove(_)
            | Self::FsRename(_)
            | Self::FsMkdir(_)
            | Self::FsClose(_)
            | Self::FsPread(_)
            | Self::FsPwrite(_)
            | Self::FsResize(_)
            | Self::FsFstat(_)
            | Self::FsLink(_)
            | Self::FsSymlink(_)
            | Self::FsReadlink(_)
            | Self::FsChmod(_)
            | Self::FsUtimes(_) => true,
            _ => false,
        }
    }

    /// What it is about, in the plugin's words: a path, a name, an address. Empty where it is about
    /// nothing that has a name.
    pub(crate) fn object(&self) -> &str {
        match self {
            Self::BundleRead(asked) => &asked.path,
            Self::FsRead(asked) => &asked.path,
            Self::FsWrite(asked) => &asked.path,
            Self::FsList(asked) => &asked.path,
            Self::FsStat(asked) => &asked.path,
            Self::FsRemove(asked) => &asked.path,
            Self::FsRename(asked) => &asked.to,
            Self::FsMkdir(asked) => &asked.path,
            Self::FsOpen(asked) => &asked.path,
            Self::FsLink(asked) => &asked.to,
            Self::FsSymlink(asked) => &asked.path,
            Self::FsReadlink(asked) => &asked.path,
            Self::FsChmod(asked) => &asked.path,
            Self::FsUtimes(asked) => &asked.path,
            Self::EnvGet(asked) => &asked.name,
            Self::KvGet(asked) | Self::KvDelete(asked) => &asked.key,
            Self::KvSet(asked) => &asked.key,
            Self::KvList(asked) => &asked.prefix,
            Self::SecretGet(asked) => &asked.name,
            Self::CommandRun(asked) => &asked.name,
            Self::HttpFetch(asked) => &asked.url,
            Self::PluginsCall(asked) => &asked.method,
            Self::EventsEmit(asked) => &asked.topic,
            Self::EventsOn(asked) | Self::EventsOff(asked) => &asked.topic,
            _ => "",
        }
    }

    /// The size of what is attached to it, if anything is.
    pub(crate) fn attached(&self) -> Option<u64> {
        let payload: &Payload = match self {
            Self::FsWrite(asked) => &asked.data,
            Self::FsPwrite(asked) => &asked.data,
            Self::KvSet(asked) => &asked.value,
            Self::BundleKeep(asked) => &asked.data,
            Self::CommandRun(asked) => asked.input.as_ref()?,
            Self::HttpFetch(asked) => asked.body.as_ref()?,
            Self::PluginsCall(asked) => &asked.input,
            Self::CallChunk(asked) => &asked.data,
            Self::BlobCreate(asked) => &asked.data,
            Self::EventsEmit(asked) => &asked.data,
            _ => return None,
        };
        // A larger one is refused for its size, not for how fast it came.
        payload.blob_size().map(|size| size.min(PAYLOAD_BYTES))
    }
}

/// Typed parameters or results: an object, in which unknown, missing and duplicate members are
/// refused.
pub(crate) fn typed<T: DeserializeOwned>(text: &str) -> Result<T, RpcError> {
    strict::object(text).map_err(|refused| RpcError::new(Code::InvalidParams, refused.to_string()))
}
