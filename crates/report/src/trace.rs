//! A run over time in the trace event format of Chrome: for Perfetto, and for `chrome://tracing`.

use serde_json::{Value, json};

use crate::json::render_compact;
use crate::limits::{MAX_SHOWN_TEXT, shortened};
use crate::tally::places;
use crate::{CellRecord, RunRecord, Sample};

/// How many events a trace has. Against a record that makes a trace which no viewer loads.
const MAX_EVENTS: usize = 200_000;

/// Threads within a cell's process: only lanes of the drawing.
const LIFE: u32 = 0;
const SENT: u32 = 1;

/// The run as trace events: a process for each cell, with its life and what it sent as slices, its
/// use of memory, processor and calls as counters, and what was refused, noticed and done about it
/// as instants. Times are microseconds since the run began.
pub fn trace(record: &RunRecord) -> String {
    let mut events = Vec::new();
    for (at, cell) in record.cells.iter().enumerate() {
        of_cell(&mut events, process(at), cell);
    }
    messages(&mut events, record);
    let left_out = events.len().saturating_sub(MAX_EVENTS);
    events.truncate(MAX_EVENTS);
    render_compact(json!({
        "displayTimeUnit": "ms",
        "otherData": {
            "name": record.name,
            "run": record.run,
            "aether": record.aether,
            "outcome": record.outcome.kind.words(),
            "leftOut": left_out,
        },
        "traceEvents": events,
    }))
}

/// A process's number, from 1: the viewers do not show a process 0 well.
fn process(at: usize) -> u64 {
    u64::try_from(at).unwrap_or(u64::MAX).saturating_add(1)
}

fn of_cell(events: &mut Vec<Value>, pid: u64, cell: &CellRecord) {
    let name = cell.label();
    events.push(json!({
        "ph": "M", "pid": pid, "tid": LIFE, "name": "process_name", "args": { "name": short(name) },
    }));
    events.push(named(pid, LIFE, "life"));
    events.push(named(pid, SENT, "sent"));
    events.push(json!({
        "ph": "X", "pid": pid, "tid": LIFE, "cat": "cell", "name": short(name),
        "ts": micros(cell.started_ms), "dur": micros(cell.resources.wall_ms),
        "args": {
            "plugin": short(&cell.plugin.name), "version": cell.plugin.version,
            "ended": cell.exit.kind.words(), "why": short(&cell.exit.text),
        },
    }));
    cell.resources.samples.windows(2).for_each(|pair| counters(events, pid, pair));
    instants(events, pid, cell);
}

fn named(pid: u64, tid: u32, name: &str) -> Value {
    json!({ "ph": "M", "pid": pid, "tid": tid, "name": "thread_name", "args": { "name": name } })
}

/// Memory as it is; of what only grows, how much each second.
fn counters(events: &mut Vec<Value>, pid: u64, pair: &[Sample]) {
    let [before, now] = pair else { return };
    let took = now.t_ms.saturating_sub(before.t_ms).max(1);
    let rate = |one: u64, other: u64| other.saturating_sub(one).saturating_mul(1000) / took;
    let cpu = rate(before.cpu_ms, now.cpu_ms) / 10;
    for (name, unit, value) in [
        ("memory", "bytes", now.memory),
        ("processor", "percent", cpu),
        ("calls", "each second", rate(before.calls, now.calls)),
    ] {
        events.push(json!({
            "ph": "C", "pid": pid, "tid": LIFE, "name": name, "ts": micros(now.t_ms),
            "args": { unit: value },
        }));
    }
}

fn instants(events: &mut Vec<Value>, pid: u64, cell: &CellRecord) {
    let mut push = |cat: &str, at_ms: u64, name: &str, args: Value| {
        events.push(json!({
            "ph": "i", "s": "p", "pid": pid, "tid": LIFE, "cat": cat, "name": short(name),
            "ts": micros(at_ms), "args": args,
        }));
    };
    for each in &cell.violations {
        let args = json!({
            "permission": short(&each.permission), "object": short(&each.object),
            "count": each.count, "verdict": each.verdict,
        });
        push("violation", each.first_ms, &each.rule, args);
    }
    for each in &cell.findings {
        let args = json!({ "sure": each.sure, "sentence": short(&each.sentence) });
        push("finding", each.at_ms, &each.rule, args);
    }
    for each in &cell.ladder {
        let name = format!("{} to {}", each.from.words(), each.to.words());
        let args =
            json!({ "by": short(&each.by), "risk": each.risk, "because": short(&each.because) });
        push("ladder", each.at_ms, &name, args);
    }
}

/// Slices of those that sent them, with arrows to those that got them.
fn messages(events: &mut Vec<Value>, record: &RunRecord) {
    let places = places(record);
    let of = |cell: &u32| places.get(cell).copied().map(process);
    for (number, message) in record.messages.iter().enumerate() {
        let Some(from) = of(&message.from) else { continue };
        let ts = micros(message.at_ms);
        events.push(json!({
            "ph": "X", "pid": from, "tid": SENT, "cat": "message", "name": short(&message.via),
            "ts": ts, "dur": micros(message.took_ms.max(1)),
            "args": { "bytes": message.bytes, "refused": message.refused.as_deref().map(short) },
        }));
        if let (Some(to), None) = (of(&message.to), &message.refused) {
            let flow = |ph: &str, pid: u64, tid: u32| {
                json!({
                    "ph": ph, "bp": "e", "id": number, "pid": pid, "tid": tid, "cat": "message",
                    "name": "passed", "ts": ts,
                })
            };
            events.push(flow("s", from, SENT));
            events.push(flow("f", to, LIFE));
        }
    }
}

fn micros(ms: u64) -> u64 {
    ms.saturating_mul(1000)
}

fn short(untrusted: &str) -> String {
    shortened(untrusted, MAX_SHOWN_TEXT).into_owned()
}
