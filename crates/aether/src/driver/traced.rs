//! What is told of each request, where an owner wants to see them.

use std::collections::BTreeMap;
use std::time::Instant;

use aether_gateway::limits::is_power_of_ten;
use aether_protocol::Code;

use super::Running;
use crate::event::{Event, Traced};

/// A call of one of the plugin's methods.
const CALL: &str = "call";

/// What became of what was open when its cell ended.
const ENDED: &str = "ended";

/// Requests that are traced.
pub(super) struct Traces {
    /// When the cell was let begin.
    born: Instant,
    /// When the line at hand came.
    came: Instant,
    /// Those whose work is under way, by its number: at most as many as may be unanswered.
    open: BTreeMap<u64, (String, String, Instant)>,
    /// When each of the host's calls began, and its method, by its identifier.
    calls: BTreeMap<u64, (String, Instant)>,
    /// Requests in a row that came too fast.
    too_fast: u64,
}

impl Traces {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { born: now, came: now, open: BTreeMap::new(), calls: BTreeMap::new(), too_fast: 0 }
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
        // A flood is told as a flood: of those that came too fast the first, the tenth, the hundredth.
        traces.too_fast = match outcome {
            Err(Code::RateLimited) => traces.too_fast.saturating_add(1),
            _ => 0,
        };
        if traces.too_fast > 0 && !is_power_of_ten(traces.too_fast) {
            return;
        }
        match outcome {
            Ok(Some(work)) => {
                traces.open.insert(work, (method, object, came));
            }
            Ok(None) => self.trace_told(method, object, came, None),
            Err(code) => self.trace_told(method, object, came, Some(word_of(code))),
        }
    }

    /// The work of a request is done.
    pub(super) fn trace_concluded(&mut self, work: u64, failed: Option<Code>) {
        let open = self.traces.as_mut().and_then(|traces| traces.open.remove(&work));
        if let Some((method, object, came)) = open {
            self.trace_told(method, object, came, failed.map(word_of));
        }
    }

    /// A call of the host begins.
    pub(super) fn trace_call(&mut self, call: u64, method: &str) {
        if let Some(traces) = &mut self.traces {
            traces.calls.insert(call, (method.to_owned(), Instant::now()));
        }
    }

    /// A call of the host has ended.
    pub(super) fn trace_returned(&mut self, call: u64, failed: Option<Code>) {
        let call = self.traces.as_mut().and_then(|traces| traces.calls.remove(&call));
        if let Some((method, began)) = call {
            self.trace_told(CALL.to_owned(), method, began, failed.map(word_of));
        }
    }

    /// The cell has ended: what it had not finished ended with it.
    pub(super) fn trace_ended(&mut self) {
        let Some(traces) = &mut self.traces else { return };
        let (open, calls) = (std::mem::take(&mut traces.open), std::mem::take(&mut traces.calls));
        for (method, object, came) in open.into_values() {
            self.trace_told(method, object, came, Some(ENDED));
        }
        for (method, began) in calls.into_values() {
            self.trace_told(CALL.to_owned(), method, began, Some(ENDED));
        }
    }

    /// The plugin was loaded, or could not be.
    pub(super) fn trace_loaded(&self, failed: Option<Code>) {
        if let Some(traces) = &self.traces {
            let failed = failed.map(word_of);
            self.trace_told("load".to_owned(), String::new(), traces.born, failed);
        }
    }

    fn trace_told(
        &self,
        method: String,
        object: String,
        began: Instant,
        failed: Option<&'static str>,
    ) {
        let Some(traces) = &self.traces else { return };
        let at = began.saturating_duration_since(traces.born);
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
