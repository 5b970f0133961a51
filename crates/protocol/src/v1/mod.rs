//! Protocol version 1: the methods and their parameters.
//!
//! Frozen once released: a later version is a new module that converts to the newest.
//! Parameters refuse unknown members on the host's side of the door; what the host sends may gain
//! members, which a cell ignores.

mod beyond;
mod http;
mod others;
mod table;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::payload::Payload;

pub use beyond::{
    Caveats, CommandDone, CommandRun, Extend, MemoryExtend, MemoryNow, SecretGet, SecretValue,
    TimeExtend, TokenDrop, TokenNarrow, TokenNarrowed, TokenReply, TokenRequest, TokenText, Want,
};
pub use http::{HttpClose, HttpData, HttpFetch, HttpRead, HttpReply, Redirect};
pub use others::{
    BlobCreate, BlobMade, BlobName, BlobSend, Chunk, EventsEmit, EventsOn, Happened, PluginsCall,
};
pub use table::{METHODS, MakeSchema, Method, Side};

/// This version's number.
pub const VERSION: u32 = 1;

/// The API modules, sorted, each with its version: one for each word before the point of the methods
/// that a cell asks for, but for `call`, which every cell needs.
pub const MODULES: [(&str, u32); 14] = [
    ("blob", 1),
    ("bundle", 1),
    ("command", 1),
    ("env", 1),
    ("events", 1),
    ("fs", 1),
    ("http", 1),
    ("kv", 1),
    ("log", 1),
    ("memory", 1),
    ("plugins", 1),
    ("secret", 1),
    ("time", 1),
    ("token", 1),
];

/// Names of the methods, so that both sides spell them alike.
pub mod method {
    /// Host to cell, first message: [`super::Hello`] to [`super::HelloReply`].
    pub const HELLO: &str = "hello";
    /// Host to cell: load the entry; [`super::Load`] to [`super::LoadReply`].
    pub const LOAD: &str = "load";
    /// Host to cell: compile without running, for `aether check`; [`super::Load`] to `{}`.
    pub const COMPILE: &str = "compile";
    /// Host to cell: call an exported method; [`super::Call`] to [`super::CallReply`].
    pub const CALL: &str = "call";
    /// Host to cell, notification: abort a call; [`super::Cancel`].
    pub const CANCEL: &str = "cancel";
    /// Host to cell, notification: end in good order.
    pub const SHUTDOWN: &str = "shutdown";
    /// Host to cell, notification: a call has more time; [`super::Extend`].
    pub const EXTEND: &str = "extend";
    /// Host to cell, notification: it has more memory, or less again; [`super::MemoryNow`].
    pub const HEAP: &str = "heap";
    /// Host to cell: something happened that it listens for; [`super::Happened`] to `{}`.
    pub const EVENT: &str = "event";

