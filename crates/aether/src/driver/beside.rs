//! A plugin in the host's own process: its side of the gateway runs in the driver's thread, and lets the
//! driver work whenever it waits.

use std::cell::RefCell;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use aether_cell::Engines;
use aether_container::Guest;

use super::{READ_BYTES, Running, Stage};
use crate::Ending;

/// The other side of a cell that is no process.
pub(crate) struct Beside {
    pub(crate) guest: Arc<Guest>,
    /// The plugin's end of the gateway.
    pub(crate) socket: OwnedFd,
    pub(crate) engines: Engines,
}

impl Running {
    /// Turns until the plugin has ended, and says how.
    pub(super) fn serve_beside(self, beside: Beside) -> Option<(Self, Ending)> {
        let Beside { guest, socket, engines } = beside;
        let running = Rc::new(RefCell::new(Some(self)));
        let over = Rc::new(RefCell::new(None));
        let turn = {
            let (running, over) = (Rc::clone(&running), Rc::clone(&over));
            let mut buffer = vec![0; READ_BYTES];
            move |until| {
                // What the plugin's side says when it is over is not heard.
                let mut over = over.borrow_mut();
                let mut running = running.borrow_mut();
                match running.as_mut() {
                    Some(running) if over.is_none() => {
                        *over = running.turn(&mut buffer, until).err();
                        over.is_none()
                    }
                    _ => false,
                }
            }
        };
        let told = Arc::clone(&guest);
        let uses = move |bytes| told.has_memory(bytes);
        let serve = || aether_cell::run_beside(socket, Box::new(turn), engines, Box::new(uses));
        // An engine that fails at something ends its plugin, and not its host.
        let failed = catch_unwind(AssertUnwindSafe(serve)).is_err();
        guest.leave();
        // Taken once, and here.
        let running = running.borrow_mut().take()?;
        let left = matches!(running.stage, Stage::Leaving { .. });
        let ending = over.take().unwrap_or_else(|| match (failed, left) {
            (true, _) => Ending::Crashed("the engine failed".to_owned()),
            (false, true) => Ending::Normal,
            (false, false) => Ending::Crashed("its side of the gateway broke".to_owned()),
        });
        Some((running, ending))
    }
}
