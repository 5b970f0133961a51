//! The thread that makes running code look at the clock.
//!
//! Compiled code reads a counter at each loop and call; the thread counts it up. It is never
//! counted up to end a call: every store has a deadline of its own and looks at it at each tick,
//! so that nobody's end is somebody else's.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// How often running code looks whether it is to go on.
pub const TICK: Duration = Duration::from_millis(5);

/// Ticks without a call after which the thread sleeps until the next one. Waking it takes a system
/// call, which a plugin that is called again and again must not pay for each time.
const IDLE_TICKS: u32 = 200;

/// One thread for all engines of a process. A process that may make no threads later starts it
/// before it gives that up. It makes the system calls `clock_nanosleep` and `futex`, and no
/// others; it ends soon after the last handle to it is dropped.
#[derive(Clone, Debug)]
pub struct Ticker {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Calls that run now.
    running: AtomicUsize,
    /// A call began since the last tick.
    seen: AtomicBool,
    /// The thread sleeps until it is woken.
    parked: AtomicBool,
    engines: Mutex<Vec<Ticked>>,
    thread: Mutex<Option<Thread>>,
}

struct Ticked(EngineWeak);

impl std::fmt::Debug for Ticked {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Ticked")
    }
}

impl Ticker {
    /// Starts the thread, and asks the system for what the engine needs to know of the machine: a
    /// process that confines itself does so before.
    ///
    /// # Errors
    /// The system's, where it can have no further thread.
    pub fn start() -> io::Result<Self> {
        crate::trusted::prepare();
        let shared = Arc::new(Shared::default());
        let weak = Arc::downgrade(&shared);
        let handle = thread::Builder::new()
            .name("aether-ticker".to_owned())
            .stack_size(64 << 10)
            .spawn(move || run(&weak))?;
        *lock(&shared.thread) = Some(handle.thread().clone());
        Ok(Self { shared })
    }

    /// Without a thread: whoever embeds the engine beats its [`Beat`] every [`TICK`] while plugins run.
    #[must_use]
    pub fn by_hand() -> Self {
        crate::trusted::prepare();
        Self { shared: Arc::default() }
    }

    /// Ticks for this engine too, as long as it lasts.
    pub(crate) fn add(&self, engine: &Engine) {
        lock(&self.shared.engines).push(Ticked(engine.weak()));
    }

    /// A call runs until the guard is dropped.
    pub(crate) fn enter(&self) -> Running<'_> {
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        self.shared.seen.store(true, Ordering::SeqCst);
        if self.shared.parked.swap(false, Ordering::SeqCst)
            && let Some(thread) = &*lock(&self.shared.thread)
        {
            thread.unpark();
        }
        Running(&self.shared)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // Whether this is the last handle, the thread finds out when it is awake.
        if let Some(thread) = &*lock(&self.shared.thread) {
            thread.unpark();
        }
    }
}

/// A call that runs.
pub(crate) struct Running<'a>(&'a Shared);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

fn run(shared: &Weak<Shared>) {
    let mut idle = 0;
    loop {
        thread::sleep(TICK);
        let Some(shared) = shared.upgrade() else { return };
        lock(&shared.engines).retain(|ticked| match ticked.0.upgrade() {
            Some(engine) => {
                engine.increment_epoch();
                true
            }
            None => false,
        });
        let busy = shared.running.load(Ordering::SeqCst) > 0;
        idle = if shared.seen.swap(false, Ordering::SeqCst) || busy { 0 } else { idle + 1 };
        if idle < IDLE_TICKS {
            continue;
        }
        idle = 0;
        shared.parked.store(true, Ordering::SeqCst);
        // A call may have begun since; it saw no parked thread, so it must be seen here.
        let began = shared.seen.load(Ordering::SeqCst);
        drop(shared);
        if !began {
            thread::park();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
