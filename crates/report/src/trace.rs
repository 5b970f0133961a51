//! A run over time in the trace event format of Chrome: for Perfetto, and for `chrome://tracing`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::json::render_compact;
use crate::limits::{MAX_SHOWN_TEXT, shortened};
use crate::tally::{places, steps};
use crate::{CellRecord, RunRecord, Sample};

/// How many events a trace has. Against a record that makes a trace which no viewer loads.
const MAX_EVENTS: usize = 200_000;

/// Threads within a cell's process: only lanes of the drawing. What a cell sent while it waited for
/// another answer has further ones, since slices of one thread lie beside or within each other, or
/// viewers leave them out.
const LIFE: usize = 0;
const SENT: usize = 1;

/// How many lanes a cell has for what it sent at once. Against one that sends without end.
const MAX_LANES: usize = 32;

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
    events.push(json!({
        "ph": "X", "pid": pid, "tid": LIFE, "cat": "cell", "name": short(name),
        "ts": micros(cell.started_ms), "dur": micros(cell.resources.wall_ms),
        "args": {
            "plugin": short(&cell.plugin.name), "version": cell.plugin.version,
            "ended": cell.exit.kind.words(), "why": short(&cell.exit.text),
        },
    }));
    steps(&cell.resources.samples).windows(2).for_each(|pair| counters(events, pid, pair));
    instants(events, pid, cell);
}

fn named(pid: u64, tid: usize, name: &str) -> Value {
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
    let mut lanes: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for (number, message) in record.messages.iter().enumerate() {
        let Some(&from) = places.get(&message.from) else { continue };
        let (pid, ts) = (process(from), micros(message.at_ms));
        let end = ts.saturating_add(micros(message.took_ms.max(1)));
        let Some(tid) = lane(lanes.entry(from).or_default(), ts, end) else {
            events.push(json!({
                "ph": "i", "s": "p", "pid": pid, "tid": LIFE, "cat": "message",
                "name": short(&message.via), "ts": ts,
            }));
            continue;
        };
        events.push(json!({
            "ph": "X", "pid": pid, "tid": tid, "cat": "message", "name": short(&message.via),
            "ts": ts, "dur": end - ts,
            "args": { "bytes": message.bytes, "refused": message.refused.as_deref().map(short) },
        }));
        if let (Some(&to), None) = (places.get(&message.to), &message.refused) {
            let arrow = json!({ "id": number, "cat": "message", "name": "passed" });
            arrows(events, &arrow, (pid, tid, ts), (to, record));
        }
    }
    for (place, lanes) in lanes {
        for lane in 0..lanes.len() {
            let name = if lane == 0 { "sent".to_owned() } else { format!("sent {}", lane + 1) };
            events.push(named(process(place), SENT + lane, &name));
        }
    }
}

/// The first lane in which nothing lies there; `lanes` has where each ends.
fn lane(lanes: &mut Vec<u64>, ts: u64, end: u64) -> Option<usize> {
    let free = lanes.iter().position(|last| *last <= ts);
    let at = free.or_else(|| {
        lanes.push(0);
        (lanes.len() <= MAX_LANES).then(|| lanes.len() - 1)
    });
    lanes.truncate(MAX_LANES);
    let at = at?;
    *lanes.get_mut(at)? = end;
    Some(SENT + at)
}

/// From a slice to the life of a cell: the one that lasts then, or that begins thereafter. An arrow to
/// one that has ended would lead nowhere.
fn arrows(
    events: &mut Vec<Value>,
    arrow: &Value,
    (pid, tid, ts): (u64, usize, u64),
    (to, record): (usize, &RunRecord),
) {
    let Some(cell) = record.cells.get(to) else { return };
    let begun = micros(cell.started_ms);
    if ts >= begun.saturating_add(micros(cell.resources.wall_ms)) {
        return;
    }
    let end = |ph: &str, pid: u64, tid: usize| {
        let mut end = arrow.clone();
        end["ph"] = json!(ph);
        end["pid"] = json!(pid);
        end["tid"] = json!(tid);
        end["ts"] = json!(ts);
        end
    };
    events.push(end("s", pid, tid));
    let mut last = end("f", process(to), LIFE);
    if ts >= begun {
        last["bp"] = json!("e");
    }
    events.push(last);
}

fn micros(ms: u64) -> u64 {
    ms.saturating_mul(1000)
}

fn short(untrusted: &str) -> String {
    shortened(untrusted, MAX_SHOWN_TEXT).into_owned()
}
