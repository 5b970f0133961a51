//! The handle of a running plugin.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use aether_container::{Killer, Posture, Waker};
use aether_protocol::v1::{Hello, LoadReply};
use serde_json::Value;

use crate::call::{CallError, Canceller, More, PendingCall};
use crate::driver::{Asked, Command, Driver, Loaded, Piece};
use crate::others::Caller;
use crate::pieces::Pieces;
use crate::record::Final;
use crate::{Ending, Limit};

/// How long after its limit a call is waited for at most, and how long a cell's end is: the
/// driver's grace, the watchdog's, and room for a machine under load.
const LAST_WORD: Duration = Duration::from_secs(10);

/// Stack of a driver's thread, bytes.
const DRIVER_STACK: usize = 2 << 20;

/// The same where the plugin runs in it too: its engine may have a megabyte for code, and needs some for
/// itself.
const GUEST_STACK: usize = 8 << 20;

/// A plugin that runs, confined in a process of its own. Dropped, it is stopped.
#[derive(Debug)]
pub struct Cell {
    number: u32,
    posture: Posture,
    exports: Vec<String>,
    engine: String,
    timeout: Duration,
    commands: Sender<Command>,
    waker: Waker,
    finished: Arc<Mutex<Option<Final>>>,
    killer: Killer,
    thread: Option<JoinHandle<()>>,
    /// Closed when the driver has ended.
    alive: Mutex<Receiver<()>>,
}

/// What a driver needs beside itself.
pub(crate) struct Setup {
    pub(crate) hello: Hello,
    pub(crate) timeout: Duration,
}

impl Cell {
    /// Starts the driver and waits until the plugin has loaded. `at_end` runs when it has ended, in
    /// whatever way.
    pub(crate) fn drive(
        setup: Setup,
        make: impl FnOnce(Receiver<Command>) -> Driver,
        at_end: impl FnOnce() + Send + 'static,
    ) -> Result<Self, CallError> {
        let (commands, receiver) = channel();
        let (say_loaded, loaded) = channel::<Loaded>();
        let driver = make(receiver);
        let (number, posture) = (driver.number, driver.cell.posture().clone());
        let (waker, finished) = (driver.cell.waker(), Arc::clone(&driver.finished));
        let (killer, hello) = (driver.cell.killer(), setup.hello);
        // Time stands still where a person debugs it: its driver knows when it is over.
        let patience = match hello.debug.is_no() {
            true => setup.timeout.saturating_add(LAST_WORD),
            false => Duration::MAX,
        };
        let (lives, alive) = channel();
        let end = AtEnd(Some(at_end));
        let stack = if driver.guest.is_some() { GUEST_STACK } else { DRIVER_STACK };
        let thread = std::thread::Builder::new()
            .name(format!("aether-cell-{number}"))
            .stack_size(stack)
            .spawn(move || attend(lives, end, || driver.run(&hello, say_loaded)))
            .map_err(|error| {
                CallError::Ended(Ending::Crashed(format!("no thread for it: {error}")))
            })?;
        let gone = CallError::Ended(Ending::Crashed("its thread is gone".to_owned()));
        let mut cell = Self {
            number,
            posture,
            exports: Vec::new(),
            engine: String::new(),
            timeout: setup.timeout,
            commands,
            waker,
            finished,
            killer,
            thread: Some(thread),
            alive: Mutex::new(alive),
        };
        let word = match loaded.recv_timeout(patience) {
            Ok(word) => word,
            Err(RecvTimeoutError::Disconnected) => Err(gone),
            // It hangs in the system; the watchdog has killed the cell.
            Err(RecvTimeoutError::Timeout) => {
                Err(CallError::Ended(Ending::Limit(Limit::Time(setup.timeout))))
            }
        };
        match word {
            Ok((greeting, LoadReply { exports })) => {
                cell.exports = exports;
                cell.engine = greeting.engine;
                Ok(cell)
            }
            Err(error) => {
                cell.end(Command::Kill);
                Err(error)
            }
        }
    }

    /// Its number in this run.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// What confines it.
    #[must_use]
    pub const fn posture(&self) -> &Posture {
        &self.posture
    }

    /// The methods that the plugin exports.
    #[must_use]
    pub fn exports(&self) -> &[String] {
        &self.exports
    }

    /// The engine that runs it, with its version.
    #[must_use]
    pub fn engine(&self) -> &str {
        &self.engine
    }

