//! All methods in one table: who says them, and the types of what they carry.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{
    BlobCreate, BlobMade, BlobName, BlobSend, BundleCode, BundleCoded, BundleKeep, BundleRead,
    Call, CallReply, Cancel, Chunk, CommandDone, CommandRun, Data, DebugAttached, DebugMessage,
    DebugStopped, Empty, EnvGet, EnvValue, EventsEmit, EventsOn, Extend, FsChmod, FsData,
    FsEntries, FsFile, FsLink, FsList, FsLook, FsMkdir, FsOpen, FsOpened, FsPath, FsPread,
    FsPwrite, FsRead, FsRemove, FsRename, FsResize, FsSize, FsStat, FsSymlink, FsTarget, FsUtimes,
    FsWrite, Happened, Hello, HelloReply, HttpClose, HttpData, HttpFetch, HttpRead, HttpReply,
    KvDeleted, KvKey, KvList, KvSet, KvValue, Load, LoadReply, Log, MemoryExtend, MemoryNow, Names,
    PluginsCall, Progress, SecretGet, SecretValue, TimeExtend, TokenDrop, TokenNarrow,
    TokenNarrowed, TokenReply, TokenRequest, method,
};

/// Who says a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The host, to the cell.
    Host,
    /// The cell, to the host.
    Cell,
}

/// Makes the schema of a type.
pub type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

/// A method.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// Who says it.
    pub from: Side,
    /// Its parameters.
    pub params: MakeSchema,
    /// Its result; a notification has none.
    pub result: Option<MakeSchema>,
}

const fn asks<P: JsonSchema, R: JsonSchema>(from: Side, name: &'static str) -> Method {
    Method { name, from, params: of::<P>, result: Some(of::<R>) }
}

