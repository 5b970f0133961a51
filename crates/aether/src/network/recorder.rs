//! What happens on a cell's network, written to the audit log and told to its driver.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use aether_audit::{Kind, Verdict};
use aether_container::Waker;
use aether_egress::{Denied as NotAllowed, EgressEvent, Stage, Unrecorded, Why};
use aether_gateway::{Auditor, Denied, limits};
use aether_manifest::Permission;
use aether_policy::grant::Grant;
use aether_protocol::limits::cut;
use aether_source::quoted;

use super::Note;
use crate::host::millis;

/// The number of a rule that stands for a token, and for no line of the grant.
pub(super) const OPENED: usize = usize::MAX;

/// What a request is called that could not be read.
const UNREADABLE: &str = "a request that cannot be read";

/// Writes and tells. Used from the gateway's thread and from those of the ways in: it waits for
/// nobody but the log.
#[derive(Debug)]
pub(crate) struct Recorder {
    auditor: Auditor,
    grant: Arc<Grant>,
    notes: Sender<Note>,
    waker: Waker,
    denials: AtomicU64,
}

impl Recorder {
    pub(crate) fn new(
        auditor: Auditor,
        grant: Arc<Grant>,
        notes: Sender<Note>,
        waker: Waker,
    ) -> Self {
        Self { auditor, grant, notes, waker, denials: AtomicU64::new(0) }
    }

    /// An event of the egress gateway. What cannot be written down does not happen.
    pub(super) fn take(&self, event: &EgressEvent) -> Result<(), Unrecorded> {
        match &event.stage {
            Stage::Allowed => {
                self.write_begin(event)?;
                self.tell(Note::Exchange { destination: destination_of(event), allowed: true });
                if let Some(line) = event.rule_index.filter(|line| *line != OPENED) {
                    self.tell(Note::Used(line));
                }
                Ok(())
            }
            Stage::Done => {
                self.tell_of(event);
                self.write_end(event, Verdict::Noted, None)
            }
            Stage::Failed(failure) => {
                self.tell_of(event);
                self.write_end(event, Verdict::Failed, Some(&failure.to_string()))
            }
            Stage::Denied(denied) if denied.why == Why::Taken => {
                self.denied(event, self.taken(event))
            }
            Stage::Denied(denied) => self.denied(event, self.described(event, denied)),
            Stage::Refused(error) => {
                let object = UNREADABLE.to_owned();
                let message = format!("{object} is refused: {error}");
                self.denied(event, Refusal { object, message, line: None, policy: None })
            }
        }
    }

    /// A connection from outside to a port, about to be carried.
    pub(super) fn connected(&self, line: usize, port: u16) -> Result<(), Unrecorded> {
        let object = port.to_string();
        let event = self.auditor.event(
            Kind::HostCall,
            Permission::NetworkInbound.as_str(),
            Verdict::Allowed,
        );
        self.auditor.write(&event.object(&object)).map_err(|_| Unrecorded)?;
        self.tell(Note::Used(line));
        Ok(())
    }

    /// A connection to a port has ended: bytes into the cell and out of it, and how long it was open.
    pub(super) fn disconnected(&self, port: u16, bytes: [u64; 2], open: Duration) {
        let object = port.to_string();
        let event = self
            .auditor
            .event(Kind::HostCall, "network.inbound.end", Verdict::Allowed)
            .object(&object)
            .detail("bytes_in", bytes[0])
            .detail("bytes_out", bytes[1])
            .detail("ms", millis(open));
        // It is over whether or not this can be written.
        drop(self.auditor.write(&event));
    }

    fn write_begin(&self, event: &EgressEvent) -> Result<(), Unrecorded> {
        let object = request_of(event);
        let mut record = self
            .auditor
            .event(Kind::HostCall, "network.request", Verdict::Allowed)
            .object(&object)
            .detail("exchange", event.exchange);
        if let Some(rule) = &event.rule {
            record = record.rule(rule);
        }
        self.auditor.write(&record).map_err(|_| Unrecorded)
    }

    fn write_end(
        &self,
        event: &EgressEvent,
        verdict: Verdict,
        why: Option<&str>,
    ) -> Result<(), Unrecorded> {
        let object = request_of(event);
        let took_ms = millis(event.duration);
        let mut record = self
            .auditor
            .event(Kind::HostCall, "network.end", verdict)
            .object(&object)
            .detail("exchange", event.exchange)
            .detail("bytes_out", event.bytes_out)
            .detail("bytes_in", event.bytes_in)
            .detail("ms", took_ms);
        if let Some(status) = event.status {
            record = record.detail("status", u32::from(status));
        }
        if let Some(why) = why {
            record = record.detail("why", why);
        }
        self.auditor.write(&record).map_err(|_| Unrecorded)
    }

