//! A cell whose engine runs on its second thread, so that the first one can watch it.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};

use super::MACHINE;

/// Work for the thread that watches.
type Work = Box<dyn FnOnce() + Send>;

static WATCHER: Mutex<Option<Sender<Work>>> = Mutex::new(None);

/// Serves the gateway on the second thread, which ends the process.
pub(super) fn serve(gateway: aether_container::Descriptor, makes_code: bool) -> u8 {
    let (give, take) = channel();
    *watcher() = Some(give);
    let machine = aether_cell::Machine { aside: watch, ..MACHINE };
    let served = aether_container::aside(move || {
        let code = catch_unwind(AssertUnwindSafe(|| {
            // Its host looks at what the cell has given up, and has nothing for it to do meanwhile.
            aether_cell::warm(makes_code);
            aether_cell::run(gateway, machine)
        }));
        // A panic has said what it is about.
        end(code.unwrap_or(aether_cell::exit::BROKEN));
    });
    if served.is_err() {
        return aether_cell::exit::BROKEN;
    }
    while let Ok(work) = take.recv() {
        work();
    }
    aether_cell::exit::BROKEN
}

/// Does this on the first thread.
fn watch(work: Work) -> io::Result<()> {
    let watcher = watcher();
    let way = watcher.as_ref().ok_or(io::ErrorKind::Unsupported)?;
    way.send(work).map_err(|_| io::ErrorKind::ResourceBusy.into())
}

fn watcher() -> std::sync::MutexGuard<'static, Option<Sender<Work>>> {
    WATCHER.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::exit, reason = "the first thread only watches")]
fn end(code: u8) -> ! {
    std::process::exit(code.into())
}
