//! What native operations and the serving loop share: the conversation with the host, the timers,
//! the running calls and the deadline in force.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use aether_protocol::v1::{self, Hello};
use aether_protocol::{Code, RpcError};
use serde::Serialize;

use crate::calls::{Calls, Outcome, Running};
#[cfg(feature = "v8")]
use crate::client::Incoming;
use crate::client::{Client, Gone, IN_FLIGHT, Unsent};
use crate::engine::sources::Sources;
use crate::exit;
use crate::failure::Failure;
use crate::requests::Outgoing;
use crate::timers::Timers;
use crate::value::{Raise, Ret};

/// How long code may go on after an interrupt before the cell gives up on it: a plugin can
/// swallow interrupts for ever (a loop inside a `Promise` executor inside a loop).
const STUCK_AFTER: Duration = Duration::from_millis(250);

/// Bytes of one piece of a message to a debugger: escaped, it fits into a line.
#[cfg(feature = "v8")]
const DEBUG_PIECE_BYTES: usize = 128 << 10;

/// How often running code looks whether the host cancelled it.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The shared state. Single-threaded: nothing here is locked.
pub(crate) struct Host {
    /// What the host told at the beginning.
    pub(crate) hello: Hello,
    /// Bytes of heap that the engine may have now.
    pub(crate) heap: Cell<u64>,
    /// When the cell began, the zero of `performance.now()`.
    pub(crate) born: Instant,
    /// Ends a cell whose code ignores interrupts, with an exit code.
    pub(crate) give_up: fn(u8) -> !,
    /// The bundle as modules see it.
    pub(crate) sources: Sources,
    client: RefCell<Client>,
    timers: RefCell<Timers>,
    calls: RefCell<Calls>,
    /// The earliest deadline of the running calls, kept apart since it is read very often.
    deadline: Cell<Option<Instant>>,
    next_look: Cell<Instant>,
    cancelled: Cell<bool>,
    /// Code was told to stop since this was last asked.
    interrupted: Cell<bool>,
    /// Since when code has been told to stop because the heap is full.
    exhausted_since: Cell<Option<Instant>>,
    gone: RefCell<Option<Gone>>,
}

impl Host {
    /// The state at the beginning.
    pub(crate) fn new(hello: Hello, client: Client, give_up: fn(u8) -> !) -> Rc<Self> {
        let now = Instant::now();
        Rc::new(Self {
            heap: Cell::new(hello.limits.heap),
            hello,
            born: now,
            give_up,
            sources: Sources::new(),
            client: RefCell::new(client),
            timers: RefCell::default(),
            calls: RefCell::default(),
            deadline: Cell::new(None),
            next_look: Cell::new(now),
            cancelled: Cell::new(false),
            interrupted: Cell::new(false),
            exhausted_since: Cell::new(None),
            gone: RefCell::new(None),
        })
    }

    /// Uses the running calls, then brings the deadline in force up to date.
    pub(crate) fn with_calls<T>(&self, work: impl FnOnce(&mut Calls) -> T) -> T {
        let mut calls = self.calls.borrow_mut();
        let result = work(&mut calls);
        self.deadline.set(calls.deadline());
        result
    }

    /// Uses the timers.
    pub(crate) fn with_timers<T>(&self, work: impl FnOnce(&mut Timers) -> T) -> T {
        work(&mut self.timers.borrow_mut())
    }

    /// Uses the conversation.
    ///
    /// # Errors
    /// [`Gone`], also when it was noticed earlier, inside an operation.
    pub(crate) fn with_client<T>(
        &self,
        work: impl FnOnce(&mut Client) -> Result<T, Gone>,
    ) -> Result<T, Gone> {
        match self.gone.take() {
            Some(gone) => Err(gone),
            None => work(&mut self.client.borrow_mut()),
        }
    }