    /// Cell to host, notification: [`super::Log`].
    pub const LOG_WRITE: &str = "log.write";
    /// Cell to host, notification: [`super::Progress`].
    pub const CALL_PROGRESS: &str = "call.progress";
    /// Both ways, notification: a debugger's message, or a piece of one; [`super::DebugMessage`].
    pub const DEBUG_MESSAGE: &str = "debug.message";
    /// Host to cell, notification: a debugger comes, or is gone; [`super::DebugAttached`].
    pub const DEBUG_ATTACHED: &str = "debug.attached";
    /// Cell to host, notification: its code stands still for the debugger, or goes on;
    /// [`super::DebugStopped`].
    pub const DEBUG_STOPPED: &str = "debug.stopped";
    /// Cell to host: a file of the plugin's own bundle; [`super::BundleRead`] to [`super::Data`].
    pub const BUNDLE_READ: &str = "bundle.read";
    /// Cell to host: what files the plugin's own bundle has; `{}` to [`super::Data`], a JSON array of
    /// their paths.
    pub const BUNDLE_LIST: &str = "bundle.list";
    /// Cell to host: the code that was compiled of the entry; [`super::BundleCode`] to
    /// [`super::BundleCoded`].
    pub const BUNDLE_CODE: &str = "bundle.code";
    /// Cell to host: the code that it has compiled of the entry; [`super::BundleKeep`] to `{}`.
    pub const BUNDLE_KEEP: &str = "bundle.keep";
    /// Cell to host: [`super::FsRead`] to [`super::FsData`].
    pub const FS_READ: &str = "fs.read";
    /// Cell to host: [`super::FsWrite`] to `{}`.
    pub const FS_WRITE: &str = "fs.write";
    /// Cell to host: [`super::FsList`] to [`super::FsEntries`].
    pub const FS_LIST: &str = "fs.list";
    /// Cell to host: [`super::FsLook`] to [`super::FsStat`].
    pub const FS_STAT: &str = "fs.stat";
    /// Cell to host: [`super::FsRemove`] to `{}`.
    pub const FS_REMOVE: &str = "fs.remove";
    /// Cell to host: [`super::FsRename`] to `{}`.
    pub const FS_RENAME: &str = "fs.rename";
    /// Cell to host: [`super::FsMkdir`] to `{}`.
    pub const FS_MKDIR: &str = "fs.mkdir";
    /// Cell to host: [`super::FsOpen`] to [`super::FsOpened`].
    pub const FS_OPEN: &str = "fs.open";
    /// Cell to host: [`super::FsFile`] to `{}`.
    pub const FS_CLOSE: &str = "fs.close";
    /// Cell to host: [`super::FsPread`] to [`super::FsData`].
    pub const FS_PREAD: &str = "fs.pread";
    /// Cell to host: [`super::FsPwrite`] to [`super::FsSize`].
    pub const FS_PWRITE: &str = "fs.pwrite";
    /// Cell to host: [`super::FsResize`] to `{}`.
    pub const FS_RESIZE: &str = "fs.resize";
    /// Cell to host: [`super::FsFile`] to [`super::FsStat`].
    pub const FS_FSTAT: &str = "fs.fstat";
    /// Cell to host: [`super::FsLink`] to `{}`.
    pub const FS_LINK: &str = "fs.link";
    /// Cell to host: [`super::FsSymlink`] to `{}`.
    pub const FS_SYMLINK: &str = "fs.symlink";
    /// Cell to host: [`super::FsPath`] to [`super::FsTarget`].
    pub const FS_READLINK: &str = "fs.readlink";
    /// Cell to host: [`super::FsChmod`] to `{}`.
    pub const FS_CHMOD: &str = "fs.chmod";
    /// Cell to host: [`super::FsUtimes`] to `{}`.
    pub const FS_UTIMES: &str = "fs.utimes";
    /// Cell to host: [`super::EnvGet`] to [`super::EnvValue`].
    pub const ENV_GET: &str = "env.get";
    /// Cell to host: `{}` to [`super::Names`]: the granted names that are set.
    pub const ENV_LIST: &str = "env.list";
    /// Cell to host: [`super::KvKey`] to [`super::KvValue`].
    pub const KV_GET: &str = "kv.get";
    /// Cell to host: [`super::KvSet`] to `{}`.
    pub const KV_SET: &str = "kv.set";
    /// Cell to host: [`super::KvKey`] to [`super::KvDeleted`].
    pub const KV_DELETE: &str = "kv.delete";
    /// Cell to host: [`super::KvList`] to [`super::Names`].
    pub const KV_LIST: &str = "kv.list";
    /// Cell to host: [`super::TokenRequest`] to [`super::TokenReply`].
    pub const TOKEN_REQUEST: &str = "token.request";
    /// Cell to host: [`super::TokenDrop`] to `{}`.
    pub const TOKEN_DROP: &str = "token.drop";
    /// Cell to host: [`super::TokenNarrow`] to [`super::TokenNarrowed`].
    pub const TOKEN_NARROW: &str = "token.narrow";
    /// Cell to host: [`super::SecretGet`] to [`super::SecretValue`].
    pub const SECRET_GET: &str = "secret.get";
    /// Cell to host: [`super::CommandRun`] to [`super::CommandDone`].
    pub const COMMAND_RUN: &str = "command.run";
    /// Cell to host: [`super::TimeExtend`] to `{}`.
    pub const TIME_EXTEND: &str = "time.extend";
    /// Cell to host: [`super::MemoryExtend`] to [`super::MemoryNow`].
    pub const MEMORY_EXTEND: &str = "memory.extend";
    /// Cell to host: [`super::HttpFetch`] to [`super::HttpReply`].
    pub const HTTP_FETCH: &str = "http.fetch";
    /// Cell to host: [`super::HttpRead`] to [`super::HttpData`].
    pub const HTTP_READ: &str = "http.read";
    /// Cell to host: [`super::HttpClose`] to `{}`.
    pub const HTTP_CLOSE: &str = "http.close";
    /// Cell to host: [`super::PluginsCall`] to [`super::CallReply`].
    pub const PLUGINS_CALL: &str = "plugins.call";
    /// Cell to host: [`super::EventsEmit`] to `{}`.
    pub const EVENTS_EMIT: &str = "events.emit";
    /// Cell to host: [`super::EventsOn`] to `{}`.
    pub const EVENTS_ON: &str = "events.on";
    /// Cell to host: [`super::EventsOn`] to `{}`.
    pub const EVENTS_OFF: &str = "events.off";
    /// Cell to host: [`super::BlobCreate`] to [`super::BlobMade`].
    pub const BLOB_CREATE: &str = "blob.create";
    /// Cell to host: [`super::BlobName`] to [`super::Data`].
    pub const BLOB_OPEN: &str = "blob.open";
    /// Cell to host: [`super::BlobSend`] to `{}`.
    pub const BLOB_SEND: &str = "blob.send";
    /// Cell to host: [`super::BlobName`] to `{}`.
    pub const BLOB_DROP: &str = "blob.drop";
    /// Cell to host: [`super::Chunk`] to `{}`.
    pub const CALL_CHUNK: &str = "call.chunk";
}