    fn denied(&self, event: &EgressEvent, refusal: Refusal) -> Result<(), Unrecorded> {
        let total = self.denials.fetch_add(1, Ordering::Relaxed) + 1;
        let why = match &event.stage {
            Stage::Denied(denied) => Some(&denied.why),
            _ => None,
        };
        let action = match why {
            Some(Why::Secret(_) | Why::Decoy(_)) => Permission::Secrets.as_str(),
            _ => Permission::NetworkDomains.as_str(),
        };
        if let Some(Why::Decoy(name)) = why {
            self.tell(Note::Decoy(name.clone()));
        }
        if limits::is_recorded(total) {
            let record = self
                .auditor
                .event(Kind::Denied, action, Verdict::Denied)
                .object(&refusal.object)
                .detail("exchange", event.exchange)
                .detail("why", &refusal.message);
            let record = match refusal.line.as_ref().or(refusal.policy.as_ref()) {
                Some(line) => record.rule(line),
                None => record,
            };
            self.auditor.write(&record).map_err(|_| Unrecorded)?;
        }
        self.tell(Note::Exchange { destination: destination_of(event), allowed: false });
        self.tell(Note::Denied(Denied {
            manifest_line: refusal.line,
            policy_line: refusal.policy,
            ..Denied::of(action, refusal.object, refusal.message)
        }));
        Ok(())
    }

    /// A request names a secret that is put in for it. Its name is on record, and nothing else of it.
    pub(super) fn uses_secret(&self, name: &str) -> Result<(), Unrecorded> {
        let record = self.auditor.event(Kind::HostCall, "secret.use", Verdict::Allowed);
        self.auditor.write(&record.object(name)).map_err(|_| Unrecorded)
    }

    /// A request names a secret that it may not carry. It is refused whether or not this can be
    /// written.
    pub(super) fn no_secret(&self, name: &str, message: &str, line: Option<&str>) {
        let name = cut(name, limits::RECORDED_BYTES);
        let total = self.denials.fetch_add(1, Ordering::Relaxed) + 1;
        let action = Permission::Secrets.as_str();
        if limits::is_recorded(total) {
            let record = self.auditor.event(Kind::Denied, action, Verdict::Denied).object(name);
            drop(self.auditor.write(&match line {
                Some(line) => record.rule(line),
                None => record,
            }));
        }
        self.tell(Note::Denied(Denied {
            manifest_line: line.map(str::to_owned),
            ..Denied::of(action, name, cut(message, limits::RECORDED_BYTES))
        }));
    }

    /// A refusal as people are told of it. What was asked for is no more exact than the reason:
    /// each path of a host that is not granted would be a refusal of its own otherwise.
    fn described(&self, event: &EgressEvent, denied: &NotAllowed) -> Refusal {
        let object = match denied.why {
            Why::Host | Why::Port | Why::Literal | Why::Address(_) => authority_of(event),
            Why::SocketToAddress => authority_of(event),
            Why::NotTls | Why::ServerName | Why::EncryptedHello => authority_of(event),
            _ => request_of(event),
        };
        let advice = &denied.advice;
        let line = match &advice.resource {
            Some(resource) => Some(self.grant.deny_request(resource).manifest_line),
            None => advice.option.as_deref().map(str::to_owned),
        };
        Refusal {
            message: format!("reaching {} is denied: {}", quoted(&object), denied.why),
            object,
            line,
            policy: advice.policy.as_deref().map(str::to_owned),
        }
    }

    /// What was granted, and taken away since.
    fn taken(&self, event: &EgressEvent) -> Refusal {
        let object = request_of(event);
        let denial = self.grant.without(&[Permission::NetworkDomains]).deny_request(&object);
        Refusal { object, message: denial.message, line: None, policy: Some(denial.policy_line) }
    }

    fn tell_of(&self, event: &EgressEvent) {
        self.tell(Note::Transferred {
            destination: destination_of(event),
            bytes_out: event.bytes_out,
            bytes_in: event.bytes_in,
        });
    }

    fn tell(&self, note: Note) {
        // Nobody counts any more when the driver is gone; what was recorded is recorded.
        drop(self.notes.send(note));
        self.waker.wake();
    }
}

/// A refusal, for the log and the ledger.
struct Refusal {
    object: String,
    message: String,
    line: Option<String>,
    policy: Option<String>,
}

/// Host and port, without a port that is the scheme's own.
fn authority_of(event: &EgressEvent) -> String {
    let host = event.host.as_deref().unwrap_or(UNREADABLE);
    match event.port {
        Some(port) if !matches!(port, 80 | 443) => format!("{host}:{port}"),
        _ => host.to_owned(),
    }
}

/// Host and port, always both.
fn destination_of(event: &EgressEvent) -> String {
    let host = event.host.as_deref().unwrap_or(UNREADABLE);
    event.port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The request as a grant would name it.
fn request_of(event: &EgressEvent) -> String {
    let method = event.method.unwrap_or_default();
    let path = event.path.as_deref().unwrap_or_default();
    cut(&format!("{method} {}{path}", authority_of(event)), limits::RECORDED_BYTES).to_owned()
}
