//! The gateway as a whole: one thread for all clients.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use tokio::sync::{Semaphore, oneshot};

use crate::fetch::Fetcher;
use crate::limits::{ALL_CONNECTIONS, LOOKUP_THREADS, MOST_CONNECTIONS};
use crate::outlet::Outlet;
use crate::proxy::{Client, Common, Listener, Served, Shared};
use crate::resolve::{Resolver, SystemResolver};
use crate::tls::{Authority, Outward, Roots};
use crate::turns::Turns;

/// What holds for all clients.
#[derive(Clone)]
pub struct Config {
    /// Tells the addresses of names.
    pub resolver: Arc<dyn Resolver>,
    /// The authorities that certificates of servers lead to.
    pub roots: Roots,
    /// [`ALL_CONNECTIONS`]; 1 to [`MOST_CONNECTIONS`](crate::MOST_CONNECTIONS), what is beyond
    /// counts as the nearest.
    pub connections: usize,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            resolver: Arc::new(SystemResolver),
            roots: Roots::System,
            connections: ALL_CONNECTIONS,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Config").field("connections", &self.connections).finish_non_exhaustive()
    }
}

/// The gateway: a thread of its own that serves every client of a host program. Dropping it closes
/// everything and ends the thread.
pub struct Egress {
    handle: Handle,
    common: Common,
    roots: Roots,
    thread: Option<JoinHandle<()>>,
    /// Dropped to end the thread.
    end: Option<oneshot::Sender<()>>,
}

impl Egress {
    /// Starts the thread, and makes the authority for requests that are looked into.
    pub fn start(config: Config) -> io::Result<Self> {
        let authority = Authority::new().map_err(io::Error::other)?;
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .max_blocking_threads(LOOKUP_THREADS)
            .build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("aether-egress".into()).spawn(move || {
            // It ends when its sender is dropped, which is an error to it.
            let _dropped = runtime.block_on(ended);
            // A lookup that waits for a dead name server must not hold up the end.
            runtime.shutdown_background();
        })?;
        Ok(Egress {
            handle,
            roots: config.roots.clone(),
            common: Common {
                room: Arc::new(Semaphore::new(config.connections.clamp(1, MOST_CONNECTIONS))),
                resolver: config.resolver,
                tls: Arc::new(Outward::new(config.roots)),
                authority: Arc::new(authority),
                lookups: Turns::new(LOOKUP_THREADS),
                exchanges: Arc::default(),
                thread: thread.thread().id(),
            },
            thread: Some(thread),
            end: Some(end),
        })
    }

    /// The certificate of the authority, in PEM, for the trust store of cells. Rules with methods or
    /// paths hold for https too: their hosts' tunnels end at the gateway, which shows certificates
    /// of this authority. It is a new one each time, and its key never leaves memory.
    pub fn authority(&self) -> &str {
        self.common.authority.pem()
    }

    /// All that a cell has to trust whose tunnels are looked into, in PEM: the authority, and those
    /// that servers' certificates lead to, since tunnels that are not looked into end at servers.
    pub fn trusted(&self) -> String {
        format!("{}{}", self.authority(), self.roots.to_pem())
    }

    /// All ways out of a client, under one set of limits.
    pub fn client(&self, client: Client) -> Outlet {
        Outlet::new(self.handle.clone(), Shared::new(client, &self.common))
    }

    /// Makes requests for a client that has no other way out, as [`Outlet::fetcher`].
    pub fn fetcher(&self, client: Client) -> Fetcher {
        self.client(client).fetcher()
    }

    /// Serves a listener for a client that has no other way out, as [`Outlet::serve`].
    pub fn serve(&self, listener: impl Into<Listener>, client: Client) -> io::Result<Served> {
        self.client(client).serve(listener)
    }
}

impl Drop for Egress {
    fn drop(&mut self) {
        drop(self.end.take());
        let Some(thread) = self.thread.take() else { return };
        // The last owner may be an event taker, on the thread itself.
        if thread.thread().id() != std::thread::current().id() {
            // It has nothing to tell, and a panic of it was told by the panic itself.
            let _ended = thread.join();
        }
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Egress").finish_non_exhaustive()
    }
}
