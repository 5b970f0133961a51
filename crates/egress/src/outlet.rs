//! All ways out of one client.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::decide::Rules;
use crate::fetch::Fetcher;
use crate::proxy::{self, Listener, Served, Shared};

/// A client with all of its ways out: listeners that are served for it, and what makes requests for
/// it. They have one set of limits together (connections, pace, lookups) and one set of rules.
/// Dropping it closes nothing.
#[derive(Clone)]
pub struct Outlet {
    handle: Handle,
    shared: Arc<Shared>,
}

impl Outlet {
    pub(crate) fn new(handle: Handle, shared: Shared) -> Self {
        Outlet { handle, shared: Arc::new(shared) }
    }

    /// Serves a listener: an HTTP/1.1 proxy for whole addresses and CONNECT, and for those who begin
    /// in SOCKS 5 the same tunnels by the same decisions.
    ///
    /// # Errors
    /// The system's, and [`NotConnected`](io::ErrorKind::NotConnected) once it is closed.
    pub fn serve(&self, listener: impl Into<Listener>) -> io::Result<Served> {
        proxy::serve(&self.handle, listener.into(), &self.shared)
    }

    /// Makes requests. They end with the gateway.
    pub fn fetcher(&self) -> Fetcher {
        Fetcher::new(self.handle.clone(), Arc::clone(&self.shared))
    }

    /// Bytes of bodies and tunnels that passed so far, also of those that are under way: to servers,
    /// and from them.
    pub fn carried(&self) -> [u64; 2] {
        self.shared.carried.bytes()
    }

    /// Puts other rules in force. Of listeners, connections and tunnels that were opened under the
    /// old rules are closed, also those that the new ones would allow: what is inside of them is not
    /// known. Of requests that were made by a [`Fetcher`], those end that the new rules do not allow
    /// at all or not to where they lead, with [`Failure::Closed`](crate::Failure::Closed); the others
    /// go on. Returns when that is done, unless it is called from where events are taken.
    pub fn replace_rules(&self, rules: Arc<Rules>) {
        self.shared.replace_rules(rules);
    }

    /// Closes all of it for good, for a client that is gone: requests at once, and connections to
    /// listeners that do not end by themselves after so long. Returns when their ends are recorded,
    /// unless it is called from where events are taken.
    pub fn close_after(&self, patience: Duration) {
        self.shared.until_done(|done| self.shared.standing.close(patience, &done));
    }
}

impl fmt::Debug for Outlet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Outlet").field("client", &self.shared.name).finish_non_exhaustive()
    }
}
