//! What the runtime may ask of the host: each entry turns arguments into a request and the
//! answer into a plain value.
//!
//! JavaScript says `native.request(wait, name, …)`; names and arguments are in [`TABLE`].

use std::rc::Rc;

use aether_protocol::v1::{self, method};
use aether_protocol::{Payload, PayloadError, payload};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::channel::{Channel, ChannelError};
use crate::lines::{self, Chunk};
#[cfg(feature = "v8")]
use crate::part::Part;
use crate::value::{Arg, Args, Raise, Ret, bounded};

/// Reads the JSON text of a result; blobs are claimed from the channel.
pub(crate) type Read = Box<dyn FnOnce(&str, &mut Channel) -> Result<Ret, BadReply>>;

/// A request ready to be sent.
pub(crate) struct Outgoing {
    /// The method on the wire.
    pub(crate) method: &'static str,
    /// Its parameters.
    pub(crate) params: serde_json::Value,
    /// Payloads too large for the line.
    pub(crate) attach: Vec<Vec<u8>>,
    /// How to read the answer.
    pub(crate) read: Read,
}

/// The host's answer does not fit the request: the two sides do not speak the same protocol.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadReply {
    /// Not the promised form.
    #[error("an answer of the host cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Not the promised payload.
    #[error("a payload of the host cannot be read: {0}")]
    Payload(#[from] PayloadError),
    /// A blob without its descriptor.
    #[error(transparent)]
    Channel(#[from] ChannelError),
}

/// One thing to ask for.
pub(crate) struct Entry {
    /// Its name in the runtime.
    pub(crate) name: &'static str,
    /// Arguments and result, for people.
    #[allow(dead_code, reason = "documents the table where it stands")]
    pub(crate) form: &'static str,
    /// Makes the request.
    pub(crate) build: fn(&mut Args) -> Result<Outgoing, Raise>,
}

/// Everything that the runtime may ask for.
pub(crate) const TABLE: &[Entry] = &[
    Entry { name: "fs.read", form: "path, offset?, length? -> [bytes, size]", build: fs_read },
    Entry {
        name: "fs.readText",
        form: "path, offset, length? -> [text, bytes used, size]; stops before a cut character",
        build: fs_read_text,
    },
    Entry {
        name: "fs.readLines",
        form: "path, offset, length -> [whole lines, bytes used, size]",
        build: fs_read_lines,
    },
    Entry {
        name: "fs.write",
        form: "path, text or bytes, append, exclusive -> undefined",
        build: fs_write,
    },
    Entry { name: "fs.list", form: "path, after -> {entries, truncated, next}", build: fs_list },
    Entry {
        name: "fs.stat",
        form: "path, itself? -> {kind, size, modified_ms, mode, links, id}",
        build: fs_stat,
    },
    Entry { name: "fs.remove", form: "path, recursive -> undefined", build: fs_remove },
    Entry { name: "fs.rename", form: "from, to -> undefined", build: fs_rename },
    Entry { name: "fs.mkdir", form: "path, recursive -> undefined", build: fs_mkdir },
    Entry {
        name: "fs.open",
        form: "path, read or write or both, words of how -> [file, size]",
        build: fs_open,
    },
    Entry { name: "fs.close", form: "file -> undefined", build: fs_close },
    Entry { name: "fs.pread", form: "file, offset, length? -> [bytes, size]", build: fs_pread },
    Entry { name: "fs.pwrite", form: "file, offset?, text or bytes -> size", build: fs_pwrite },
    Entry { name: "fs.resize", form: "file, size -> undefined", build: fs_resize },
    Entry { name: "fs.fstat", form: "file -> as fs.stat", build: fs_fstat },
    Entry { name: "fs.link", form: "from, to -> undefined", build: fs_link },
    Entry { name: "fs.symlink", form: "path, target -> undefined", build: fs_symlink },
    Entry { name: "fs.readlink", form: "path -> target", build: fs_readlink },
    Entry { name: "fs.chmod", form: "path, mode -> undefined", build: fs_chmod },
    Entry { name: "fs.utimes", form: "path, milliseconds -> undefined", build: fs_utimes },
    Entry { name: "env.get", form: "name -> text or undefined", build: env_get },
    Entry { name: "env.list", form: "-> [name]", build: env_list },
    Entry { name: "kv.get", form: "key -> value or undefined", build: kv_get },
    Entry { name: "kv.set", form: "key, JSON text -> undefined", build: kv_set },
    Entry { name: "kv.delete", form: "key -> whether it was there", build: kv_delete },
    Entry { name: "kv.list", form: "prefix -> [key]", build: kv_list },
    Entry {
        name: "fs.writeThrough",
        form: "path, text or bytes, exclusive, token? -> undefined",
        build: fs_write_through,
    },
    Entry {
        name: "token.request",
        form: "{want, uses?, reason} as JSON -> {token, want, uses, expires_ms}",
        build: token_request,
    },
    Entry { name: "token.narrow", form: "token, caveats -> token", build: token_narrow },
    Entry { name: "token.drop", form: "token -> undefined", build: token_drop },
    Entry { name: "secret.get", form: "name, token? -> text", build: secret_get },
    Entry {
        name: "command.run",
        form: "name, text or bytes or nothing, token? -> [code, output as bytes, errors as text]",
        build: command_run,
    },
    Entry {
        name: "time.extend",
        form: "milliseconds, token, call? -> undefined",
        build: time_extend,
    },
    Entry { name: "memory.extend", form: "bytes, token -> undefined", build: memory_extend },
    Entry { name: "blob.create", form: "text or bytes -> name", build: blob_create },
    Entry { name: "blob.open", form: "name -> bytes", build: blob_open },
    Entry { name: "blob.send", form: "name, plugin -> undefined", build: blob_send },
    Entry { name: "blob.drop", form: "name -> undefined", build: blob_drop },
    Entry { name: "events.emit", form: "topic, JSON text -> undefined", build: events_emit },
    Entry { name: "events.on", form: "pattern -> undefined", build: events_on },
    Entry { name: "events.off", form: "pattern -> undefined", build: events_off },
    Entry { name: "call.chunk", form: "call, JSON text -> undefined", build: call_chunk },
    Entry { name: "plugins.call", form: "method, JSON text -> value", build: plugins_call },
    Entry {
        name: "http.fetch",
        form: "{method, url, headers, redirect, stream} as JSON, text or bytes or nothing, token? \
               -> [status, reason, url, redirected, headers]",
        build: http_fetch,
    },
    Entry { name: "http.read", form: "stream -> [bytes, whether it is the end]", build: http_read },
    Entry { name: "http.close", form: "stream -> undefined", build: http_close },
];

/// A file of the plugin's own bundle, asked for by the module loader.
pub(crate) fn bundle_read(path: &str) -> Result<Outgoing, Raise> {
    let path = bounded(path.to_owned(), "the path")?;
    let params = v1::BundleRead { path };
    plain(method::BUNDLE_READ, &params, |data: v1::Data, channel| {
        Ok(Ret::Bytes(bytes(data.data, channel)?))
    })
}

/// The paths of all files of the plugin's own bundle, as JSON text.
pub(crate) fn bundle_list() -> Result<Outgoing, Raise> {
    plain(method::BUNDLE_LIST, &v1::Empty {}, |data: v1::Data, channel| {
        let blob = data.data.blob_size().map(|size| channel.claim(size)).transpose()?;
        Ok(Ret::Text(data.data.into_json_text(blob)?))
    })
}

/// The snapshot that was made ahead, unread.
#[cfg(feature = "v8")]
pub(crate) fn bundle_snapshot() -> Result<Outgoing, Raise> {
    let asked = v1::BundleCode { part: v1::CodePart::Snapshot };
    plain(method::BUNDLE_CODE, &asked, |told: v1::BundleCoded, channel| {
        Ok(Ret::File(Rc::new(channel.claim_unread(told.size)?)))
    })
}

/// What was compiled ahead of a plugin's files.
#[cfg(feature = "v8")]
pub(crate) fn bundle_scripts() -> Result<Outgoing, Raise> {
    let asked = v1::BundleCode { part: v1::CodePart::Script };
    plain(method::BUNDLE_CODE, &asked, |told: v1::BundleCoded, channel| {
        let bytes = Part::claim(channel, told.size)?.into_bytes();
        Ok(Ret::Bytes(bytes.map_err(|_| ChannelError::Descriptors)?))
    })
}

/// A piece of what is made ahead.
#[cfg(feature = "v8")]
pub(crate) fn bundle_keep(part: v1::CodePart, piece: &[u8]) -> Result<Outgoing, Raise> {
    let (data, attach) = split(Payload::bytes(piece.to_vec()))?;
    let out = nothing(method::BUNDLE_KEEP, &v1::BundleKeep { part, data })?;
    Ok(Outgoing { attach, ..out })
}

fn fs_read(args: &mut Args) -> Result<Outgoing, Raise> {
    let (params, _) = range(args)?;
    plain(method::FS_READ, &params, |answer: v1::FsData, channel| {
        let data = bytes(answer.data, channel)?;
        Ok(Ret::List(vec![Ret::Bytes(data), Ret::Number(answer.size as f64)]))
    })
}

fn fs_read_text(args: &mut Args) -> Result<Outgoing, Raise> {
    let (params, offset) = range(args)?;
    plain(method::FS_READ, &params, move |answer: v1::FsData, channel| {
        let data = bytes(answer.data, channel)?;
        let chunk = Chunk { at_end: at_end(offset, &data, answer.size), bytes: &data };
        let (text, used) = lines::text(chunk);
        Ok(Ret::List(vec![
            Ret::Text(text),
            Ret::Number(used as f64),
            Ret::Number(answer.size as f64),
        ]))
    })
}

fn fs_read_lines(args: &mut Args) -> Result<Outgoing, Raise> {
    let (params, offset) = range(args)?;
    plain(method::FS_READ, &params, move |answer: v1::FsData, channel| {
        let data = bytes(answer.data, channel)?;
        let chunk = Chunk { at_end: at_end(offset, &data, answer.size), bytes: &data };
        let (found, used) = lines::split(chunk);
        Ok(Ret::List(vec![
            Ret::List(found.into_iter().map(Ret::Text).collect()),
            Ret::Number(used as f64),
            Ret::Number(answer.size as f64),
        ]))
    })
}

/// An empty answer is an end too: the file may have shrunk meanwhile.
fn at_end(offset: u64, data: &[u8], size: u64) -> bool {
    data.is_empty() || offset.saturating_add(data.len() as u64) >= size
}

fn fs_write(args: &mut Args) -> Result<Outgoing, Raise> {
    let path = args.name("the path")?;
    let data = match args.take() {
        Arg::Text(text) => Payload::text(text),
        Arg::Bytes(bytes) => Payload::bytes(bytes),
        _ => return Err(Raise::wrong("the content must be a string or a Uint8Array")),
    };
    let (payload, attach) = split(data)?;
    let params = v1::FsWrite {
        path,
        data: payload,
        append: args.flag("append")?,
        exclusive: args.flag("exclusive")?,
        through: false,
        token: None,
    };
    let out = nothing(method::FS_WRITE, &params)?;
    Ok(Outgoing { attach, ..out })
}

fn fs_write_through(args: &mut Args) -> Result<Outgoing, Raise> {
    let path = args.name("the path")?;
    let content = content(args)?.ok_or_else(|| Raise::wrong("there is no content"))?;
    let (data, attach) = split(content)?;
    let (exclusive, token) = (args.flag("exclusive")?, token(args)?);
    let params = v1::FsWrite { path, data, append: false, exclusive, through: true, token };
    let out = nothing(method::FS_WRITE, &params)?;
    Ok(Outgoing { attach, ..out })
}

/// A text, bytes, or nothing.
#[allow(clippy::type_complexity, reason = "it is what the protocol makes of them")]
fn content(args: &mut Args) -> Result<Option<Result<payload::Outgoing, PayloadError>>, Raise> {
    match args.take() {
        Arg::Nothing => Ok(None),
        Arg::Text(text) => Ok(Some(Payload::text(text))),
        Arg::Bytes(bytes) => Ok(Some(Payload::bytes(bytes))),
        _ => Err(Raise::wrong("the content must be a string or a Uint8Array")),
    }
}

/// Content that need not be there.
fn maybe_split(args: &mut Args) -> Result<(Option<Payload>, Vec<Vec<u8>>), Raise> {
    match content(args)? {
        Some(made) => split(made).map(|(payload, attach)| (Some(payload), attach)),
        None => Ok((None, Vec::new())),
    }
}

fn token(args: &mut Args) -> Result<Option<v1::TokenText>, Raise> {
    Ok(args.maybe_name("the token")?.map(v1::TokenText))
}

/// Parameters that come as JSON text of the runtime's own making.
fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Raise> {
    serde_json::from_str(text).map_err(|error| Raise::wrong(error.to_string()))
}

fn token_request(args: &mut Args) -> Result<Outgoing, Raise> {
    let text = bounded(args.text("the request")?, "the request")?;
    json::<v1::TokenReply>(method::TOKEN_REQUEST, &from_json::<v1::TokenRequest>(&text)?)
}

fn token_drop(args: &mut Args) -> Result<Outgoing, Raise> {
    let token = v1::TokenText(args.name("the token")?);
    nothing(method::TOKEN_DROP, &v1::TokenDrop { token })
}

fn token_narrow(args: &mut Args) -> Result<Outgoing, Raise> {
    let token = v1::TokenText(args.name("the token")?);
    let text = bounded(args.text("the caveats")?, "the caveats")?;
    let params = v1::TokenNarrow { token, caveats: from_json(&text)? };
    plain(method::TOKEN_NARROW, &params, |answer: v1::TokenNarrowed, _| {
        Ok(Ret::Text(answer.token.0))
    })
}

fn secret_get(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::SecretGet { name: args.name("the name")?, token: token(args)? };
    plain(method::SECRET_GET, &params, |answer: v1::SecretValue, _| Ok(Ret::Text(answer.value)))
}

fn command_run(args: &mut Args) -> Result<Outgoing, Raise> {
    let name = args.name("the name")?;
    let (input, attach) = maybe_split(args)?;
    let params = v1::CommandRun { name, input, token: token(args)? };
    let out = plain(method::COMMAND_RUN, &params, |done: v1::CommandDone, channel| {
        let output = Ret::Bytes(bytes(done.output, channel)?);
        let errors = bytes(done.errors, channel)?;
        let errors = Ret::Text(String::from_utf8_lossy(&errors).into_owned());
        Ok(Ret::List(vec![Ret::Number(f64::from(done.code)), output, errors]))
    })?;
    Ok(Outgoing { attach, ..out })
}

fn time_extend(args: &mut Args) -> Result<Outgoing, Raise> {
    let ms = args.count("the time")?;
    let token = token(args)?;
    let call = args.maybe_count("the call")?;
    nothing(method::TIME_EXTEND, &v1::TimeExtend { call, ms, token })
}

fn memory_extend(args: &mut Args) -> Result<Outgoing, Raise> {
    let bytes = args.count("the memory")?;
    let params = v1::MemoryExtend { bytes, token: token(args)? };
    // The engine was told before, by a message of its own.
    plain(method::MEMORY_EXTEND, &params, |_: v1::MemoryNow, _| Ok(Ret::Nothing))
}

fn call_chunk(args: &mut Args) -> Result<Outgoing, Raise> {
    let call = args.count("the call")?;
    let data = crate::json::well_formed(args.text("the piece")?);
    crate::json::check(&data).map_err(|why| Raise::wrong(format!("the piece is {why}")))?;
    let (data, attach) = split(Payload::json(data))?;
    let out = nothing(method::CALL_CHUNK, &v1::Chunk { call, data })?;
    Ok(Outgoing { attach, ..out })
}

fn plugins_call(args: &mut Args) -> Result<Outgoing, Raise> {
    let name = args.name("the method")?;
    let input = crate::json::well_formed(args.text("the input")?);
    crate::json::check(&input).map_err(|why| Raise::wrong(format!("the input is {why}")))?;
    let (input, attach) = split(Payload::json(input))?;
    let params = v1::PluginsCall { method: name, input };
    let out = plain(method::PLUGINS_CALL, &params, |answer: v1::CallReply, channel| {
        let blob = answer.output.blob_size().map(|size| channel.claim(size)).transpose()?;
        Ok(Ret::Json(answer.output.into_json_text(blob)?))
    })?;
    Ok(Outgoing { attach, ..out })
}

fn blob_create(args: &mut Args) -> Result<Outgoing, Raise> {
    let content = content(args)?.ok_or_else(|| Raise::wrong("there is no content"))?;
    let (data, attach) = split(content)?;
    let params = v1::BlobCreate { data };
    let out =
        plain(method::BLOB_CREATE, &params, |made: v1::BlobMade, _| Ok(Ret::Text(made.blob)))?;
    Ok(Outgoing { attach, ..out })
}

fn blob_open(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::BlobName { blob: args.name("the blob")? };
    plain(method::BLOB_OPEN, &params, |answer: v1::Data, channel| match answer.data.blob_size() {
        Some(size) => Ok(Ret::File(Rc::new(channel.claim_unread(size)?))),
        None => Ok(Ret::Bytes(answer.data.into_bytes(None)?)),
    })
}

fn blob_send(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::BlobSend { blob: args.name("the blob")?, to: args.name("the plugin")? };
    nothing(method::BLOB_SEND, &params)
}

fn blob_drop(args: &mut Args) -> Result<Outgoing, Raise> {
    nothing(method::BLOB_DROP, &v1::BlobName { blob: args.name("the blob")? })
}

fn events_emit(args: &mut Args) -> Result<Outgoing, Raise> {
    let topic = args.name("the topic")?;
    let data = crate::json::well_formed(args.text("the data")?);
    crate::json::check(&data).map_err(|why| Raise::wrong(format!("the data is {why}")))?;
    let (data, attach) = split(Payload::json(data))?;
    let out = nothing(method::EVENTS_EMIT, &v1::EventsEmit { topic, data })?;
    Ok(Outgoing { attach, ..out })
}

fn events_on(args: &mut Args) -> Result<Outgoing, Raise> {
    nothing(method::EVENTS_ON, &v1::EventsOn { topic: args.name("the topic")? })
}

fn events_off(args: &mut Args) -> Result<Outgoing, Raise> {
    nothing(method::EVENTS_OFF, &v1::EventsOn { topic: args.name("the topic")? })
}

fn http_fetch(args: &mut Args) -> Result<Outgoing, Raise> {
    let mut params: v1::HttpFetch = from_json(&args.text("the request")?)?;
    let (body, attach) = maybe_split(args)?;
    params.body = body;
    params.token = token(args)?;
    let out = plain(method::HTTP_FETCH, &params, |answer: v1::HttpReply, _| {
        let headers = Ret::Json(serde_json::to_string(&answer.headers)?);
        let status = Ret::Number(f64::from(answer.status));
        let (reason, url) = (Ret::Text(answer.reason), Ret::Text(answer.url));
        Ok(Ret::List(vec![status, reason, url, Ret::Bool(answer.redirected), headers]))
    })?;
    Ok(Outgoing { attach, ..out })
}

fn http_read(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::HttpRead { stream: args.count("the stream")? };
    plain(method::HTTP_READ, &params, |answer: v1::HttpData, channel| {
        Ok(Ret::List(vec![Ret::Bytes(bytes(answer.data, channel)?), Ret::Bool(answer.end)]))
    })
}

fn http_close(args: &mut Args) -> Result<Outgoing, Raise> {
    nothing(method::HTTP_CLOSE, &v1::HttpClose { stream: args.count("the stream")? })
}

fn fs_list(args: &mut Args) -> Result<Outgoing, Raise> {
    let params =
        v1::FsList { path: args.name("the path")?, after: args.maybe_name("the name before")? };
    json::<v1::FsEntries>(method::FS_LIST, &params)
}

fn fs_stat(args: &mut Args) -> Result<Outgoing, Raise> {
    let (path, no_follow) = (args.name("the path")?, args.flag("whether the link is meant")?);
    json::<v1::FsStat>(method::FS_STAT, &v1::FsLook { path, no_follow })
}

fn fs_open(args: &mut Args) -> Result<Outgoing, Raise> {
    let path = args.name("the path")?;
    let access = match &*args.name("the access")? {
        "read" => v1::FsAccess::Read,
        "write" => v1::FsAccess::Write,
        "both" => v1::FsAccess::Both,
        _ => return Err(Raise::wrong("the access must be read, write or both")),
    };
    let how = args.maybe_name("how to open")?.unwrap_or_default();
    let has = |word: &str| how.split(' ').any(|one| one == word);
    let params = v1::FsOpen {
        path,
        access,
        create: has("create"),
        exclusive: has("exclusive"),
        truncate: has("truncate"),
        no_follow: has("no-follow"),
        lend: false,
    };
    plain(method::FS_OPEN, &params, |answer: v1::FsOpened, _| {
        Ok(Ret::List(vec![Ret::Number(answer.file as f64), Ret::Number(answer.size as f64)]))
    })
}

fn file(args: &mut Args) -> Result<u64, Raise> {
    args.count("the file")
}

fn fs_close(args: &mut Args) -> Result<Outgoing, Raise> {
    nothing(method::FS_CLOSE, &v1::FsFile { file: file(args)? })
}

fn fs_pread(args: &mut Args) -> Result<Outgoing, Raise> {
    let (file, offset) = (file(args)?, args.count("the offset")?);
    let params = v1::FsPread { file, offset, length: args.maybe_count("the length")? };
    plain(method::FS_PREAD, &params, |answer: v1::FsData, channel| {
        let size = Ret::Number(answer.size as f64);
        Ok(Ret::List(vec![Ret::Bytes(bytes(answer.data, channel)?), size]))
    })
}

fn fs_pwrite(args: &mut Args) -> Result<Outgoing, Raise> {
    let (file, offset) = (file(args)?, args.maybe_count("the offset")?);
    let content = content(args)?.ok_or_else(|| Raise::wrong("there is no content"))?;
    let (data, attach) = split(content)?;
    let params = v1::FsPwrite { file, offset, data };
    let out = plain(method::FS_PWRITE, &params, |answer: v1::FsSize, _| {
        Ok(Ret::Number(answer.size as f64))
    })?;
    Ok(Outgoing { attach, ..out })
}

fn fs_resize(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::FsResize { file: file(args)?, size: args.count("the size")? };
    nothing(method::FS_RESIZE, &params)
}

fn fs_fstat(args: &mut Args) -> Result<Outgoing, Raise> {
    json::<v1::FsStat>(method::FS_FSTAT, &v1::FsFile { file: file(args)? })
}

fn fs_link(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::FsLink { from: args.name("the path")?, to: args.name("the new path")? };
    nothing(method::FS_LINK, &params)
}

fn fs_symlink(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::FsSymlink { path: args.name("the path")?, target: args.name("the target")? };
    nothing(method::FS_SYMLINK, &params)
}

fn fs_readlink(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::FsPath { path: args.name("the path")? };
    plain(method::FS_READLINK, &params, |answer: v1::FsTarget, _| Ok(Ret::Text(answer.target)))
}

fn fs_chmod(args: &mut Args) -> Result<Outgoing, Raise> {
    let (path, mode) = (args.name("the path")?, args.count("the mode")?);
    let mode = u32::try_from(mode).map_err(|_| Raise::wrong("the mode is too large"))?;
    nothing(method::FS_CHMOD, &v1::FsChmod { path, mode })
}

fn fs_utimes(args: &mut Args) -> Result<Outgoing, Raise> {
    let (path, modified_ms) = (args.name("the path")?, args.count("the time")?);
    nothing(method::FS_UTIMES, &v1::FsUtimes { path, modified_ms })
}

fn fs_remove(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::FsRemove { path: args.name("the path")?, recursive: args.flag("recursive")? };
    nothing(method::FS_REMOVE, &params)
}

fn fs_rename(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::FsRename { from: args.name("the path")?, to: args.name("the new path")? };
    nothing(method::FS_RENAME, &params)
}

fn fs_mkdir(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::FsMkdir { path: args.name("the path")?, recursive: args.flag("recursive")? };
    nothing(method::FS_MKDIR, &params)
}

fn env_get(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::EnvGet { name: args.name("the name")? };
    plain(method::ENV_GET, &params, |answer: v1::EnvValue, _| {
        Ok(answer.value.map_or(Ret::Nothing, Ret::Text))
    })
}

fn env_list(_: &mut Args) -> Result<Outgoing, Raise> {
    plain(method::ENV_LIST, &v1::Empty {}, names)
}

fn kv_get(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::KvKey { key: args.name("the key")? };
    plain(method::KV_GET, &params, |answer: v1::KvValue, channel| {
        let Some(value) = answer.value else { return Ok(Ret::Nothing) };
        let blob = value.blob_size().map(|size| channel.claim(size)).transpose()?;
        Ok(Ret::Json(value.into_json_text(blob)?))
    })
}

fn kv_set(args: &mut Args) -> Result<Outgoing, Raise> {
    let key = args.name("the key")?;
    let value = crate::json::well_formed(args.text("the value")?);
    crate::json::check(&value).map_err(|why| Raise::wrong(format!("the value is {why}")))?;
    let (value, attach) = split(Payload::json(value))?;
    let out = nothing(method::KV_SET, &v1::KvSet { key, value })?;
    Ok(Outgoing { attach, ..out })
}

fn kv_delete(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::KvKey { key: args.name("the key")? };
    plain(method::KV_DELETE, &params, |answer: v1::KvDeleted, _| Ok(Ret::Bool(answer.deleted)))
}

fn kv_list(args: &mut Args) -> Result<Outgoing, Raise> {
    let params = v1::KvList { prefix: args.maybe_name("the prefix")?.unwrap_or_default() };
    plain(method::KV_LIST, &params, names)
}

fn names(answer: v1::Names, _: &mut Channel) -> Result<Ret, BadReply> {
    Ok(Ret::List(answer.names.into_iter().map(Ret::Text).collect()))
}

fn range(args: &mut Args) -> Result<(v1::FsRead, u64), Raise> {
    let path = args.name("the path")?;
    let offset = args.maybe_count("the offset")?.unwrap_or(0);
    Ok((v1::FsRead { path, offset, length: args.maybe_count("the length")? }, offset))
}

/// A request whose answer is handed on as it is, once it has been read as a `T`.
fn json<T: DeserializeOwned + Serialize + 'static>(
    method: &'static str,
    params: &impl Serialize,
) -> Result<Outgoing, Raise> {
    plain(method, params, |answer: T, _| Ok(Ret::Json(serde_json::to_string(&answer)?)))
}

/// A request whose answer says nothing.
fn nothing(method: &'static str, params: &impl Serialize) -> Result<Outgoing, Raise> {
    plain(method, params, |_: v1::Empty, _| Ok(Ret::Nothing))
}

fn plain<T: DeserializeOwned + 'static>(
    method: &'static str,
    params: &impl Serialize,
    read: impl FnOnce(T, &mut Channel) -> Result<Ret, BadReply> + 'static,
) -> Result<Outgoing, Raise> {
    let params = serde_json::to_value(params).map_err(|error| Raise::wrong(error.to_string()))?;
    let read: Read = Box::new(move |text, channel| read(serde_json::from_str(text)?, channel));
    Ok(Outgoing { method, params, attach: Vec::new(), read })
}

fn split(made: Result<payload::Outgoing, PayloadError>) -> Result<(Payload, Vec<Vec<u8>>), Raise> {
    let made = made.map_err(|error| Raise::wrong(error.to_string()))?;
    Ok((made.payload, made.attach.into_iter().collect()))
}

fn bytes(payload: Payload, channel: &mut Channel) -> Result<Vec<u8>, BadReply> {
    let blob = payload.blob_size().map(|size| channel.claim(size)).transpose()?;
    Ok(payload.into_bytes(blob)?)
}
