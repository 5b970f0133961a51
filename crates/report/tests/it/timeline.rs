//! The trace and the chart: what other programs open.

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
fn a_chart_is_capped_and_says_so() {
    let chart = mermaid(&many(2000));
    assert!(chart.lines().count() < 600, "{}", chart.lines().count());
    assert!(chart.contains("more[\"and 1,880 cells and"), "{chart}");
    assert_eq!(mermaid(&RunRecord::default()).lines().count(), 3);
}