/// `{}`: no parameters, or nothing to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// What the cell is told before anything else.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Hello {
    /// Protocol versions that the host serves, best first.
    pub protocol: Vec<u32>,
    /// Version of each API module that the host serves.
    pub api: BTreeMap<String, u32>,
    /// Who the plugin is.
    pub plugin: PluginInfo,
    /// Which runtime to start: `javascript` or `wasm`.
    pub runtime: String,
    /// Which engine for JavaScript: `quickjs`, also where it is empty, or `v8`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub engine: String,
    /// Whether the engine may make machine code.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub jit: bool,
    /// The entry file's path in the bundle.
    pub entry: String,
    /// Opt-ins of the manifest, such as `node:fs`.
    pub compat: Vec<String>,
    /// Whether a person may debug it.
    #[serde(default, skip_serializing_if = "Debug::is_no")]
    pub debug: Debug,
    /// What the host has of this engine's work, to be asked for with `bundle.code`; or, of a cell that
    /// compiles, what it wants, to be handed over with `bundle.keep`. Where `entry` is empty there is no
    /// plugin, and compiling makes the snapshot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<CodePart>,
    /// Whether the bundle has a `package.json` or a `node_modules`, so that packages and CommonJS are
    /// looked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub packages: bool,
    /// Whether each call is to get a fresh instance, with nothing of the calls before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stateless: bool,
    /// Whether it runs, or is to run, in its host's own process, where less of it is looked at.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_host: bool,
    /// Whether a coredump is wanted of a plugin that traps: of the first time alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub coredump: bool,
    /// The virtual working folder.
    pub cwd: String,
    /// Limits that the cell arms by itself; the container's and the host's stand behind them.
    pub limits: CellLimits,
    /// The security fixes that are in force, for each protocol version that has any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fixes: BTreeMap<u32, Vec<String>>,
}

/// Who a plugin is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PluginInfo {
    /// Its name.
    pub name: String,
    /// Its version; empty when the manifest gives none.
    pub version: String,
    /// Digest of its bundle, `b3:` and 64 hex digits.
    pub digest: String,
}

/// Limits that a cell arms by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CellLimits {
    /// Bytes of engine heap.
    pub heap: u64,
    /// Bytes of engine stack.
    pub stack: u64,
    /// Milliseconds that loading may take.
    pub load_ms: u64,
    /// Requests of the cell that may be unanswered at a time; one more is a violation.
    #[serde(default)]
    pub in_flight: u32,
}

