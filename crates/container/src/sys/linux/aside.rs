//! The second thread of an engine cell. A sealed process makes no thread, so it is made before, after
//! everything that a thread inherits was given up, and waits for its work.

use std::io;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{Builder, yield_now};
use std::time::{Duration, Instant};

use super::raw;

/// Work for the thread.
type Work = Box<dyn FnOnce() + Send>;

/// Its stack in bytes: what a main thread has.
const STACK: usize = 8 << 20;

/// How long the kernel may take to make it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to a thread that waits; none where the process was sealed without one.
static WAITING: OnceLock<Option<Mutex<Sender<Work>>>> = OnceLock::new();

/// Makes the thread, and waits until it has made its own calls to the system.
pub(super) fn prepare() -> io::Result<()> {
    raw::share_one_heap()?;
    let (give, take) = channel::<Work>();
    let (tell, hear) = channel();
    spawn(Box::new(move || {
        // Whoever made this one waits for it.
        let _heard = tell.send(());
        if let Ok(work) = take.recv() {
            work();
        }
    }))?;
    // No sleep: the clock of one would be looked at by a system call more.
    let until = Instant::now() + PATIENCE;
    while hear.try_recv().is_err() {
        if Instant::now() >= until {
            return Err(io::ErrorKind::TimedOut.into());
        }
        yield_now();
    }
    let _first = WAITING.set(Some(Mutex::new(give)));
    Ok(())
}

/// There is no other thread.
pub(super) fn forgo() {
    let _first = WAITING.set(None);
}

/// Does this on the cell's second thread, once. In a process that nobody sealed it is a new one.
///
/// # Errors
/// Where the cell has no second thread, or that is busy; the system's, where it can have none.
pub fn aside(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    match WAITING.get() {
        None => spawn(Box::new(work)),
        Some(None) => Err(io::ErrorKind::Unsupported.into()),
        Some(Some(way)) => {
            let way = way.lock().unwrap_or_else(PoisonError::into_inner);
            way.send(Box::new(work)).map_err(|_| io::ErrorKind::ResourceBusy.into())
        }
    }
}

fn spawn(work: Work) -> io::Result<()> {
    Builder::new().name("aside".to_owned()).stack_size(STACK).spawn(work).map(drop)
}