    /// The earliest deadline of the running calls.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline.get()
    }

    /// Whether a running call is over its deadline. This is the truth that results are judged by:
    /// an engine's interrupt can be swallowed, the time that passed cannot.
    pub(crate) fn is_overdue(&self) -> bool {
        self.deadline.get().is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Whether no further job may run for now.
    pub(crate) fn must_pause(&self) -> bool {
        self.cancelled.get() || self.gone.borrow().is_some() || self.is_overdue()
    }

    /// Hangs up.
    pub(crate) fn close(&self) {
        self.client.borrow_mut().close();
    }

    /// Records what a call ended with.
    pub(crate) fn settle(&self, call: u64, outcome: Outcome) {
        self.with_calls(|calls| calls.settle(call, outcome));
    }

    /// Asked by the engine every few thousand steps: must the running code stop? It must when the
    /// heap is exhausted, whatever it does with the failure.
    pub(crate) fn interrupt(&self, exhausted: bool) -> bool {
        let stop = self.must_stop(exhausted);
        if stop {
            self.interrupted.set(true);
        }
        stop
    }

    /// Whether code was told to stop since this was last asked.
    pub(crate) fn was_interrupted(&self) -> bool {
        self.interrupted.replace(false)
    }

    fn must_stop(&self, exhausted: bool) -> bool {
        if exhausted {
            let now = Instant::now();
            let since = self.exhausted_since.get().unwrap_or(now);
            self.exhausted_since.set(Some(since));
            if now >= since + STUCK_AFTER {
                let failed = Failure::memory(self.heap.get());
                self.last_words(|_| true, |_| failed.clone());
                (self.give_up)(exit::MEMORY);
            }
            return true;
        }
        if self.cancelled.get() || self.gone.borrow().is_some() {
            return true;
        }
        let now = Instant::now();
        if now >= self.next_look.get() {
            self.next_look.set(now + LOOK_EVERY);
            self.look_around();
        }
        let Some(deadline) = self.deadline.get() else { return self.cancelled.get() };
        if now >= deadline + STUCK_AFTER {
            self.last_words(
                |running| now >= running.deadline,
                |running| Failure::timeout(running.allowed_ms),
            );
            (self.give_up)(exit::STUCK);
        }
        now >= deadline || self.cancelled.get()
    }

    /// Answers calls from inside an engine that has no memory to go on with, and ends the process.
    #[cfg(feature = "v8")]
    pub(crate) fn die_of_memory(&self) -> ! {
        let failed = Failure::memory(self.heap.get());
        self.last_words(|_| true, |_| failed.clone());
        (self.give_up)(exit::MEMORY)
    }

    /// The next thing about a debugger, waiting for it, or only looking. `None` where there is none, or
    /// the conversation is over.
    #[cfg(feature = "v8")]
    pub(crate) fn next_debug(&self, wait: bool) -> Option<Incoming> {
        let until = (!wait).then(Instant::now);
        let began = Instant::now();
        let next = self.client.try_borrow_mut().ok()?.next_debug(until);
        if wait {
            // Code stood still meanwhile, and so did its time.
            self.with_calls(|calls| calls.shift(began.elapsed()));
        }
        match next {
            Ok(next) => next,
            Err(gone) => {
                *self.gone.borrow_mut() = Some(gone);
                None
            }
        }
    }

    /// Tells a debugger something.
    #[cfg(feature = "v8")]
    pub(crate) fn tell_debugger(&self, text: &str) {
        let mut rest = text;
        loop {
            let piece = aether_protocol::limits::cut(rest, DEBUG_PIECE_BYTES);
            rest = &rest[piece.len()..];
            let said = v1::DebugMessage { text: piece.to_owned(), more: !rest.is_empty() };
            // When the host is gone the loop notices.
            if self.notify(v1::method::DEBUG_MESSAGE, &said).is_err() || rest.is_empty() {
                return;
            }
        }
    }

    /// Code stands still for a debugger while `work` is done.
    #[cfg(feature = "v8")]
    pub(crate) fn standing<T>(&self, work: impl FnOnce() -> T) -> T {
        let tell = |stopped| self.notify(v1::method::DEBUG_STOPPED, &v1::DebugStopped { stopped });
        // When the host is gone the loop notices.
        let _told = tell(true);
        let done = work();
        let _told = tell(false);
        done
    }

    /// Begins a stretch of plugin code: an earlier cancellation is over.
    pub(crate) fn enter(&self) {
        self.cancelled.set(false);
        self.next_look.set(Instant::now() + LOOK_EVERY);
    }

    /// Sends a request of the plugin; the answer comes later.
    pub(crate) fn request(&self, request: Outgoing) -> Result<u64, Raise> {
        let mut client = self.client.borrow_mut();
        if client.waiting() >= IN_FLIGHT {
            return Err(Raise::wrong("too many requests at a time"));
        }
        client.request(request).map_err(|unsent| self.unsent(unsent))
    }

    /// Sends a request of the plugin and waits for the answer, at most until the deadline.
    pub(crate) fn request_and_wait(&self, request: Outgoing) -> Result<Ret, Raise> {
        let answer = self.client.borrow_mut().request_and_wait(request, self.deadline.get());
        self.waited(answer)
    }

    /// Waits for the answer to a request that was sent, at most until the deadline.
    #[cfg(feature = "v8")]
    pub(crate) fn wait(&self, id: u64) -> Result<Ret, Raise> {
        let answer = self.client.borrow_mut().wait_until(id, 0, self.deadline.get());
        self.waited(answer)
    }

    fn waited(&self, answer: Result<Option<Result<Ret, RpcError>>, Unsent>) -> Result<Ret, Raise> {
        match answer {
            Ok(Some(outcome)) => Ok(outcome?),
            Ok(None) => Err(lost("the deadline passed while the host was asked")),
            Err(unsent) => Err(self.unsent(unsent)),
        }
    }

    /// Requests of the plugin whose answers are still to come.
    pub(crate) fn waiting(&self) -> usize {
        self.client.borrow().waiting()
    }

    /// Tells the host something.
    pub(crate) fn notify(&self, method: &str, params: &impl Serialize) -> Result<(), Raise> {
        self.client.borrow_mut().notify(method, params).map_err(|gone| self.note(gone))
    }

    /// Writes a line of the plugin's log.
    pub(crate) fn log(&self, level: v1::Level, message: &str) {
        let log = v1::Log { level, message: message.to_owned(), fields: serde_json::Map::new() };
        // When the host is gone the loop notices; there is nobody left to tell.
        let _ = self.notify(v1::method::LOG_WRITE, &log);
    }

    fn unsent(&self, unsent: Unsent) -> Raise {
        match unsent {
            Unsent::Gone(gone) => self.note(gone),
            long @ Unsent::TooLong(_) => {
                Raise::Host(RpcError::new(Code::InvalidParams, long.to_string()))
            }
        }
    }

    fn note(&self, gone: Gone) -> Raise {
        let raise = lost("the host is gone");
        *self.gone.borrow_mut() = Some(gone);
        raise
    }

    /// Whether a call has more time, or is cancelled. Only one that runs alone is interrupted:
    /// otherwise the code may be another's.
    fn look_around(&self) {
        let Ok(mut client) = self.client.try_borrow_mut() else { return };
        let Ok(mut calls) = self.calls.try_borrow_mut() else { return };
        match client.look() {
            Ok(extended) => extended.into_iter().for_each(|extend| calls.extend(extend)),
            Err(gone) => return *self.gone.borrow_mut() = Some(gone),
        }
        self.deadline.set(calls.deadline());
        if let Some(call) = calls.only() {
            self.cancelled.set(client.is_cancelled(call));
        }
    }

    /// Answers calls from inside the code that does not stop.
    fn last_words(&self, which: impl Fn(&Running) -> bool, why: impl Fn(&Running) -> Failure) {
        let Ok(mut calls) = self.calls.try_borrow_mut() else { return };
        let Ok(mut client) = self.client.try_borrow_mut() else { return };
        for (id, running) in calls.take(which) {
            let error = why(&running).into_error();
            // The process ends next; a host that is gone needs no answer.
            let _ = client.fail(id, &error);
        }
    }
}

fn lost(message: &str) -> Raise {
    Raise::Host(RpcError::new(Code::Internal, message))
}
