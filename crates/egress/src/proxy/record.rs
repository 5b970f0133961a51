//! The record of one exchange, which has one end whatever happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use super::client::Shared;
use crate::decide::{Allowed, Denied, Host};
use crate::event::{EgressEvent, Stage, Unrecorded};
use crate::failure::Failure;
use crate::wire::HeadError;

/// Bytes of one exchange in one direction, counted while they pass; and with them those of all of the
/// client's.
#[derive(Debug, Default)]
pub(crate) struct Count {
    own: AtomicU64,
    all: Arc<AtomicU64>,
}

impl Count {
    /// Counts so many more, and gives how many it are now.
    pub(crate) fn add(&self, bytes: u64) -> u64 {
        self.all.fetch_add(bytes, Ordering::Relaxed);
        self.own.fetch_add(bytes, Ordering::Relaxed) + bytes
    }

    fn get(&self) -> u64 {
        self.own.load(Ordering::Relaxed)
    }
}

/// What passed of one exchange.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) out: Count,
    pub(crate) back: Count,
}

impl Counters {
    /// Bytes both ways.
    pub(crate) fn both(&self) -> u64 {
        self.out.get() + self.back.get()
    }
}

/// What passed of all exchanges of a client.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    out: Arc<AtomicU64>,
    back: Arc<AtomicU64>,
}

impl Carried {
    /// Counters of an exchange more.
    fn counters(&self) -> Arc<Counters> {
        let of = |all: &Arc<AtomicU64>| Count { own: AtomicU64::new(0), all: Arc::clone(all) };
        Arc::new(Counters { out: of(&self.out), back: of(&self.back) })
    }

    /// Bytes to servers, and from them.
    pub(crate) fn bytes(&self) -> [u64; 2] {
        [&self.out, &self.back].map(|all| all.load(Ordering::Relaxed))
    }
}

/// What an exchange is about.
#[derive(Debug, Clone)]
pub(crate) struct Subject<'s> {
    pub(crate) method: &'static str,
    pub(crate) host: &'s Host,
    pub(crate) port: u16,
    pub(crate) path: Option<&'s str>,
}

/// An allowed exchange. When it is dropped without an end, as when its connection is closed by the
/// gateway, that is recorded as its end.
pub(crate) struct Exchange {
    shared: Arc<Shared>,
    event: EgressEvent,
    began: Instant,
    counters: Arc<Counters>,
    is_open: bool,
}

impl Exchange {
    /// Records that it is allowed; without the record there is no exchange.
    pub(crate) fn begin(
        shared: &Arc<Shared>,
        subject: &Subject<'_>,
        allowed: &Allowed,
    ) -> Result<Self, Unrecorded> {
        let mut event = about(shared, Some(subject), Stage::Allowed);
        event.rule = Some(allowed.line.clone());
        event.rule_index = allowed.rule;
        (shared.on_event)(&event)?;
        Ok(Exchange {
            shared: Arc::clone(shared),
            event,
            began: Instant::now(),
            counters: shared.carried.counters(),
            is_open: true,
        })
    }

    /// What passes is counted here.
    pub(crate) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// The status that the client gets.
    pub(crate) fn set_status(&mut self, status: u16) {
        self.event.status = Some(status);
    }

    /// Whether the client was given one.
    pub(crate) fn has_status(&self) -> bool {
        self.event.status.is_some()
    }

    /// The port that it is about.
    pub(crate) fn port(&self) -> u16 {
        self.event.port.unwrap_or_default()
    }

    /// The rule that allowed it, as written.
    pub(crate) fn rule(&self) -> Option<String> {
        self.event.rule.clone()
    }

    /// It ended well.
    pub(crate) fn done(mut self) -> Result<(), Unrecorded> {
        self.end(Stage::Done)
    }

    /// It broke off.
    pub(crate) fn failed(mut self, failure: Failure) -> Result<(), Unrecorded> {
        self.end(Stage::Failed(failure))
    }

    /// It turned out to lead where it must not.
    pub(crate) fn denied(mut self, denied: &Denied) -> Result<(), Unrecorded> {
        self.end(Stage::Denied(Box::new(denied.clone())))
    }

    fn end(&mut self, stage: Stage) -> Result<(), Unrecorded> {
        self.is_open = false;
        self.event.stage = stage;
        self.event.bytes_out = self.counters.out.get();
        self.event.bytes_in = self.counters.back.get();
        self.event.duration = self.began.elapsed();
        (self.shared.on_event)(&self.event)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.is_open {
            // Nobody is left to refuse anything to, and the log itself knows that it is broken.
            let _lost = self.end(Stage::Failed(Failure::Closed));
        }
    }
}

/// Records a denial of something that never began.
pub(crate) fn denied(
    shared: &Arc<Shared>,
    subject: &Subject<'_>,
    denied: &Denied,
    status: u16,
) -> Result<(), Unrecorded> {
    let mut event = about(shared, Some(subject), Stage::Denied(Box::new(denied.clone())));
    event.rule.clone_from(&denied.rule);
    event.status = Some(status);
    (shared.on_event)(&event)
}

/// Records that something broke off before anything was asked for through it.
pub(crate) fn failed(
    shared: &Arc<Shared>,
    subject: &Subject<'_>,
    failure: Failure,
    status: u16,
) -> Result<(), Unrecorded> {
    let mut event = about(shared, Some(subject), Stage::Failed(failure));
    event.status = Some(status);
    (shared.on_event)(&event)
}

/// Records that something could not be read.
pub(crate) fn refused(shared: &Arc<Shared>, error: &HeadError) -> Result<(), Unrecorded> {
    let mut event = about(shared, None, Stage::Refused(error.clone()));
    event.status = Some(error.status());
    (shared.on_event)(&event)
}

fn about(shared: &Arc<Shared>, subject: Option<&Subject<'_>>, stage: Stage) -> EgressEvent {
    EgressEvent {
        client: Arc::clone(&shared.name),
        exchange: shared.next_exchange(),
        stage,
        method: subject.map(|subject| subject.method),
        host: subject.map(|subject| subject.host.to_string()),
        port: subject.map(|subject| subject.port),
        path: subject.and_then(|subject| subject.path).map(str::to_owned),
        rule: None,
        rule_index: None,
        status: None,
        bytes_out: 0,
        bytes_in: 0,
        duration: std::time::Duration::ZERO,
    }
}
