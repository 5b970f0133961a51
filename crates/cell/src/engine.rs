//! What a JavaScript engine must offer. One engine is one folder beside this file; everything
//! else of this crate is the same for all of them.

pub(crate) mod quickjs;

use std::rc::Rc;

use aether_protocol::RpcError;

use crate::client::News;
use crate::host::Host;
use crate::value::Ret;

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
    /// Name and version, for reports.
    const NAME: &'static str;

    /// A new engine with the limits of `host.hello` armed and the runtime in place.
    ///
    /// # Errors
    /// [`Fatal`].
    fn new(host: Rc<Host>) -> Result<Self, Fatal>;

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