/// The cell's answer to [`Hello`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HelloReply {
    /// The chosen protocol version.
    pub protocol: u32,
    /// The engine's name and version, for reports.
    #[serde(default)]
    pub engine: String,
    /// Whether descriptors may be sent to it: otherwise large payloads stand in the line.
    #[serde(default)]
    pub attachments: bool,
    /// API modules without which it is of no use, each with the least version that does.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<String, u32>,
}

/// Loads or compiles the entry.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Load {
    /// Milliseconds until the cell gives up by itself.
    pub deadline_ms: u64,
}

/// The answer to [`Load`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadReply {
    /// Names of the exported functions; `default` is called `run`.
    pub exports: Vec<String>,
}

/// Calls an exported method.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// Its name.
    pub method: String,
    /// Its input, JSON.
    pub input: Payload,
    /// Milliseconds until the call must have ended.
    pub deadline_ms: u64,
    /// The plugin that calls; without it the host does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Set where the result is wanted in pieces: so many of them may be unanswered at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<u32>,
}

/// The answer to [`Call`].
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallReply {
    /// What the method returned, JSON.
    pub output: Payload,
}

/// Aborts a call.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Cancel {
    /// The identifier of the call's request.
    pub id: u64,
}

/// How a plugin's own code failed: `data.kind` of an error with code `Plugin`.
pub mod failure {
    /// An exception left the method; `data` has `name`, `message`, `stack`, and `code` if any.
    pub const EXCEPTION: &str = "exception";
    /// The source does not parse; `data` has `file`, `line`, `column`, `source`.
    pub const SYNTAX: &str = "syntax";
    /// A module could not be found or is blocked.
    pub const MODULE: &str = "module";
    /// No such exported method.
    pub const NO_METHOD: &str = "no-method";
    /// The result has no JSON form.
    pub const NOT_JSON: &str = "not-json";
    /// The deadline passed inside the engine.
    pub const TIMEOUT: &str = "timeout";
    /// The heap limit was reached; the cell must be discarded.
    pub const MEMORY: &str = "memory";
    /// The call was cancelled.
    pub const CANCELLED: &str = "cancelled";
    /// Of a plugin that was called by another: its input does not fit.
    pub const PARAMS: &str = "params";
    /// Of a plugin that was called by another: its result does not fit.
    pub const RESULT: &str = "result";
    /// Of a plugin that was called by another: its cell ended before it answered.
    pub const ENDED: &str = "ended";
    /// Of a plugin that was called by another: it cannot be started, or rests after failures.
    pub const NOT_STARTED: &str = "not-started";
    /// Compiled code is not for the engine that was to run it: it must be compiled again.
    pub const STALE_CODE: &str = "stale-code";
    /// The method's promise can never settle: nothing is left to run.
    pub const NEVER_SETTLES: &str = "never-settles";
}

/// Severity of a log line.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For the plugin's author.
    Debug,
    /// For who reads along.
    Info,
    /// Something odd.
    Warn,
    /// Something failed.
    Error,
}

/// A line of the plugin's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// How important.
    pub level: Level,
    /// The text; cut by the sender, dropped by the gateway when over its cap.
    pub message: String,
    /// Further facts.
    #[serde(
        default,
        deserialize_with = "crate::strict::members",
        skip_serializing_if = "Map::is_empty"
    )]
    pub fields: Map<String, Value>,
}

/// How far a call has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// The identifier of the call's request.
    pub call: u64,
    /// From 0 to 1.
    pub fraction: f64,
    /// What is being done.
    #[serde(default)]
    pub message: String,
}

/// A message of the Chrome DevTools Protocol, or a piece of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DebugMessage {
    /// Its JSON text, or the next piece of that.
    pub text: String,
    /// More of it follows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// Whether a debugger is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DebugAttached {
    /// It is.
    pub attached: bool,
    /// The URL under which it knows the plugin's folder, with a slash at the end. Empty: the same as the
    /// plugin does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub root: String,
}

/// Whether a plugin's code stands still for a debugger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DebugStopped {
    /// It does.
    pub stopped: bool,
}

/// When a plugin that is debugged stands still for the first time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Debug {
    /// Nobody may debug it.
    #[default]
    No,
    /// When the debugger says so.
    Yes,
    /// Before its first statement, for which a debugger must be there: it is waited for.
    Stop,
}

