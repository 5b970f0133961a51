//! What a JavaScript engine must offer. One engine is one folder beside this file; everything
//! else of this crate is the same for all of them.

pub(crate) mod quickjs;
pub(crate) mod sources;
#[cfg(feature = "v8")]
pub(crate) mod v8;

use std::rc::Rc;

use aether_protocol::RpcError;
use aether_protocol::v1::DebugAttached;

use crate::client::News;
use crate::host::Host;
use crate::value::Ret;
use crate::wasm::Machine;

/// The engine cannot go on; the process ends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fatal {
    /// The heap limit was reached: the engine's state cannot be trusted any more.
    #[error("the heap limit was reached")]
    Memory,
    /// The runtime itself failed; a bug.
    #[error("the runtime failed: {0}")]
    Broken(String),
}

/// Functions that `runtime/start.js` returns for the engine to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hook {
    /// `()`: there is a plugin, and its host can be asked about it.
    Begin,
    /// `(id, url)`: load the entry.
    Load,
    /// `(id, method, input, milliseconds, caller?, credits?)`: begin a call.
    Call,
    /// `(id, topic, from, data, dropped, milliseconds)`: something happened.
    Event,
    /// `(id, why)`: abort a call's signal.
    Abort,
    /// `(id, ok, value)` or `(id, ok, code, message, data)`: the host's answer.
    Answer,
    /// `(timer)`: it came due.
    Fire,
    /// `(id, thrown)`: a compile failed.
    Fail,
    /// `(reason)`: a rejection that nobody handled.
    Unhandled,
    /// `(code, message, data)`: the error that stands for a host's error, to be thrown.
    Raise,
    /// `(code, message, facts)`: the error of a module that cannot be had, to be thrown.
    Refuse,
    /// `(name)`: the exports of a module of the runtime.
    Module,
    /// `(error, facts)`: remembers where an error's source does not parse.
    Syntax,
    /// `(error)`: its stack.
    Stack,
    /// `(string)`: the string with lone surrogates replaced.
    WellFormed,
    /// `(Uint8Array)`: its base64.
    Base64,
    /// `(length)`: a `Uint8Array` of so many bytes.
    Room,
    /// `(path, names)`: runs a CommonJS file, and gives what it exports under these names.
    CommonJs,
}

impl Hook {
    /// All of them, by the names that the script gives them.
    pub(crate) const ALL: [(Self, &str); 18] = [
        (Self::Begin, "begin"),
        (Self::Load, "load"),
        (Self::Call, "call"),
        (Self::Event, "event"),
        (Self::Abort, "abort"),
        (Self::Answer, "answer"),
        (Self::Fire, "fire"),
        (Self::Fail, "fail"),
        (Self::Unhandled, "unhandled"),
        (Self::Raise, "raise"),
        (Self::Refuse, "refuse"),
        (Self::Module, "module"),
        (Self::Syntax, "syntax"),
        (Self::Stack, "stack"),
        (Self::WellFormed, "wellFormed"),
        (Self::Base64, "base64"),
        (Self::Room, "room"),
        (Self::CommonJs, "commonJs"),
    ];
}

/// A call to begin.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    /// The identifier of the host's request.
    pub(crate) id: u64,
    /// Which exported method.
    pub(crate) method: &'a str,
    /// JSON text.
    pub(crate) input: &'a str,
    /// Milliseconds that it may take.
    pub(crate) allowed_ms: u64,
    /// The plugin that calls, if one does.
    pub(crate) caller: Option<&'a str>,
    /// Pieces of the result that may be unanswered; none where it is wanted whole.
    pub(crate) credits: Option<u32>,
}

/// An engine with one plugin in it.
///
/// Results of loads and calls are not returned: the runtime reports them through the operations
/// `resolve` and `reject`, at once or later.
pub(crate) trait Engine: Sized {
    /// The manifest's name for it.
    const ID: &'static str;

    /// Name and version, for reports.
    const NAME: &'static str;

    /// A new engine with the limits of `host.hello` armed and the runtime in place, in a process that
    /// can do so much for it.
    ///
    /// # Errors
    /// [`Fatal`].
    fn new(host: Rc<Host>, machine: Machine) -> Result<Self, Fatal>;

    /// Compiles the entry and everything that it imports, and runs nothing of it.
    ///
    /// # Errors
    /// [`Fatal`].
    fn compile(&mut self, id: u64, entry: &str) -> Result<(), Fatal>;

    /// Begins to load the entry.
    ///
    /// # Errors
    /// [`Fatal`].
    fn load(&mut self, id: u64, entry: &str) -> Result<(), Fatal>;

    /// Begins a call.
    ///
    /// # Errors
    /// [`Fatal`].
    fn call(&mut self, start: &Start<'_>) -> Result<(), Fatal>;

    /// Tells the plugin of something that happened.
    ///
    /// # Errors
    /// [`Fatal`].
    fn event(&mut self, id: u64, news: &News) -> Result<(), Fatal>;

    /// Ends a call for its plugin: its signal is aborted. `why` is `cancelled` or `timeout`.
    ///
    /// # Errors
    /// [`Fatal`].
    fn abort(&mut self, id: u64, why: &str) -> Result<(), Fatal>;

    /// Hands over the host's answer to a request of the plugin.
    ///
    /// # Errors
    /// [`Fatal`].
    fn answer(&mut self, id: u64, outcome: Result<Ret, RpcError>) -> Result<(), Fatal>;

    /// A timer came due.
    ///
    /// # Errors
    /// [`Fatal`].
    fn fire(&mut self, timer: u64) -> Result<(), Fatal>;

    /// A person's debugger comes, or is gone.
    ///
    /// # Errors
    /// [`Fatal`].
    fn attach(&mut self, _said: DebugAttached) -> Result<(), Fatal> {
        Ok(())
    }

    /// What a debugger says, in the Chrome DevTools Protocol.
    ///
    /// # Errors
    /// [`Fatal`].
    fn debug(&mut self, _message: &str) -> Result<(), Fatal> {
        Ok(())
    }

    /// Runs jobs until none is left or a deadline passes; true when jobs are left.
    ///
    /// # Errors
    /// [`Fatal`].
    fn run_jobs(&mut self) -> Result<bool, Fatal>;

    /// Whether the heap limit was ever reached: the engine's state cannot be trusted any more,
    /// whatever the plugin made of it.
    fn is_exhausted(&self) -> bool;

    /// The heap may have so many bytes from now on. Where it has more already, nothing more is
    /// granted until it has fewer.
    fn set_heap(&mut self, bytes: u64);
}
