//! What a monitor is told of a door, and what it does to it.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use aether_gateway::{Class, Event, Meters, Rate, Rates};
use aether_manifest::Permission;
use serde_json::json;

use crate::bench::Bench;

fn asked(bench: &mut Bench) -> Vec<(String, String, bool)> {
    let one = |event| match event {
        Event::Asked { method, object, denied } => Some((method, object, denied)),
        _ => None,
    };
    bench.all_events().into_iter().filter_map(one).collect()
}

#[test]
fn every_request_is_told_with_what_it_is_about() {
    let mut bench = Bench::new();
    let _ = bench.ask("fs.stat", json!({ "path": "/workspace/in" }));
    let _ = bench.ask("fs.read", json!({ "path": "/etc/shadow" }));
    let _ = bench.ask("env.get", json!({ "name": "LANG" }));
    let told = [
        ("fs.stat".to_owned(), "/workspace/in".to_owned(), false),
        ("fs.read".to_owned(), "/etc/shadow".to_owned(), true),
        ("env.get".to_owned(), "LANG".to_owned(), false),
    ];
    assert_eq!(asked(&mut bench), told);
    let long = "x".repeat(10_000);
    let _ = bench.ask("kv.get", json!({ "key": long }));
    assert!(asked(&mut bench).iter().all(|(_, object, _)| object.len() <= 256));
    bench.say("nonsense").expect("the first strike");
    assert!(bench.all_events().iter().any(|event| matches!(event, Event::Struck(_))));
}

#[test]
fn what_is_taken_away_is_denied_and_can_be_given_back() {
    let mut bench = Bench::new();
    let get = |bench: &mut Bench| bench.ask("env.get", json!({ "name": "LANG" }));
    get(&mut bench).expect("granted");
    bench.door.narrow(&[Permission::Environment]);
    let error = get(&mut bench).expect_err("taken");
    assert_eq!(error.number(), -32001);
    let text = error.0["message"].as_str().expect("a message");
    assert!(text.contains("the monitor has taken this permission away"), "{text}");
    let policy = error.0.to_string();
    assert!(policy.contains("monitor: { most: throttle }"), "{policy}");
    // Nothing else is, and what is left keeps its number.
    bench.ask("fs.list", json!({ "path": "/workspace/in" })).expect("granted");
    // Something else may be taken instead.
    bench.door.narrow(&[Permission::FilesystemRead]);
    get(&mut bench).expect("granted");
    bench.ask("fs.list", json!({ "path": "/workspace/in" })).expect_err("taken");
    bench.door.narrow(&[]);
    get(&mut bench).expect("given back");
    bench.ask("fs.list", json!({ "path": "/workspace/in" })).expect("given back");
    assert_eq!(bench.door.ledger().totals.denials, 2);
}

#[test]
fn who_is_slowed_down_may_ask_less_often_and_then_as_before() {
    let mut bench = Bench::granting("{}, \"resources\": { \"rates\": { \"reads\": \"60/m\" } }");
    let get = |bench: &mut Bench| bench.ask("kv.get", json!({ "key": "k" }));
    let wait = |bench: &mut Bench| {
        for _ in 0..100 {
            if let Err(error) = get(bench) {
                return error.0["data"]["retry_after_ms"].as_u64().expect("a time");
            }
        }
        panic!("never too fast");
    };
    assert!(wait(&mut bench) <= 1000);
    bench.door.slow_down(10);
    let slow = wait(&mut bench);
    assert!((8000..=10_000).contains(&slow), "{slow}");
    bench.door.slow_down(1);
    assert!(wait(&mut bench) <= 1000);
}

#[test]
fn only_the_cell_that_is_slowed_down_is_slow() {
    let slow = Rate::per_second(1_000, 1_000);
    let rates = Rates::default().with(Class::Read, slow);
    let meters = Arc::new(Mutex::new(Meters::new(&rates, Instant::now())));
    let mut benches = [(); 2].map(|()| {
        let mut bench =
            Bench::granting("{}, \"resources\": { \"rates\": { \"reads\": \"1000/s\" } }");
        bench.door = bench.door.with_meters(Arc::clone(&meters));
        bench
    });
    // A thousand times as slow: once a second, beyond what comes through at once.
    benches[0].door.slow_down(1_000);
    let refused = |bench: &mut Bench| {
        let mut asked = (0..1_500).map(|_| bench.ask("kv.get", json!({ "key": "k" })));
        asked.any(|answer| answer.is_err())
    };
    assert!(refused(&mut benches[0]), "a thousand at once, and no more for a second");
    std::thread::sleep(std::time::Duration::from_millis(200));
    let mut asked = (0..50).map(|_| benches[1].ask("kv.get", json!({ "key": "k" })));
    assert!(asked.all(|answer| answer.is_ok()), "its sibling has what has come back meanwhile");
    assert!(benches[0].ask("kv.get", json!({ "key": "k" })).is_err());
}
