//! Fetching, from threads without a runtime.

use std::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::task::AbortHandle;

use super::error::FetchError;
use super::request::Fetch;
use super::run;
use super::socket::{OpenSocket, WebSocket};
use crate::decide::Rules;
use crate::failure::Failure;
use crate::proxy::{Own, Place, Shared};

/// Parts of an answer that wait to be taken: what bounds memory when the plugin reads slowly.
const WAITING: usize = 4;

/// Called whenever there is something new to take or room for more, from the thread that serves all
/// clients: it must not wait.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Makes requests for one client.
#[derive(Clone)]
pub struct Fetcher {
    handle: Handle,
    shared: Arc<Shared>,
    own: Option<Own>,
}

impl Fetcher {
    pub(crate) fn new(handle: Handle, shared: Arc<Shared>) -> Self {
        Fetcher { handle, shared, own: None }
    }

    /// The same client, by other rules, as for a single request that somebody agreed to: what it has
    /// under way counts for both. When the client's rules are replaced, the new ones hold for it as
    /// for everything else.
    #[must_use]
    pub fn with_rules(&self, rules: Arc<Rules>) -> Self {
        Fetcher { own: Some(self.shared.standing.own(rules)), ..self.clone() }
    }

    /// Begins a request.
    pub fn fetch(&self, fetch: Fetch, wake: Wake) -> Fetching {
        let (sender, parts) = mpsc::channel(WAITING);
        let shared = Arc::clone(&self.shared);
        let (place, ended) = Place::take(Arc::clone(&shared.standing), self.own.clone());
        let task = self.handle.spawn(async move {
            let out = Out { sender, wake };
            let whole = async {
                let _room = shared.room().await;
                run::run(&shared, &place, fetch, &out).await
            };
            let part = tokio::select! {
                biased;
                // First, so that it is also dropped first: its end is recorded before that is told.
                result = whole => result.map_or_else(Part::Failed, |()| Part::End),
                Ok(_done) = ended => Part::Failed(Failure::Closed.into()),
            };
            out.give(part).await;
        });
        Fetching { parts, task: task.abort_handle(), is_over: false }
    }

    /// Opens a WebSocket, where a rule says `WS`. It holds one of the client's connections for as
    /// long as it is open.
    pub fn open(&self, open: OpenSocket, wake: Wake) -> WebSocket {
        let taken = Place::take(Arc::clone(&self.shared.standing), self.own.clone());
        WebSocket::open(&self.handle, Arc::clone(&self.shared), taken, open, wake)
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Fetcher").finish_non_exhaustive()
    }
}

/// Where the parts of an answer go.
pub(super) struct Out {
    sender: mpsc::Sender<Part>,
    wake: Wake,
}

impl Out {
    /// Gives one part on, when there is room for it. Nobody may be left to take it; the task is then
    /// aborted anyway.
    pub(super) async fn give(&self, part: Part) {
        let _nobody = self.sender.send(part).await;
        self.wake();
    }

    pub(super) fn wake(&self) {
        (self.wake)();
    }
}

/// A part of an answer. First the head, then data, then the end; or an error at any time, after
/// which nothing comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The head.
    Head(AnswerHead),
    /// Bytes of the body, decoded.
    Data(Vec<u8>),
    /// The body is whole.
    End,
    /// It is not, or there is no answer at all.
    Failed(FetchError),
}

/// The head of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerHead {
    /// The status, 200 to 599.
    pub status: u16,
    /// What the server says beside the status; often nothing.
    pub reason: String,
    /// The address that answered, after redirects.
    pub url: String,
    /// Whether there were any.
    pub is_redirected: bool,
    /// Names as they were sent, and values; what is no UTF-8 is replaced.
    pub headers: Vec<(String, String)>,
}

/// A request under way. Dropping it ends it.
pub struct Fetching {
    parts: mpsc::Receiver<Part>,
    task: AbortHandle,
    is_over: bool,
}

impl Fetching {
    /// The next part, if it is there.
    pub fn try_next(&mut self) -> Option<Part> {
        match self.parts.try_recv() {
            Ok(part) => Some(self.noted(part)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => self.closed(),
        }
    }

    /// Waits for the next part; nothing after the last. Not from the thread that serves all clients.
    pub fn next_part(&mut self) -> Option<Part> {
        match self.parts.blocking_recv() {
            Some(part) => Some(self.noted(part)),
            None => self.closed(),
        }
    }

    fn noted(&mut self, part: Part) -> Part {
        self.is_over = matches!(part, Part::End | Part::Failed(_));
        part
    }

    /// The gateway ended before the answer did.
    fn closed(&mut self) -> Option<Part> {
        let is_first = !std::mem::replace(&mut self.is_over, true);
        is_first.then_some(Part::Failed(FetchError::Failed(Failure::Closed)))
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Fetching {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Fetching").finish_non_exhaustive()
    }
}
