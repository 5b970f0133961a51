//! Becoming a cell.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use aether_container::Role;

#[cfg(target_os = "linux")]
mod aside;

/// Whether this program calls [`init`], so that it can be started as a cell.
static READY: AtomicBool = AtomicBool::new(false);

/// The stack of an engine's thread, bytes: what a main thread has elsewhere.
#[cfg(windows)]
const STACK: usize = 8 << 20;

/// What a cell does with the system for an engine of compiled code.
const MACHINE: aether_cell::Machine = aether_cell::Machine {
    on_beat: |act| aether_container::on_beat(act),
    beating: |every| Ok(Box::new(aether_container::beating(every)?)),
    no_more_code: aether_container::no_more_code,
    aside: |work| std::thread::Builder::new().spawn(work).map(drop),
};

/// Lets this program be started as a cell. Call it first in `main`.
///
/// In a program that a host started as a cell it confines the process, serves the plugin, and does
/// not return. Otherwise it returns at once and has no effect but to tell [`crate::Host`] that
/// cells may be made from this program.
pub fn init() {
    if !aether_container::is_cell() {
        READY.store(true, Ordering::Relaxed);
        return;
    }
    aether_cell::prepare();
    let code = match aether_container::enter() {
        Ok(Role::Engine(gateway)) => serve(gateway),
        #[cfg(target_os = "linux")]
        Ok(Role::Watched { gateway, makes_code }) => aside::serve(gateway, makes_code),
        Ok(Role::Over(code)) => code,
        Err(error) => {
            // Captured by the host; nothing can be done when even that is gone.
            let _closed = writeln!(std::io::stderr(), "{error}");
            crate::ExitCode::Usage.number()
        }
    };
    #[expect(clippy::exit, reason = "a cell must never return into the host program's main")]
    std::process::exit(code.into())
}

#[cfg(unix)]
fn serve(gateway: aether_container::Descriptor) -> u8 {
    aether_cell::run(gateway, MACHINE)
}

#[cfg(windows)]
fn serve(gateway: aether_container::Gateway) -> u8 {
    let aether_container::Gateway { incoming, outgoing } = gateway;
    let pipes = aether_cell::Pipes { incoming, outgoing, open: shown::open };
    // The first thread has what its linker was told: one megabyte or two, which an engine may fill.
    let engine = std::thread::Builder::new().name("engine".to_owned()).stack_size(STACK);
    let engine = engine.spawn(|| aether_cell::run(pipes, MACHINE));
    match engine.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        // A panic has said what it is about.
        Ok(Err(_)) => crate::ExitCode::Bug.number(),
        Err(error) => {
            let _closed = writeln!(std::io::stderr(), "no thread for the engine: {error}");
            crate::ExitCode::Usage.number()
        }
    }
}

/// What a host puts into its cell, as the cell reads it.
#[cfg(windows)]
mod shown {
    use std::io;

    use aether_cell::Attachment;
    use aether_container::Shown;

    #[derive(Debug)]
    struct Payload(Shown);

    impl Attachment for Payload {
        fn size(&self) -> u64 {
            self.0.size()
        }

        fn read_into(&self, room: &mut [u8]) -> io::Result<()> {
            self.0.read_into(room)
        }
    }

    pub(super) fn open(handle: u64, size: u64) -> io::Result<Box<dyn Attachment>> {
        Ok(Box::new(Payload(Shown::adopt(handle, size)?)))
    }
}

pub(crate) fn is_ready() -> bool {
    READY.load(Ordering::Relaxed)
}
