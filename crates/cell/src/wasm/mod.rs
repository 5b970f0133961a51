//! A cell with a WebAssembly plugin: one call at a time, each run to its end.
//!
//! It compiles, or it runs; never both. Code that it runs was compiled by another cell, sealed by
//! the host, and is mapped before any of it runs: from then on nothing here becomes executable.

mod gate;
mod ground;

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aether_protocol::v1::{self, CodePart, Hello, method};
use aether_protocol::{Code as RpcCode, Payload, RpcError, payload};
use aether_wasm::EntryError;
use aether_wasm::entry::{EntryKey, facts};
use aether_wasm::{
    Call, Compiler, Failure, Folder, Input, Limits, News, Plugin, Program, Reuse, Settings,
    Surroundings, compile,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::{Ask, Client, Gone, Incoming, Unsent, Waited};
use crate::exit;
use crate::part::Part;
use crate::requests::{BadReply, Outgoing};
use crate::value::Ret;
use gate::Door;
pub(crate) use ground::Ground;
pub use ground::{Engines, Machine, Uses};

/// The engine's name, for reports.
pub(crate) const NAME: &str = "wasmtime 48";

/// Bytes of compiled code that are handed over at a time.
const PIECE: usize = 8 << 20;

/// A plugin in its cell.
struct Life {
    client: Rc<RefCell<Client>>,
    hello: Hello,
    ground: Ground,
    plugin: Option<Plugin<Door>>,
    done: bool,
    /// A coredump was handed over.
    dumped: bool,
}

/// Serves the host until it hangs up or asks for the end.
pub(crate) fn live(client: Client, hello: Hello, ground: Ground) -> Result<u8, Gone> {
    let client = Rc::new(RefCell::new(client));
    let mut life = Life { client, hello, ground, plugin: None, done: false, dumped: false };
    loop {
        let incoming = life.client.borrow_mut().next(None)?;
        match incoming {
            Some(Incoming::Ask { id, ask }) => life.serve(id, ask)?,
            Some(Incoming::Memory(bytes)) => {
                if let Some(plugin) = &mut life.plugin {
                    plugin.set_memory(bytes);
                }
            }
            Some(Incoming::Shutdown) => return Ok(exit::DONE),
            // Of calls that are over.
            Some(
                Incoming::Cancel(_)
                | Incoming::Extend(_)
                | Incoming::Answer { .. }
                | Incoming::Attached(_)
                | Incoming::Debug(_),
            )
            | None => {}
        }
    }
}

impl Life {
    fn serve(&mut self, id: u64, ask: Ask) -> Result<(), Gone> {
        match ask {
            Ask::Hello(_) => self.refuse(id, "`hello` was said already"),
            Ask::Load(_) | Ask::Compile(_) if self.done => {
                self.refuse(id, "the entry is loaded already")
            }
            Ask::Compile(load) => {
                self.done = true;
                let compiled = self.compile(until(load.deadline_ms));
                self.tell(id, compiled.map(|()| v1::Empty {}))
            }
            Ask::Load(load) => {
                self.done = true;
                let until = until(load.deadline_ms.min(self.hello.limits.load_ms));
                let exports = self.load(id, until);
                self.tell(id, exports.map(|exports| v1::LoadReply { exports }))
            }
            Ask::Call { method, input, deadline_ms, caller, credits } => {
                let call = Call {
                    id,
                    method: &method,
                    input: Input::Json(&input),
                    until: until(deadline_ms),
                    caller: caller.as_deref(),
                    wants_pieces: credits.is_some(),
                };
                self.call(&call)
            }
            Ask::Event(news) => {
                let told = News {
                    id,
                    topic: &news.topic,
                    from: &news.from,
                    data: &news.data,
                    dropped: news.dropped,
                    until: until(news.deadline_ms),
                };
                self.hear(&told)
            }
        }
    }

    fn call(&mut self, call: &Call<'_>) -> Result<(), Gone> {
        match self.run(call.id, call.until, |plugin| plugin.call(call)) {
            Ok(Ok(output)) => match Payload::json(output.into_json()) {
                Ok(output) => self.client.borrow_mut().respond_output(call.id, output),
                Err(error) => {
                    self.fail(call.id, &RpcError::new(RpcCode::Plugin, error.to_string()))
                }
            },
            Ok(Err(failure)) => self.tell_failure(call, failure),
            Err(error) => self.fail(call.id, &error),
        }
    }

    /// Has the plugin do something for a request of the host, while the clock that stops it runs. An
    /// error if it was not begun.
    fn run<T>(
        &mut self,
        id: u64,
        until: Instant,
        act: impl FnOnce(&mut Plugin<Door>) -> T,
    ) -> Result<T, RpcError> {
        let Some(plugin) = &mut self.plugin else {
            return Err(RpcError::new(RpcCode::InvalidRequest, "`load` comes first"));
        };
        if let Some(gate) = plugin.gate() {
            gate.enter(id, until);
        }
        let runs = self.ground.run().map_err(|error| unstoppable(&error))?;
        let done = act(plugin);
        drop(runs);
        self.ground.uses(plugin.memory());
        Ok(done)
    }

    /// Answers with a failure; before, hands over what the plugin was, if that is wanted and the first.
    fn tell_failure(&mut self, call: &Call<'_>, mut failure: Failure) -> Result<(), Gone> {
        let dump = failure.coredump.take().filter(|_| !std::mem::replace(&mut self.dumped, true));
        for piece in dump.iter().flat_map(|dump| dump.chunks(PIECE)) {
            let kept = match Payload::bytes(piece.to_vec()) {
                Ok(piece) => self.keep(CodePart::Coredump, piece, call.until),
                Err(error) => Err(broken(&error)),
            };
            match kept {
                Ok(()) => {}
                Err(End::Gone(gone)) => return Err(gone),
                // Whoever called is answered all the same.
                Err(End::Failed(_)) => break,
            }
        }
        self.fail(call.id, &failure.into_error())
    }

    fn hear(&mut self, news: &News<'_>) -> Result<(), Gone> {
        match self.run(news.id, news.until, |plugin| plugin.hear(news)) {
            Ok(Ok(())) => self.answer(news.id, &v1::Empty {}),
            Ok(Err(failure)) => self.fail(news.id, &failure.into_error()),
            Err(error) => self.fail(news.id, &error),
        }
    }

    /// Reads the entry, compiles it, and hands over what came of it.
    fn compile(&mut self, until: Instant) -> Result<(), End> {
        let (entry, _) = self.part(CodePart::Entry, until)?;
        let wasm = entry.into_bytes().map_err(|error| broken(&error))?;
        let settings = self.settings(wasm.len() as u64);
        let compiler = Compiler::new(&settings).map_err(|error| broken(&error))?;
        // How much memory the plugin may have is seen when it is begun: here the limit is the compiler's.
        let compiled = compile(&compiler, &wasm, u64::MAX).map_err(|error| refused(&error))?;
        let facts = compiled.told().map_err(|error| broken(&error))?;
        let facts = Payload::text(facts).map_err(|error| broken(&error))?;
        self.keep(CodePart::Facts, facts, until)?;
        for piece in compiled.code.chunks(PIECE) {
            let piece = Payload::bytes(piece.to_vec()).map_err(|error| broken(&error))?;
            self.keep(CodePart::Code, piece, until)?;
        }
        Ok(())
    }

    fn keep(
        &mut self,
        part: CodePart,
        piece: payload::Outgoing,
        until: Instant,
    ) -> Result<(), End> {
        let params = v1::BundleKeep { part, data: piece.payload };
        let attach = piece.attach.into_iter().collect();
        let request = request(method::BUNDLE_KEEP, &params, attach, |_: v1::Empty, _| Ok(()))?;
        self.ask(request, until)
    }

    /// Maps the code that was compiled of the entry, and begins the plugin.
    fn load(&mut self, id: u64, until: Instant) -> Result<Vec<String>, End> {
        let (header, told) = self.part(CodePart::Facts, until)?;
        let header = header.into_bytes().map_err(|error| broken(&error))?;
        let key = told.key.as_deref().and_then(digits);
        let key = EntryKey::new(key.ok_or_else(|| failed("the host's key is none"))?);
        let wasm = told.entry.as_deref().and_then(digits);
        let wasm = wasm.ok_or_else(|| failed("the host's digest is none"))?;
        let facts = facts(&header, &key).map_err(|error| unloaded(&error))?;
        let settings = self.settings(facts.size.bytes);
        let (code, _) = self.part(CodePart::Code, until)?;
        let stateless = self.hello.stateless;
        let code = code.into_code();
        let load = |slots| -> Result<_, End> {
            let engine = self.ground.engine(&settings, slots).map_err(|error| broken(&error))?;
            Ok((Program::load(&engine, &header, &code, &wasm, &key), engine))
        };
        let (program, engine) = match load(stateless)? {
            // It is more than a slot is for: its instances are made one by one.
            (Err(EntryError::Engine(_)), _) if stateless => load(false)?,
            loaded => loaded,
        };
        let program = program.map_err(|error| unloaded(&error))?;
        self.ground.settle(&engine).map_err(|error| broken(&error))?;
        let mut gate = Door::new(Rc::clone(&self.client));
        gate.enter(id, until);
        let runs = self.ground.run().map_err(|error| End::Failed(unstoppable(&error)))?;
        let around = Arc::new(surroundings(&self.hello));
        let reuse = if stateless { Reuse::Fresh } else { Reuse::Kept };
        let begun = Plugin::start(&program, gate, around, reuse, until);
        drop(runs);
        let plugin = begun.map_err(|lost| End::Failed(lost.failure.into_error()))?;
        self.ground.uses(plugin.memory());
        let exports = plugin.methods();
        self.plugin = Some(plugin);
        Ok(exports)
    }

    /// What compiles a plugin of so many bytes and what runs it agree on. No slots: for those the engine
    /// asks the system what a cell may not ask.
    fn settings(&self, bytes: u64) -> Settings {
        Settings {
            images: self.hello.stateless && bytes <= IMAGED_BYTES,
            coredump: self.hello.coredump,
            lines: !self.hello.in_host,
            ..Settings::default()
        }
    }

    /// A part of compiled code, and what is said with it.
    fn part(&mut self, part: CodePart, until: Instant) -> Result<(Part, v1::BundleCoded), End> {
        let params = v1::BundleCode { part };
        let read = |told: v1::BundleCoded, channel: &mut crate::channel::Channel| {
            Ok((Part::claim(channel, told.size)?, told))
        };
        self.ask(request(method::BUNDLE_CODE, &params, Vec::new(), read)?, until)
    }

    fn ask<T>(&mut self, (request, told): Request<T>, until: Instant) -> Result<T, End> {
        let id = self.client.borrow_mut().request(request)?;
        loop {
            match self.client.borrow_mut().wait_for(id, until)? {
                Waited::Answer(Ok(_)) => {
                    return told
                        .take()
                        .ok_or_else(|| failed("the answer was read and is not there"));
                }
                Waited::Answer(Err(error)) => return Err(End::Failed(error)),
                Waited::Looked => {}
                Waited::Passed => return Err(failed("the host did not answer in time")),
            }
        }
    }

    fn tell(&self, id: u64, done: Result<impl Serialize, End>) -> Result<(), Gone> {
        match done {
            Ok(result) => self.answer(id, &result),
            Err(End::Failed(error)) => self.fail(id, &error),
            Err(End::Gone(gone)) => Err(gone),
        }
    }

    fn answer(&self, id: u64, result: &impl Serialize) -> Result<(), Gone> {
        let sent = self.client.borrow_mut().respond(id, result);
        match sent {
            Ok(()) => Ok(()),
            Err(Unsent::Gone(gone)) => Err(gone),
            Err(unsent @ Unsent::TooLong(_)) => {
                self.fail(id, &RpcError::new(RpcCode::Plugin, unsent.to_string()))
            }
        }
    }

    fn fail(&self, id: u64, error: &RpcError) -> Result<(), Gone> {
        self.client.borrow_mut().fail(id, error)
    }

    fn refuse(&self, id: u64, message: &str) -> Result<(), Gone> {
        self.fail(id, &RpcError::new(RpcCode::InvalidRequest, message))
    }
}

/// Why something was not done.
enum End {
    /// The host is told.
    Failed(RpcError),
    Gone(Gone),
}

impl From<Gone> for End {
    fn from(gone: Gone) -> Self {
        Self::Gone(gone)
    }
}

impl From<Unsent> for End {
    fn from(unsent: Unsent) -> Self {
        match unsent {
            Unsent::Gone(gone) => Self::Gone(gone),
            Unsent::TooLong(_) => failed(&unsent.to_string()),
        }
    }
}

/// A request, and where what its answer says will be.
type Request<T> = (Outgoing, Rc<RefCell<Option<T>>>);

fn request<T: 'static, A: DeserializeOwned + 'static>(
    method: &'static str,
    params: &impl Serialize,
    attach: Vec<Vec<u8>>,
    read: impl FnOnce(A, &mut crate::channel::Channel) -> Result<T, BadReply> + 'static,
) -> Result<Request<T>, End> {
    let params: Value = serde_json::to_value(params).map_err(|error| broken(&error))?;
    let told = Rc::new(RefCell::new(None));
    let into = Rc::clone(&told);
    let read = move |text: &str, channel: &mut crate::channel::Channel| {
        *into.borrow_mut() = Some(read(serde_json::from_str(text)?, channel)?);
        Ok(Ret::Nothing)
    };
    Ok((Outgoing { method, params, attach, read: Box::new(read) }, told))
}

/// Instances, memories and tables that a plugin may have in its host's own process.
const IN_HOST: usize = 64;

/// Bytes of a plugin of which images are kept: what it fills memories with has no more, and an image
/// at most twice that. A cell's files are limited.
const IMAGED_BYTES: u64 = 8 << 20;

fn surroundings(hello: &Hello) -> Surroundings {
    let limits = match hello.in_host {
        // Each memory reserves address space of a process that others need too.
        true => Limits { instances: IN_HOST, ..Limits::default() },
        false => Limits::default(),
    };
    let folder = |name: &str, path: &str| Folder { name: name.to_owned(), path: path.to_owned() };
    Surroundings {
        name: hello.plugin.name.clone(),
        version: hello.plugin.version.clone(),
        // What lies elsewhere is reached by its whole path, as far as the grant goes.
        folders: vec![folder(".", &hello.cwd), folder(&hello.cwd, &hello.cwd), folder("/", "/")],
        cwd: hello.cwd.clone(),
        arguments: Vec::new(),
        limits: Limits { memory: hello.limits.heap, ..limits },
    }
}

fn digits(hex: &str) -> Option<[u8; 32]> {
    let hex = hex.as_bytes();
    let mut digits = [0; 32];
    if hex.len() != 2 * digits.len() {
        return None;
    }
    for (byte, pair) in digits.iter_mut().zip(hex.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digits)
}

fn until(ms: u64) -> Instant {
    const LONGEST_MS: u64 = 86_400_000;
    Instant::now() + Duration::from_millis(ms.min(LONGEST_MS))
}

fn failed(message: &str) -> End {
    End::Failed(RpcError::new(RpcCode::Internal, message))
}

fn broken(error: &impl std::fmt::Display) -> End {
    failed(&error.to_string())
}

/// Code that nothing would stop is not begun.
fn unstoppable(error: &io::Error) -> RpcError {
    RpcError::new(RpcCode::Internal, format!("there is no clock to stop it by: {error}"))
}

/// Where the code is not for this engine, or is none, another one may be.
fn unloaded(error: &EntryError) -> End {
    match error {
        EntryError::Engine(_) | EntryError::Unreadable(_) => broken(error),
        stale => {
            let error = RpcError::new(RpcCode::Plugin, stale.to_string());
            End::Failed(error.with("kind", v1::failure::STALE_CODE))
        }
    }
}

/// The plugin cannot be compiled: as an error in its source is told.
fn refused(error: &aether_wasm::CompileError) -> End {
    let error = RpcError::new(RpcCode::Plugin, error.to_string());
    End::Failed(error.with("kind", v1::failure::SYNTAX))
}
