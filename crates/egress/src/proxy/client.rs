//! A plugin, as the gateway knows it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::ThreadId;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::pace::Pace;
use super::record::Carried;
use super::standing::{Done, Standing};
use crate::decide::Rules;
use crate::event::OnEvent;
use crate::limits::Limits;
use crate::resolve::Resolver;
use crate::tls::{Authority, Outward};
use crate::turns::Turns;

/// Who is served, and by which rules.
#[derive(Clone)]
pub struct Client {
    /// Its name, for the events. Those of the same name share their turns at looking names up.
    pub name: String,
    /// What it may request.
    pub rules: Arc<Rules>,
    /// Takes its events.
    pub on_event: OnEvent,
    /// Its limits.
    pub limits: Limits,
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Client").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What all clients have in common.
pub(crate) struct Common {
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) tls: Arc<Outward>,
    pub(crate) authority: Arc<Authority>,
    /// Room for connections of all clients.
    pub(crate) room: Arc<Semaphore>,
    pub(crate) lookups: Turns,
    /// Counts exchanges.
    pub(crate) exchanges: Arc<AtomicU64>,
    /// The thread that serves, which must not wait for itself.
    pub(crate) thread: ThreadId,
}

/// What the connections of a client have in common, to its listeners and of its fetcher alike: one
/// set of limits, whichever way it goes.
pub(crate) struct Shared {
    pub(crate) name: Arc<str>,
    pub(crate) on_event: OnEvent,
    pub(crate) limits: Limits,
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) tls: Arc<Outward>,
    pub(crate) authority: Arc<Authority>,
    pub(crate) lookups: Turns,
    pub(crate) pace: Pace,
    pub(crate) standing: Arc<Standing>,
    room: Arc<Semaphore>,
    all: Arc<Semaphore>,
    exchanges: Arc<AtomicU64>,
    /// Counts what passes.
    pub(crate) carried: Carried,
    thread: ThreadId,
}

impl Shared {
    pub(crate) fn new(client: Client, common: &Common) -> Self {
        let limits = client.limits.bounded();
        Shared {
            name: client.name.into(),
            on_event: client.on_event,
            resolver: Arc::clone(&common.resolver),
            tls: Arc::clone(&common.tls),
            authority: Arc::clone(&common.authority),
            lookups: common.lookups.clone(),
            pace: Pace::new(limits.requests_per_second, limits.burst),
            standing: Arc::new(Standing::new(client.rules)),
            room: Arc::new(Semaphore::new(limits.connections)),
            all: Arc::clone(&common.room),
            limits,
            exchanges: Arc::clone(&common.exchanges),
            carried: Carried::default(),
            thread: common.thread,
        }
    }

    /// Room for one connection, once there is some and the client's turn has come.
    pub(crate) async fn room(&self) -> Room {
        let own = one_of(&self.room).await;
        self.pace.turn().await;
        Room { _own: own, _all: one_of(&self.all).await }
    }

    /// Puts other rules in force, and waits for the end of what they end.
    pub(crate) fn replace_rules(&self, rules: Arc<Rules>) {
        self.until_done(|done| self.standing.replace(rules, &done));
    }

    /// Has something ended, and returns when it has; at once on the thread that would end it.
    pub(crate) fn until_done(&self, tell: impl FnOnce(Done)) {
        let (done, wait) = sync_channel(1);
        tell(done);
        if std::thread::current().id() != self.thread {
            // Nothing is ever sent: it ends when the last of those who were told drops its own.
            let _ended = wait.recv();
        }
    }

    /// The number of a new exchange.
    pub(crate) fn next_exchange(&self) -> u64 {
        self.exchanges.fetch_add(1, Ordering::Relaxed)
    }
}

/// Room for one connection, of the client's own and of all.
pub(crate) struct Room {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

/// The semaphores are never closed; with one that is, nobody is served.
async fn one_of(places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    match Arc::clone(places).acquire_owned().await {
        Ok(place) => place,
        Err(_) => std::future::pending().await,
    }
}

/// One connection's view: what is common, and the rules that it was accepted under.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) shared: Arc<Shared>,
    pub(crate) rules: Arc<Rules>,
}

impl Context {
    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.limits
    }
}