impl Debug {
    /// Whether nobody may debug it.
    #[must_use]
    pub fn is_no(&self) -> bool {
        *self == Self::No
    }
}

/// Reads a file of the plugin's own bundle.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BundleRead {
    /// Path within the bundle, such as `lib/util.js`.
    pub path: String,
}

/// A part of compiled code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CodePart {
    /// The entry's bytes, for the cell that compiles them.
    Entry,
    /// What is known of it. As the host stores it, with a seal; from the cell that compiled it, JSON.
    Facts,
    /// The machine code.
    Code,
    /// What an engine of JavaScript made of the bundle's files before it runs them.
    Script,
    /// What an engine of JavaScript made of its own runtime, without any plugin.
    Snapshot,
    /// What a plugin was when it trapped, where `hello` asks for that: a core module.
    Coredump,
}

/// Asks for the code that was compiled of the entry, or made ahead.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BundleCode {
    /// Which part.
    pub part: CodePart,
}

/// A part of compiled code, in a memory file that comes along. It may be larger than a payload.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BundleCoded {
    /// Bytes in the file.
    pub size: u64,
    /// With the facts: the digest of the entry that the code was made of, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// With the facts: what they are sealed with, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Hands over code that was compiled of the entry, piece by piece: first the facts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BundleKeep {
    /// What it is a piece of.
    pub part: CodePart,
    /// The piece.
    pub data: Payload,
}

/// Some bytes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The bytes.
    pub data: Payload,
}

/// Reads a file, or a range of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsRead {
    /// Which file.
    pub path: String,
    /// First byte.
    #[serde(default)]
    pub offset: u64,
    /// Most bytes to return; fewer come at the end of the file, and never more than the payload
    /// cap: a reader of a large file asks again.
    #[serde(default)]
    pub length: Option<u64>,
}

/// Bytes of a file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsData {
    /// The bytes.
    pub data: Payload,
    /// Size of the whole file in bytes.
    pub size: u64,
}

/// Writes a file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsWrite {
    /// Which file; created if missing, its folder must exist.
    pub path: String,
    /// The bytes.
    pub data: Payload,
    /// At the end, instead of in place of what is there.
    #[serde(default)]
    pub append: bool,
    /// Refuse if the file exists.
    #[serde(default)]
    pub exclusive: bool,
    /// Write to the host at once, past the overlay.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub through: bool,
    /// A token for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenText>,
}

/// A path.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsPath {
    /// The path.
    pub path: String,
}

/// Asks for the entries of a folder.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsList {
    /// Its path.
    pub path: String,
    /// Only those whose names come after this one: the `next` of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Removes a file or folder.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsRemove {
    /// Which.
    pub path: String,
    /// With everything below.
    #[serde(default)]
    pub recursive: bool,
}

/// Renames a file or folder.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsRename {
    /// Its path now.
    pub from: String,
    /// Its path then; an existing file there is replaced.
    pub to: String,
}

/// Makes a folder.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsMkdir {
    /// Which.
    pub path: String,
    /// Make missing parents too, and do not mind if it exists.
    #[serde(default)]
    pub recursive: bool,
}

/// Asks what stands at a path.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsLook {
    /// The path.
    pub path: String,
    /// Of a symbolic link, tell of the link itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_follow: bool,
}

/// What an open file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FsAccess {
    /// To be read.
    Read,
    /// To be written.
    Write,
    /// To be read and written.
    Both,
}

/// Opens a file, which then stays the same whatever the plugin does to its name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsOpen {
    /// Which file.
    pub path: String,
    /// What for. The grant is asked now, and not again.
    pub access: FsAccess,
    /// Make it if it is missing; its folder must exist.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create: bool,
    /// With `create`: refuse if it exists.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exclusive: bool,
    /// Empty it first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncate: bool,
    /// Refuse if it is a symbolic link.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_follow: bool,
    /// Lend it to the program, to be read: on Windows, to a native plugin, of a file on the host.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lend: bool,
}

/// An open file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsOpened {
    /// Its number, until it is closed; 0 of one that was lent, which the host has not open.
    pub file: u64,
    /// Its size in bytes.
    pub size: u64,
    /// Of one that was lent: the number of the program's own handle, with which it is read and closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<u64>,
}