    /// Calls a method and waits for its result.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn call(&self, method: &str, input: Value) -> Result<Value, CallError> {
        self.begin(method, input, self.timeout).wait()
    }

    /// Calls a method without waiting. The call ends with `limit` at the latest; the plugin's own
    /// limit stands if that is shorter.
    pub fn begin(&self, method: &str, input: Value, limit: Duration) -> PendingCall {
        self.begin_for(None, method, input, limit)
    }

    /// Calls a method whose result comes in pieces, such as a generator's. The call ends with `limit`
    /// at the latest; the plugin's own limit stands if that is shorter. A plugin waits where pieces
    /// are not taken.
    ///
    /// A method that declares a result declares a list: each piece is checked as if it were the only
    /// one.
    pub fn stream(&self, method: &str, input: Value, limit: Duration) -> Pieces {
        let (say, pieces) = channel();
        let pending = self.begin_with(None, Some(say), method, input, limit);
        Pieces::new(pending, pieces)
    }

    /// The same for a plugin that calls.
    pub(crate) fn begin_for(
        &self,
        caller: Option<Caller>,
        method: &str,
        input: Value,
        limit: Duration,
    ) -> PendingCall {
        self.begin_with(caller, None, method, input, limit)
    }

    fn begin_with(
        &self,
        caller: Option<Caller>,
        pieces: Option<Sender<Piece>>,
        method: &str,
        input: Value,
        limit: Duration,
    ) -> PendingCall {
        let (answer, receiver) = channel();
        let limit = limit.min(self.timeout);
        // A driver that has ended drops the answer's sender, which the receiver reads as the end.
        let (canceller, more) = (Canceller::new(self.waker.clone()), More::default());
        let (cancelled, number) = (canceller.asked(), canceller.numbered());
        let (method, more_told) = (method.to_owned(), more.clone());
        let asked = Asked {
            method,
            input,
            limit,
            answer,
            more: more_told,
            cancelled,
            number,
            caller,
            pieces,
        };
        drop(self.commands.send(Command::Call(Box::new(asked))));
        self.waker.wake();
        let until = Instant::now() + limit + LAST_WORD;
        let finished = Arc::clone(&self.finished);
        PendingCall { answer: receiver, limit, until, more, canceller, finished }
    }

    /// Lets the plugin end in good order if it is idle, or ends it, and says how it ended.
    pub fn stop(mut self) -> Ending {
        self.end(Command::Stop);
        self.ending().unwrap_or(Ending::Killed)
    }

    /// Ends it as [`Cell::stop`] does, whoever else has it, and waits for that.
    pub(crate) fn halt(&self) {
        drop(self.commands.send(Command::Stop));
        self.waker.wake();
        if let Err(RecvTimeoutError::Timeout) =
            crate::host::lock(&self.alive).recv_timeout(LAST_WORD)
        {
            self.killer.kill();
        }
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        self.ended().map(|(ending, _)| ending)
    }

    /// How and when it ended, if it has.
    pub(crate) fn ended(&self) -> Option<(Ending, Instant)> {
        let finished = crate::host::lock(&self.finished);
        finished.as_ref().map(|kept| (kept.ending.clone(), kept.ended))
    }

    fn end(&mut self, how: Command) {
        // Fails when the driver has ended by itself.
        drop(self.commands.send(how));
        self.waker.wake();
        let Some(thread) = self.thread.take() else { return };
        match crate::host::lock(&self.alive).recv_timeout(LAST_WORD) {
            // A driver that panicked left the cell to its destructor, which killed it.
            Ok(()) | Err(RecvTimeoutError::Disconnected) => drop(thread.join()),
            // It hangs in the system, as on a network folder that does not answer. The cell dies,
            // and the thread with it once the system lets go; nobody waits for that.
            Err(RecvTimeoutError::Timeout) => self.killer.kill(),
        }
    }
}

/// Runs a driver. Last of all it tells that it is over, after what is to be done at the end.
fn attend(_lives: Sender<()>, _end: AtEnd<impl FnOnce()>, run: impl FnOnce()) {
    run();
    // Parameters are dropped from the last to the first, also where it panicked.
}

/// What is to be done at the end, when this is dropped: a driver may panic in its owner's listener,
/// or get no thread, and what the host keeps of the cell would stay for ever.
struct AtEnd<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for AtEnd<F> {
    fn drop(&mut self) {
        if let Some(act) = self.0.take() {
            act();
        }
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.end(Command::Stop);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::TryRecvError;

    use super::*;

    #[test]
    fn the_end_is_seen_to_whatever_became_of_the_driver() {
        let check = |run: fn()| {
            let (lives, alive) = channel();
            let (say, said) = channel();
            let end = AtEnd(Some(move || {
                say.send(alive.try_recv()).expect("a reader");
            }));
            // Whether it panicked is not asked.
            drop(std::thread::spawn(move || attend(lives, end, run)).join());
            assert_eq!(said.recv(), Ok(Err(TryRecvError::Empty)), "done, and before it is told");
        };
        check(|| {});
        check(|| panic!("as a listener may"));
        let (say, said) = channel();
        drop(AtEnd(Some(move || say.send(()).expect("a reader"))));
        assert_eq!(said.recv(), Ok(()), "without a thread");
    }
}
