//! Too much of something.

use aether_gateway::{Event, Expelled, limits};
use serde_json::{Value, json};

use crate::bench::{Bench, FakeBlobs};

fn log(message: &str) -> String {
    json!({ "jsonrpc": "2.0", "method": "log.write", "params": { "level": "info", "message": message } })
        .to_string()
}

fn said(events: &[Event]) -> (usize, usize) {
    let logs = events.iter().filter(|event| matches!(event, Event::Log { .. })).count();
    let caps = events.iter().filter(|event| matches!(event, Event::LogCapped)).count();
    (logs, caps)
}

#[test]
fn log_lines_beyond_the_cap_are_dropped_and_that_is_told_once() {
    let mut bench = Bench::new();
    let line = log(&"x".repeat(1023));
    for _ in 0..1024 {
        assert_eq!(bench.say(&line), Ok(None));
    }
    assert_eq!(said(&bench.events()), (1024, 0), "exactly the cap passes");
    for _ in 0..100 {
        assert_eq!(bench.say(&line), Ok(None));
    }
    assert_eq!(said(&bench.events()), (0, 1));
    let totals = bench.door.ledger().totals;
    assert_eq!((totals.log_dropped, totals.log_bytes, totals.strikes), (100, 1124 * 1024, 0));
    assert_eq!(bench.recorded("log-drop").len(), 1);
    // Everything else goes on.
    assert!(bench.ask("env.list", json!({})).is_ok());
}

#[test]
fn who_prints_without_end_is_expelled() {
    let mut bench = Bench::new();
    let line = log(&"x".repeat(1_000_000));
    let mut lines = 0u64;
    let expelled = loop {
        match bench.say(&line) {
            Ok(_) => lines += 1,
            Err(expelled) => break expelled,
        }
    };
    assert_eq!(expelled, Expelled::LogFlood);
    assert_eq!(lines, limits::LOG_FLOOD_BYTES / 1_000_001);
    assert_eq!(said(&bench.events()).1, 1);
}

#[test]
fn fields_count_as_what_they_are() {
    let mut bench = Bench::new();
    let fields: serde_json::Map<String, Value> =
        (0..1000).map(|n| (format!("key{n}"), json!("x".repeat(500)))).collect();
    let params = json!({ "level": "warn", "message": "", "fields": fields });
    let line = json!({ "jsonrpc": "2.0", "method": "log.write", "params": params }).to_string();
    for _ in 0..4 {
        bench.say(&line).expect("a line");
    }
    assert_eq!(said(&bench.events()), (2, 1));
}

#[test]
fn progress_is_passed_on_so_often_and_for_open_calls_alone() {
    let mut bench = Bench::new();
    let (call, _) = bench.door.call("run", &json!({}), 1000).expect("a call");
    let progress = |call: u64, fraction: f64| {
        let params = json!({ "call": call, "fraction": fraction, "message": "x" });
        json!({ "jsonrpc": "2.0", "method": "call.progress", "params": params }).to_string()
    };
    for fraction in [-1e300, 0.5, 1e300] {
        bench.say(&progress(call, fraction)).expect("a note");
    }
    let fractions: Vec<f64> = bench
        .events()
        .iter()
        .filter_map(|event| match event {
            Event::Progress { fraction, .. } => Some(*fraction),
            _ => None,
        })
        .collect();
    assert_eq!(fractions, [0.0, 0.5, 1.0]);
    for _ in 0..2 * limits::PROGRESS_NOTES {
        bench.say(&progress(call, 0.5)).expect("a note");
    }
    assert_eq!(bench.events().len() as u32, limits::PROGRESS_NOTES - 3);
    // None of them is a fault: a note may cross the end of its call.
    for call in [0, 1, 99, u64::MAX] {
        bench.say(&progress(call, 0.5)).expect("a note");
    }
    assert_eq!(bench.door.ledger().totals.strikes, 0);
    assert!(bench.events().is_empty());
}

#[test]
fn refusals_are_bounded_in_the_record_and_in_the_log() {
    let mut bench = Bench::new();
    let many = limits::DENIALS_RECORDED + 500;
    for n in 0..many {
        let error =
            bench.ask("fs.read", json!({ "path": format!("/secret/{n}") })).expect_err("denied");
        assert_eq!(error.number(), -32001);
    }
    let ledger = bench.door.ledger();
    assert_eq!(ledger.totals.denials, many);
    assert_eq!(ledger.denied().count(), limits::DENIALS_KEPT);
    assert_eq!(ledger.more_denied, many - limits::DENIALS_KEPT as u64);
    assert_eq!(bench.recorded("denied").len() as u64, limits::DENIALS_RECORDED);
    assert_eq!(bench.events().len(), limits::DENIALS_KEPT);
}

