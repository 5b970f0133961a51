//! Becoming a cell.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use aether_container::Role;

/// Whether this program calls [`init`], so that it can be started as a cell.
static READY: AtomicBool = AtomicBool::new(false);

/// What a cell does with the system for an engine of compiled code.
const MACHINE: aether_cell::Machine = aether_cell::Machine {
    on_beat: |act| aether_container::on_beat(act),
    beating: |every| Ok(Box::new(aether_container::beating(every)?)),
    no_more_code: aether_container::no_more_code,
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
        Ok(Role::Engine(gateway)) => aether_cell::run(gateway, MACHINE),
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

pub(crate) fn is_ready() -> bool {
    READY.load(Ordering::Relaxed)
}
