//! What a monitor is told of a door, and what it does to it.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use aether_gateway::{Class, Event, Meters, Rate, Rates};
use aether_manifest::Permission;
use serde_json::json;

use crate::bench::Bench;

/// Each request, what it was about, and whether it was not allowed.
fn asked(bench: &mut Bench) -> Vec<(String, String, bool)> {
    let one = |event| match event {
        Event::Asked { method, object } => Some((method, object, false)),
        Event::Unallowed { method, object } => Some((method, object, true)),
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
fn what_is_told_of_a_file_is_where_it_really_is() {
    let mut bench =
        Bench::granting(r#"{ "filesystem": { "read": ["./out/**"], "write": ["./out/**"] } }"#);
    let mut do_it = |method, params| drop(bench.ask(method, params).expect(method));
    do_it("fs.write", json!({ "path": "/workspace/out/a", "data": { "text": "a" } }));
    do_it("fs.symlink", json!({ "path": "/workspace/out/alias", "target": "a" }));
    drop(asked(&mut bench));
    let of = |bench: &mut Bench, method, params| {
        let answer = bench.ask(method, params).expect(method);
        let told: Vec<_> = asked(bench)
            .into_iter()
            .map(|(method, object, _)| format!("{method} {object}"))
            .collect();
        (answer, told)
    };
    let (_, told) = of(&mut bench, "fs.read", json!({ "path": "/workspace/out/alias" }));
    assert_eq!(told, ["fs.read /workspace/out/alias", "fs.read /workspace/out/a"]);
    let opening = json!({ "path": "/workspace//out/./a", "access": "read" });
    let (opened, told) = of(&mut bench, "fs.open", opening);
    assert_eq!(told, ["fs.open /workspace/out/a"]);
    let (_, told) = of(&mut bench, "fs.pread", json!({ "file": opened["file"], "offset": 0 }));
    assert_eq!(told, ["fs.pread /workspace/out/a"]);
    let renaming = json!({ "from": "/workspace/out/a", "to": "/workspace/out/b" });
    let (_, told) = of(&mut bench, "fs.rename", renaming);
    assert_eq!(told, ["fs.rename /workspace/out/a", "fs.rename /workspace/out/b"]);
}

#[test]
fn what_is_open_is_taken_away_too() {
    let mut bench = Bench::granting(
        r#"{ "filesystem": { "read": ["./out/**"], "write": ["./out/**"] },
             "events": { "on": ["news.*"] } }"#,
    );
    let path = "/workspace/out/a";
    bench.ask("fs.write", json!({ "path": path, "data": { "text": "a" } })).expect("granted");
    let file = bench.ask("fs.open", json!({ "path": path, "access": "both" })).expect("granted");
    let file = &file["file"];
    let read = |bench: &mut Bench| bench.ask("fs.pread", json!({ "file": file, "offset": 0 }));
    let write = |bench: &mut Bench| {
        bench.ask("fs.pwrite", json!({ "file": file, "data": { "text": "b" } }))
    };
    bench.ask("events.on", json!({ "topic": "news.*" })).expect("granted");
    drop(bench.all_events());
    bench.door.narrow(&[Permission::FilesystemWrite, Permission::EventsOn]);
    read(&mut bench).expect("still granted");
    assert_eq!(write(&mut bench).expect_err("taken").number(), -32001);
    let listens = |bench: &mut Bench| {
        let count = |event| match event {
            Event::Listens(topics) => Some(topics.len()),
            _ => None,
        };
        bench.all_events().into_iter().filter_map(count).collect::<Vec<_>>()
    };
    assert_eq!(listens(&mut bench), [0]);
    bench.door.narrow(&[Permission::FilesystemRead]);
    assert_eq!(read(&mut bench).expect_err("taken").number(), -32001);
    bench.door.narrow(&[]);
    read(&mut bench).expect("given back");
    write(&mut bench).expect("given back");
    assert_eq!(listens(&mut bench), [1, 1]);
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
    assert!(policy.contains("aether plugins restore p"), "{policy}");
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
