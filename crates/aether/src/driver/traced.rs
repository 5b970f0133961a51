//! What is told of each request, where an owner wants to see them.

use std::collections::BTreeMap;
use std::time::Instant;

use aether_protocol::Code;

use super::Running;
use crate::event::{Event, Traced};

/// Requests that are traced.
pub(super) struct Traces {
    /// When the cell was let begin.
    born: Instant,
    /// When the line at hand came.
    came: Instant,
    /// Those whose work is under way, by its number: at most as many as may be unanswered.
    open: BTreeMap<u64, (String, String, Instant)>,
    /// When each of the host's calls began, by its identifier.
    calls: BTreeMap<u64, Instant>,
}

impl Traces {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { born: now, came: now, open: BTreeMap::new(), calls: BTreeMap::new() }
    }
}

impl Running {
    /// A line is about to be dealt with.
    pub(super) fn trace_line(&mut self) {
        if let Some(traces) = &mut self.traces {
            traces.came = Instant::now();
        }
    }

    /// A request was answered, or its work is under way.
    pub(super) fn trace_asked(
        &mut self,
        method: String,
        object: String,
        outcome: Result<Option<u64>, Code>,
    ) {
        let Some(traces) = &mut self.traces else { return };
        let came = traces.came;
        match outcome {
            Ok(Some(work)) => {
                traces.open.insert(work, (method, object, came));
            }
            Ok(None) => self.trace_told(method, object, came, None),
            Err(code) => self.trace_told(method, object, came, Some(code)),
        }
    }

    /// The work of a request is done.
    pub(super) fn trace_concluded(&mut self, work: u64, failed: Option<Code>) {
        let open = self.traces.as_mut().and_then(|traces| traces.open.remove(&work));
        if let Some((method, object, came)) = open {
            self.trace_told(method, object, came, failed);
        }
    }

    /// A call of the host begins.
    pub(super) fn trace_call(&mut self, call: u64) {
        if let Some(traces) = &mut self.traces {
            traces.calls.insert(call, Instant::now());
        }
    }

    /// A call of the host has ended.
    pub(super) fn trace_returned(&mut self, call: u64, method: &str, failed: Option<Code>) {
        let began = self.traces.as_mut().and_then(|traces| traces.calls.remove(&call));
        if let Some(began) = began {
            self.trace_told("call".to_owned(), method.to_owned(), began, failed);
        }
    }

    /// The plugin was loaded, or could not be.
    pub(super) fn trace_loaded(&self, failed: Option<Code>) {
        if let Some(traces) = &self.traces {
            self.trace_told("load".to_owned(), String::new(), traces.born, failed);
        }
    }

    fn trace_told(&self, method: String, object: String, began: Instant, failed: Option<Code>) {
        let Some(traces) = &self.traces else { return };
        let at = began.saturating_duration_since(traces.born);
        let failed = failed.map(word_of);
        let traced = Traced { method, object, at, took: began.elapsed(), failed };
        self.tell(Event::Traced { cell: self.driver.number, traced });
    }
}

/// What became of a request that was not done.
const fn word_of(code: Code) -> &'static str {
    match code {
        Code::PermissionDenied => "denied",
        Code::CapabilityRequired => "wants a token",
        Code::RateLimited => "came too fast",
        Code::QuotaExceeded => "beyond a quota",
        Code::Plugin | Code::Io => "failed",
        _ => "refused",
    }
}
