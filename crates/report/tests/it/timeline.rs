//! The trace and the chart: what other programs open.

use std::collections::HashMap;

use aether_report::*;
use serde_json::Value;

use crate::fixture::{many, triage};
use crate::incident::{crowd, incident};

fn events(record: &RunRecord) -> Vec<Value> {
    let trace: Value = serde_json::from_str(&trace(record)).unwrap();
    trace["traceEvents"].as_array().unwrap().clone()
}

/// What Perfetto's importer needs of the kinds of events that are used here.
fn check(event: &Value) {
    assert!(event["name"].is_string() && event["pid"].as_u64() >= Some(1), "{event}");
    match event["ph"].as_str() {
        Some("M") => assert!(event["args"]["name"].is_string()),
        Some("X") => assert!(event["ts"].is_u64() && event["dur"].is_u64(), "{event}"),
        Some("C") => {
            let args = event["args"].as_object().unwrap();
            assert!(event["ts"].is_u64() && args.values().all(Value::is_number), "{event}");
        }
        Some("i") => assert!(event["ts"].is_u64() && event["s"] == "p"),
        Some("s" | "f") => assert!(event["ts"].is_u64() && event["id"].is_u64()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_event_is_one_that_viewers_know() {
    for record in [incident(), triage(), RunRecord::default(), crowd(200)] {
        events(&record).iter().for_each(check);
    }
}

/// Those with a beginning and an end, by process and thread.
fn slices(events: &[Value]) -> HashMap<(u64, u64), Vec<(u64, u64)>> {
    let mut slices: HashMap<(u64, u64), Vec<(u64, u64)>> = HashMap::new();
    for event in events.iter().filter(|event| event["ph"] == "X") {
        let number = |key: &str| event[key].as_u64().unwrap();
        let slice = (number("ts"), number("ts") + number("dur"));
        slices.entry((number("pid"), number("tid"))).or_default().push(slice);
    }
    slices
}

/// What importers leave out, or bind to nothing.
fn is_drawn_whole(record: &RunRecord) {
    let events = events(record);
    let slices = slices(&events);
    for (thread, slices) in &slices {
        let mut slices = slices.clone();
        slices.sort_unstable();
        let overlap = |pair: &[(u64, u64)]| pair[1].0 < pair[0].1;
        assert!(!slices.windows(2).any(overlap), "{thread:?}: {slices:?}");
    }
    let named = |event: &&Value| event["name"] == "thread_name";
    let of = |event: &Value| (event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap());
    let names: Vec<(u64, u64)> = events.iter().filter(named).map(of).collect();
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len(), "a thread has one name");
    assert!(slices.keys().all(|thread| names.contains(thread)), "each has one");
    let mut open = HashMap::new();
    for event in events.iter().filter(|event| event["ph"] == "s" || event["ph"] == "f") {
        let (ts, slices) = (event["ts"].as_u64().unwrap(), &slices[&of(event)]);
        let lasts = |slice: &&(u64, u64)| slice.0 <= ts && ts < slice.1;
        match event["ph"].as_str() {
            Some("s") => {
                assert!(slices.iter().any(|slice| lasts(&slice)), "{event}");
                assert!(open.insert(event["id"].as_u64(), ts).is_none(), "{event}");
            }
            _ if event["bp"] == "e" => assert!(slices.iter().any(|slice| lasts(&slice)), "{event}"),
            _ => assert!(slices.iter().any(|slice| slice.0 >= ts), "{event}"),
        }
        if event["ph"] == "f" {
            assert_eq!(open.remove(&event["id"].as_u64()), Some(ts), "it was begun: {event}");
        }
    }
    assert!(open.is_empty(), "an arrow without an end");
}

#[test]
fn slices_lie_beside_each_other_and_arrows_end_at_one() {
    for record in [incident(), triage(), many(40), crowd(200)] {
        is_drawn_whole(&record);
    }
    // Calls that a cell made before others were answered.
    let mut record = incident();
    let message = |at_ms, took_ms| Message { at_ms, took_ms, ..incident().messages[0].clone() };
    record.messages = [(0, 900), (100, 50), (120, 500), (150, 10), (620, 5)]
        .map(|(at, took)| message(at, took))
        .into();
    is_drawn_whole(&record);
    let threads = slices(&events(&record));
    let pid = 1 + record.cells.iter().position(|cell| cell.id == record.messages[0].from).unwrap();
    let sent = |tid| threads.get(&(pid as u64, tid)).map_or(0, Vec::len);
    assert_eq!([sent(1), sent(2), sent(3), sent(4)], [1, 3, 1, 0]);
    // Without end.
    record.messages = (0..1000).map(|at| message(at, 100_000)).collect();
    is_drawn_whole(&record);
    let threads = slices(&events(&record));
    assert_eq!(threads.keys().filter(|thread| thread.0 == pid as u64).count(), 33);
}

#[test]
fn a_trace_has_lives_messages_counters_and_instants() {
    let events = events(&incident());
    let number = |ph: &str, cat: &str| {
        let has = |event: &&Value| event["ph"] == ph && event["cat"].as_str().unwrap_or("") == cat;
        events.iter().filter(has).count()
    };
    assert_eq!(number("X", "cell"), 10);
    assert_eq!(number("X", "message"), incident().messages.len());
    assert_eq!(number("s", "message"), number("f", "message"));
    assert_eq!((number("i", "violation"), number("i", "finding")), (6, 4));
    assert_eq!(number("i", "ladder"), 5);
    assert_eq!(number("C", ""), 10 * 47 * 3);
    let kill = events.iter().find(|event| event["name"] == "freeze to kill").unwrap();
    assert_eq!(kill["ts"], incident().cells[6].ladder[4].at_ms * 1000, "microseconds");
}

#[test]
fn a_chart_has_cells_shared_things_and_what_was_refused() {
    let chart = mermaid(&incident());
    for line in [
        "flowchart LR",
        "    c6[\"crm-sync - violation\"]:::bad",
        "    c0 -->|\"pipeline 4.9 MB, 18 calls\"| c1",
        "    c6 -.->|\"mail.read refused 9\"| c0",
        "    s0[(\"file /srv/inbox/spool\")]",
        "    s1{{\"topic ticket.changed\"}}",
        "    c5 -->|\"writes\"| s1",
        "    linkStyle 9 stroke:#b3261e,stroke-width:2px",
    ] {
        assert!(chart.lines().any(|each| each == line), "{line}\nis not in\n{chart}");
    }
}

#[test]
fn a_call_of_nobody_is_no_loop() {
    let mut record = triage();
    let edge = |calls, refused| Edge { via: "x.y".into(), calls, refused, ..Edge::default() };
    record.edges = vec![edge(0, 2)];
    let chart = mermaid(&record);
    for line in
        ["    nobody([\"nobody - no such plugin\"])", "    c0 -.->|\"x.y refused 2\"| nobody"]
    {
        assert!(chart.lines().any(|each| each == line), "{line}\nis not in\n{chart}");
    }
    // What a cell really passes to itself stays one.
    record.edges = vec![edge(3, 0)];
    let chart = mermaid(&record);
    assert!(chart.contains("| c0\n") && !chart.contains("nobody"), "{chart}");
}

#[test]
fn a_chart_is_capped_and_says_so() {
    let chart = mermaid(&many(2000));
    assert!(chart.lines().count() < 600, "{}", chart.lines().count());
    assert!(chart.contains("more[\"and 1,880 cells and"), "{chart}");
    assert_eq!(mermaid(&RunRecord::default()).lines().count(), 3);
}