#[test]
fn bytes_are_counted_on_both_sides() {
    let mut bench = Bench::new();
    let before = bench.door.ledger().totals;
    let line = json!({ "jsonrpc": "2.0", "id": 1, "method": "env.list" }).to_string();
    let answer = bench.say(&line).expect("an answer").expect("an answer");
    let after = bench.door.ledger().totals;
    assert_eq!(after.bytes_in - before.bytes_in, line.len() as u64 + 1);
    assert_eq!(after.bytes_out - before.bytes_out, answer.line.len() as u64);
    assert_eq!(after.calls - before.calls, 1);
}

/// A request for nothing but these rates.
fn paced(rates: &str) -> Bench {
    Bench::granting(&format!("{{}}, \"resources\": {{ \"rates\": {{ {rates} }} }}"))
}

#[test]
fn what_comes_too_fast_is_refused_and_says_for_how_long() {
    let mut bench = paced(r#""writes": "3/h""#);
    let set = |bench: &mut Bench| {
        bench.ask("kv.set", json!({ "key": "k", "value": { "json": 1 } })).map(drop)
    };
    for _ in 0..3 {
        set(&mut bench).expect("within the rate");
    }
    for _ in 0..100 {
        let error = set(&mut bench).expect_err("too fast");
        assert_eq!(error.number(), -32029);
        let wait = error.0["data"]["retry_after_ms"].as_u64().expect("a time");
        assert!(wait > 1_100_000 && wait <= 1_200_000, "{wait}");
    }
    // Another kind of call is another matter.
    bench.ask("kv.get", json!({ "key": "k" })).expect("a value");
    assert_eq!(bench.recorded("host-call").len(), 4, "what was refused was not done");
    // Of a flood few are written down, and it takes nothing from what is of refusals.
    let limited = [("rate".to_owned(), "writes".to_owned())];
    assert_eq!(bench.recorded("limit"), [&limited[..]; 3].concat());
    let ledger = bench.door.ledger();
    assert_eq!((ledger.totals.too_fast, ledger.totals.denials), (100, 0));
    let kept: Vec<_> = ledger.denied().collect();
    assert_eq!((kept.len(), kept[0].count, kept[0].is_limit()), (1, 100, true));
    assert_eq!(kept[0].manifest_line.as_deref(), Some(r#""rates": { "writes": "6/h" }"#));
    assert_eq!(bench.events().len(), 1);
}

#[test]
fn what_cannot_be_read_counts_as_what_it_claims_to_be() {
    let mut bench = paced(r#""reads": "2/h""#);
    let number = |bench: &mut Bench, method: &str| {
        bench.ask(method, json!({ "odd": 1 })).expect_err("refused").number()
    };
    assert_eq!(number(&mut bench, "kv.get"), -32602);
    assert_eq!(number(&mut bench, "nothing"), -32601);
    assert_eq!(number(&mut bench, "kv.get"), -32029);
    assert_eq!(number(&mut bench, "nothing"), -32029);
    // Before the rates comes whether it may ask at all: that is for the deadline to end.
    let mut early = Bench::before_hello("{}");
    assert_eq!(early.ask("env.list", json!({})).expect_err("refused").number(), -32600);
    assert_eq!(early.door.ledger().totals.too_fast, 0);
}

#[test]
fn what_is_attached_counts_and_is_dropped_unread() {
    let mut bench = paced(r#""bytes": "2MB/h""#);
    let mut set = |size: u64, blobs: &mut FakeBlobs| {
        let params = json!({ "key": "k", "value": { "blob": size, "as": "json" } });
        bench.ask_with("kv.set", params, blobs).map(drop).map_err(|error| error.number())
    };
    let text = format!("\"{}\"", "x".repeat(1 << 20));
    let size = text.len() as u64;
    assert_eq!(set(size, &mut FakeBlobs::of(text.clone())), Ok(()));
    let mut late = FakeBlobs::of(text);
    assert_eq!(set(size, &mut late), Err(-32029));
    assert!(late.0.is_empty(), "it was taken, so that the next line finds its own");
    // What never fits is no matter of waiting.
    assert_eq!(set(3 << 20, &mut FakeBlobs::of("x")), Err(-32030));
    assert_eq!(bench.door.ledger().totals.strikes, 0);
    let params = json!({ "key": "k", "value": { "blob": 9, "as": "json" } });
    for _ in 0..2 {
        drop(bench.ask("kv.set", params.clone()));
    }
    assert_eq!(bench.door.ledger().totals.strikes, 2, "a claim of what is not there");
}

#[test]
fn messages_that_come_too_fast_are_dropped_and_counted() {
    let mut bench = paced(r#""messages": "5/h""#);
    for _ in 0..20 {
        assert_eq!(bench.say(&log("x")), Ok(None));
    }
    let events = bench.events();
    assert_eq!(said(&events), (5, 0));
    assert!(matches!(&events[5], Event::Denied(denied) if denied.object == "messages"));
    let totals = bench.door.ledger().totals;
    assert_eq!((totals.log_dropped, totals.too_fast, totals.strikes), (15, 15, 0));
}