const fn tells<P: JsonSchema>(from: Side, name: &'static str) -> Method {
    Method { name, from, params: of::<P>, result: None }
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

use Side::{Cell, Host};

/// Every method, those of the host first.
pub const METHODS: &[Method] = &[
    asks::<Hello, HelloReply>(Host, method::HELLO),
    asks::<Load, LoadReply>(Host, method::LOAD),
    asks::<Load, Empty>(Host, method::COMPILE),
    asks::<Call, CallReply>(Host, method::CALL),
    tells::<Cancel>(Host, method::CANCEL),
    tells::<Extend>(Host, method::EXTEND),
    tells::<Empty>(Host, method::SHUTDOWN),
    tells::<MemoryNow>(Host, method::HEAP),
    asks::<Happened, Empty>(Host, method::EVENT),
    tells::<DebugMessage>(Host, method::DEBUG_MESSAGE),
    tells::<DebugAttached>(Host, method::DEBUG_ATTACHED),
    tells::<DebugStopped>(Cell, method::DEBUG_STOPPED),
    tells::<Log>(Cell, method::LOG_WRITE),
    tells::<Progress>(Cell, method::CALL_PROGRESS),
    asks::<Chunk, Empty>(Cell, method::CALL_CHUNK),
    asks::<BundleRead, Data>(Cell, method::BUNDLE_READ),
    asks::<Empty, Data>(Cell, method::BUNDLE_LIST),
    asks::<BundleCode, BundleCoded>(Cell, method::BUNDLE_CODE),
    asks::<BundleKeep, Empty>(Cell, method::BUNDLE_KEEP),
    asks::<FsRead, FsData>(Cell, method::FS_READ),
    asks::<FsWrite, Empty>(Cell, method::FS_WRITE),
    asks::<FsList, FsEntries>(Cell, method::FS_LIST),
    asks::<FsLook, FsStat>(Cell, method::FS_STAT),
    asks::<FsRemove, Empty>(Cell, method::FS_REMOVE),
    asks::<FsRename, Empty>(Cell, method::FS_RENAME),
    asks::<FsMkdir, Empty>(Cell, method::FS_MKDIR),
    asks::<FsOpen, FsOpened>(Cell, method::FS_OPEN),
    asks::<FsFile, Empty>(Cell, method::FS_CLOSE),
    asks::<FsPread, FsData>(Cell, method::FS_PREAD),
    asks::<FsPwrite, FsSize>(Cell, method::FS_PWRITE),
    asks::<FsResize, Empty>(Cell, method::FS_RESIZE),
    asks::<FsFile, FsStat>(Cell, method::FS_FSTAT),
    asks::<FsLink, Empty>(Cell, method::FS_LINK),
    asks::<FsSymlink, Empty>(Cell, method::FS_SYMLINK),
    asks::<FsPath, FsTarget>(Cell, method::FS_READLINK),
    asks::<FsChmod, Empty>(Cell, method::FS_CHMOD),
    asks::<FsUtimes, Empty>(Cell, method::FS_UTIMES),
    asks::<EnvGet, EnvValue>(Cell, method::ENV_GET),
    asks::<Empty, Names>(Cell, method::ENV_LIST),
    asks::<KvKey, KvValue>(Cell, method::KV_GET),
    asks::<KvSet, Empty>(Cell, method::KV_SET),
    asks::<KvKey, KvDeleted>(Cell, method::KV_DELETE),
    asks::<KvList, Names>(Cell, method::KV_LIST),
    asks::<TokenRequest, TokenReply>(Cell, method::TOKEN_REQUEST),
    asks::<TokenDrop, Empty>(Cell, method::TOKEN_DROP),
    asks::<TokenNarrow, TokenNarrowed>(Cell, method::TOKEN_NARROW),
    asks::<SecretGet, SecretValue>(Cell, method::SECRET_GET),
    asks::<CommandRun, CommandDone>(Cell, method::COMMAND_RUN),
    asks::<TimeExtend, Empty>(Cell, method::TIME_EXTEND),
    asks::<MemoryExtend, MemoryNow>(Cell, method::MEMORY_EXTEND),
    asks::<HttpFetch, HttpReply>(Cell, method::HTTP_FETCH),
    asks::<HttpRead, HttpData>(Cell, method::HTTP_READ),
    asks::<HttpClose, Empty>(Cell, method::HTTP_CLOSE),
    asks::<PluginsCall, CallReply>(Cell, method::PLUGINS_CALL),
    asks::<EventsEmit, Empty>(Cell, method::EVENTS_EMIT),
    asks::<EventsOn, Empty>(Cell, method::EVENTS_ON),
    asks::<EventsOn, Empty>(Cell, method::EVENTS_OFF),
    asks::<BlobCreate, BlobMade>(Cell, method::BLOB_CREATE),
    asks::<BlobName, Data>(Cell, method::BLOB_OPEN),
    asks::<BlobSend, Empty>(Cell, method::BLOB_SEND),
    asks::<BlobName, Empty>(Cell, method::BLOB_DROP),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::MODULES;

    #[test]
    fn the_table_has_every_method_once() {
        let source = include_str!("mod.rs");
        let names = source.lines().filter_map(|line| {
            let value = line.trim().strip_prefix("pub const ")?.split_once(": &str = \"")?.1;
            line.starts_with("    pub const ").then(|| value.trim_end_matches("\";"))
        });
        // The kinds of failure stand in the same file and are no methods.
        let failures =
            source.split("pub mod failure {").nth(1).and_then(|rest| rest.split("\n}\n").next());
        let methods: Vec<&str> = names
            .filter(|name| !failures.unwrap_or_default().contains(&format!("\"{name}\"")))
            .collect();
        for name in &methods {
            assert_eq!(METHODS.iter().filter(|method| method.name == *name).count(), 1, "{name}");
        }
        assert_eq!(methods.len(), METHODS.len());
    }

    #[test]
    fn modules_are_the_words_before_the_point() {
        assert!(MODULES.is_sorted());
        for (module, _) in MODULES {
            let of = |method: &&Method| {
                method.name.split_once('.').is_some_and(|(word, _)| word == module)
            };
            assert!(METHODS.iter().any(|method| of(&method) && method.from == Cell), "{module}");
        }
    }
}
