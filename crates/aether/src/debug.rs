//! A person's debugger at a plugin.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aether_container::Waker;

/// A person's debugger at one plugin, in the Chrome DevTools Protocol: what goes into
/// [`crate::StartOptions`] so that the plugin can be debugged while it runs.
///
/// The policy must let it (`javascript: {debug: allow}`), and the plugin must run in V8. Whoever debugs
/// can do nothing that the plugin may not do: its messages travel through the gateway, the code that
/// they name runs in the plugin's cell, and limits hold. Time alone stands still while the code does.
///
/// ```
/// let debugging = aether::Debugging::new(true, |message| println!("{message}"));
/// debugging.attach();
/// debugging.say(r#"{"id": 1, "method": "Runtime.runIfWaitingForDebugger"}"#);
/// let options = aether::StartOptions { debug: Some(debugging), ..Default::default() };
/// ```
#[derive(Clone)]
pub struct Debugging(Arc<Shared>);

struct Shared {
    /// Whether it stands still before its first statement.
    stops_first: bool,
    /// What the debugger calls the plugin's folder.
    root: String,
    /// Hears what the plugin's engine says.
    hear: Box<dyn Fn(&str) + Send + Sync>,
    said: Mutex<Mail>,
}

/// What goes to the plugin's engine.
#[derive(Default)]
struct Mail {
    waiting: VecDeque<Said>,
    /// Wakes whoever takes it there.
    waker: Option<Waker>,
}

/// What a debugger does.
pub(crate) enum Said {
    Attach,
    Message(String),
    Detach,
}

impl Debugging {
    /// A debugger that nobody has attached yet. `hear` is told each message of the plugin's engine, in
    /// the thread that serves the plugin, and must not block. With `stops_first` the plugin waits for a
    /// debugger that says `Runtime.runIfWaitingForDebugger`, and then stands still before its first
    /// statement.
    #[must_use]
    pub fn new(stops_first: bool, hear: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self::showing("", stops_first, hear)
    }

    /// The same where the debugger knows the plugin's folder under this URL, which ends in a slash: a
    /// `file:` URL lets an editor find its breakpoints. The plugin's cell is told it, the plugin is not.
    #[must_use]
    pub fn showing(
        root: impl Into<String>,
        stops_first: bool,
        hear: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        let (root, hear, said) = (root.into(), Box::new(hear), Mutex::default());
        Self(Arc::new(Shared { stops_first, root, hear, said }))
    }

    /// A debugger is there. A new one takes the place of one before.
    pub fn attach(&self) {
        self.push(Said::Attach);
    }

    /// A message to the plugin's engine, one JSON object.
    pub fn say(&self, message: impl Into<String>) {
        self.push(Said::Message(message.into()));
    }

    /// The debugger is gone: the plugin goes on without it.
    pub fn detach(&self) {
        self.push(Said::Detach);
    }

    pub(crate) fn root(&self) -> &str {
        &self.0.root
    }

    pub(crate) fn stops_first(&self) -> bool {
        self.0.stops_first
    }

    /// From now on this one is woken.
    pub(crate) fn wakes(&self, waker: Waker) {
        self.mail().waker = Some(waker);
    }

    pub(crate) fn take(&self) -> Option<Said> {
        self.mail().waiting.pop_front()
    }

    pub(crate) fn hear(&self, message: &str) {
        (self.0.hear)(message);
    }

    fn push(&self, said: Said) {
        let mut mail = self.mail();
        mail.waiting.push_back(said);
        if let Some(waker) = &mail.waker {
            waker.wake();
        }
    }

    fn mail(&self) -> MutexGuard<'_, Mail> {
        self.0.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Debugging {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Debugging").field("stops_first", &self.0.stops_first).finish()
    }
}
