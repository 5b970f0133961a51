//! What the first and the last record of a run say.

use crate::{Event, Kind, Value, Verdict};

/// What is known when a run begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Start<'a> {
    /// Aether's version.
    pub aether: &'a str,
    /// The system it runs on, e.g. `linux x86_64 6.8.0`.
    pub platform: &'a str,
    /// The digest of the policy, if there is one.
    pub policy: Option<&'a str>,
    /// Name and digest of every plugin known so far. As many as fit are listed, as
    /// `plugin NAME`; every plugin also gets its own `load` record.
    pub plugins: &'a [(String, String)],
    /// Whether sandboxing is switched off.
    pub unsafe_mode: bool,
}

/// What is known when a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End<'a> {
    /// How it ended, in the word the report uses.
    pub outcome: &'a str,
    /// The exit code.
    pub exit_code: u8,
    /// How the run as a whole is judged.
    pub verdict: Verdict,
}

/// How many records there are of each verdict, in the order of [`Verdict::ALL`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals([u64; Verdict::ALL.len()]);

impl Totals {
    pub(crate) fn count(&mut self, verdict: Verdict) {
        for (slot, each) in self.0.iter_mut().zip(Verdict::ALL) {
            *slot += u64::from(each == verdict);
        }
    }

    fn each(self) -> impl Iterator<Item = (Verdict, u64)> {
        Verdict::ALL.into_iter().zip(self.0)
    }
}

/// The detail of `run-end` that says how many records the run has, itself included.
/// In `segment-end`, how many records of the segment stand before it.
pub(crate) const RECORDS: &str = "records";

/// The detail of `segment-start`, `segment-end` and `run-end` that says the segment's number; and of
/// a `run-start` that begins one, after a host that was stopped between two segments.
pub(crate) const SEGMENT: &str = "segment";

/// The detail of `run-end` that says how many records of its segment stand before it.
pub(crate) const SEGMENT_RECORDS: &str = "segment_records";

/// The detail of `segment-end` and `run-end`: the root of the tree over those records.
pub(crate) const ROOT: &str = "root";

/// The detail of `segment-start` that names the hash of the record before it.
pub(crate) const HEAD: &str = "head";

/// The details of the log's own records by which it is verified, or that a run has once. They are kept
/// where a record has too many others.
pub(crate) const OWN: [&str; 13] = [
    RECORDS,
    SEGMENT,
    SEGMENT_RECORDS,
    ROOT,
    HEAD,
    "aether",
    "cut_bytes",
    "exit_code",
    "outcome",
    "platform",
    "plugins",
    "policy",
    "unsafe",
];

impl Start<'_> {
    /// Calls `with` with the event; `labels` only keeps the texts alive.
    pub(crate) fn with_event<R>(
        &self,
        torn_bytes: Option<u64>,
        segment: Option<u64>,
        with: impl FnOnce(&Event<'_>) -> R,
    ) -> R {
        let labels: Vec<String> =
            self.plugins.iter().map(|(name, _)| format!("plugin {name}")).collect();
        let mut event = Event::new(Kind::RunStart, "run", Verdict::Noted)
            .detail("aether", self.aether)
            .detail("platform", self.platform)
            .detail("plugins", self.plugins.len())
            .detail("unsafe", self.unsafe_mode);
        if let Some(policy) = self.policy {
            event = event.detail("policy", policy);
        }
        if let Some(bytes) = torn_bytes {
            event = event.detail("cut_bytes", bytes);
        }
        if let Some(number) = segment {
            event = event.detail(SEGMENT, number);
        }
        for (label, (_, digest)) in labels.iter().zip(self.plugins) {
            event = event.detail(label, digest);
        }
        with(&event)
    }
}

impl<'a> End<'a> {
    /// The event, given the number of records including this one and the totals without it.
    pub(crate) fn event(&self, records: u64, totals: Totals) -> Event<'a> {
        let mut event = Event::new(Kind::RunEnd, "run", self.verdict)
            .detail(RECORDS, records)
            .detail("outcome", self.outcome)
            .detail("exit_code", Value::Integer(self.exit_code.into()));
        for (verdict, count) in totals.each() {
            event = event.detail(verdict.as_str(), count);
        }
        event
    }
}
