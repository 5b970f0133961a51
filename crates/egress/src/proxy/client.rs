//! A plugin, as the gateway knows it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::pace::Pace;
use crate::decide::Rules;
use crate::event::OnEvent;
use crate::limits::Limits;
use crate::resolve::Resolver;
use crate::tls::{Authority, Outward};
use crate::turns::Turns;

/// Who is served at a listener, and by which rules.
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
    pub(crate) lookups: Turns,
    /// Counts exchanges.
    pub(crate) exchanges: Arc<AtomicU64>,
}

/// What the connections of a client have in common, whatever the rules.
pub(crate) struct Shared {
    pub(crate) name: Arc<str>,
    pub(crate) on_event: OnEvent,
    pub(crate) limits: Limits,
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) tls: Arc<Outward>,
    pub(crate) authority: Arc<Authority>,
    pub(crate) lookups: Turns,
    pub(crate) pace: Pace,
    exchanges: Arc<AtomicU64>,
}

impl Shared {
    pub(crate) fn new(client: Client, common: &Common) -> Self {
        Shared {
            name: client.name.into(),
            on_event: client.on_event,
            resolver: Arc::clone(&common.resolver),
            tls: Arc::clone(&common.tls),
            authority: Arc::clone(&common.authority),
            lookups: common.lookups.clone(),
            pace: Pace::new(client.limits.requests_per_second, client.limits.burst),
            limits: client.limits,
            exchanges: Arc::clone(&common.exchanges),
        }
    }

    /// The number of a new exchange.
    pub(crate) fn next_exchange(&self) -> u64 {
        self.exchanges.fetch_add(1, Ordering::Relaxed)
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