/// Names an open file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsFile {
    /// Its number.
    pub file: u64,
}

/// Reads a piece of an open file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsPread {
    /// Its number.
    pub file: u64,
    /// First byte.
    pub offset: u64,
    /// Most bytes to return, as in [`FsRead`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
}

/// Writes into an open file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsPwrite {
    /// Its number.
    pub file: u64,
    /// Where; a gap before it reads as zeros. Left out: at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The bytes.
    pub data: Payload,
}

/// The size of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsSize {
    /// Bytes.
    pub size: u64,
}

/// Cuts an open file, or lets it end with zeros.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsResize {
    /// Its number.
    pub file: u64,
    /// Bytes that it has then.
    pub size: u64,
}

/// Gives a file a second name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsLink {
    /// A name that it has.
    pub from: String,
    /// The name that it gets, which must be free.
    pub to: String,
}

/// Makes a symbolic link.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsSymlink {
    /// Where, which must be free.
    pub path: String,
    /// What it leads to: relative to its folder, and within what was granted there.
    pub target: String,
}

/// What a symbolic link leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsTarget {
    /// As it was written.
    pub target: String,
}

/// Sets permissions.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsChmod {
    /// Of which file or folder.
    pub path: String,
    /// Permission bits, `0o777` at most. They are for whoever has the file once the change is applied, and
    /// bar the plugin from nothing.
    pub mode: u32,
}

/// Sets when something was last modified.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsUtimes {
    /// Which file or folder.
    pub path: String,
    /// Milliseconds since 1970-01-01 UTC.
    pub modified_ms: u64,
}

/// What kind of thing a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FsKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link, in listings.
    Symlink,
    /// A device, socket or pipe: listed, never opened.
    Special,
}

/// Facts about a file or folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsStat {
    /// What it is.
    pub kind: FsKind,
    /// Bytes.
    pub size: u64,
    /// Milliseconds since 1970-01-01 UTC.
    pub modified_ms: u64,
    /// Permission bits.
    pub mode: u32,
    /// Names that it has in the plugin's tree.
    pub links: u32,
    /// Another one for everything that can be told apart; below 2^53. It stays while nothing of it
    /// changes.
    pub id: u64,
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsEntry {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FsKind,
    /// Bytes.
    pub size: u64,
}

/// Entries of a folder, sorted by the bytes of their names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FsEntries {
    /// The entries.
    pub entries: Vec<FsEntry>,
    /// More entries exist than one listing carries.
    #[serde(default)]
    pub truncated: bool,
    /// Where to go on: [`FsList::after`] of the next request. Where there is none and yet more
    /// entries exist, the folder has more than are looked through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Asks for a variable.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvGet {
    /// Its name.
    pub name: String,
}

/// A variable's value.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvValue {
    /// `null` when granted but not set.
    pub value: Option<String>,
}

/// Names.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// The names, sorted.
    pub names: Vec<String>,
}

/// A key of the plugin's own store.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KvKey {
    /// The key.
    pub key: String,
}

/// A value of the plugin's own store.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KvValue {
    /// The value, JSON; `null` when there is none.
    pub value: Option<Payload>,
}

/// Stores a value.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KvSet {
    /// The key.
    pub key: String,
    /// The value, JSON.
    pub value: Payload,
}

/// Whether a key was there.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KvDeleted {
    /// Whether it was.
    pub deleted: bool,
}

/// Lists keys.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KvList {
    /// Only keys that begin with this.
    #[serde(default)]
    pub prefix: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_and_duplicate_members_are_refused() {
        assert!(serde_json::from_str::<FsRead>(r#"{"path":"/x"}"#).is_ok());
        assert!(serde_json::from_str::<FsRead>(r#"{"path":"/x","pat":1}"#).is_err());
        assert!(serde_json::from_str::<FsRead>(r#"{"path":"/x","path":"/y"}"#).is_err());
        assert!(serde_json::from_str::<FsRead>(r#"{"path":"/x","offset":-1}"#).is_err());
        assert!(
            serde_json::from_str::<FsWrite>(r#"{"path":"/x","data":{"text":"a"},"append":true}"#)
                .is_ok()
        );
    }
}
