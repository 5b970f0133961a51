//! What is counted, told and written down; and what happens when it cannot be.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aether_audit::{Log, RunId, Sink, Start, SystemClock, verify};
use aether_gateway::{Event, Expelled};
use serde_json::{Value, json};

use crate::bench::{Bench, REQUEST};

#[test]
fn a_refusal_is_answered_counted_told_and_recorded() {
    let mut bench = Bench::new();
    for _ in 0..3 {
        let error = bench.ask("fs.read", json!({ "path": "/etc/shadow" })).expect_err("denied");
        let data = &error.0["data"];
        assert_eq!(error.number(), -32001);
        assert_eq!(data["permission"], "FileSystemRead");
        assert_eq!(data["resource"], "/etc/shadow");
        assert_eq!(data["plugin"], "p");
        assert!(data["fix"].as_str().is_some_and(|fix| fix.contains("\"/etc/shadow\"")), "{data}");
        assert!(error.message().contains("/etc/shadow"));
    }
    let denied: Vec<_> = bench.door.ledger().denied().cloned().collect();
    assert_eq!(denied.len(), 1);
    assert_eq!((denied[0].permission.as_str(), denied[0].count), ("filesystem.read", 3));
    assert!(denied[0].policy_line.as_ref().is_some_and(|line| line.contains("/etc/shadow")));
    let told = bench.events();
    assert!(
        matches!(told.as_slice(), [Event::Denied(first)] if first.object == "/etc/shadow"),
        "{told:?}"
    );
    let recorded = bench.recorded("denied");
    assert_eq!(recorded, vec![("filesystem.read".to_owned(), "/etc/shadow".to_owned()); 3]);
    assert!(bench.recorded("host-call").is_empty());
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn a_border_that_is_met_within_the_grant_is_recorded_too() {
    let mut bench = Bench::new();
    for path in ["./in/../x", "./in/loop"] {
        assert!(bench.ask("fs.read", json!({ "path": path })).is_err());
    }
    let denied: Vec<_> = bench.door.ledger().denied().map(|one| one.permission.clone()).collect();
    assert!(denied.iter().all(|permission| permission == "filesystem.exception"), "{denied:?}");
    assert!(!denied.is_empty());
    // Each says by which call and why.
    let records = bench.records();
    let told: Vec<_> = records.iter().filter(|one| one.kind.as_str() == "denied").collect();
    let words = ["`..`", "too many symlinks"];
    assert_eq!(told.len(), words.len());
    for (one, word) in told.iter().zip(words) {
        let detail = format!("{:?}", one.detail);
        assert!(detail.contains("fs.read") && detail.contains(word), "{word}: {detail}");
    }
    // What is merely missing is nobody's business.
    let mut bench = Bench::new();
    assert!(bench.ask("fs.read", json!({ "path": "./in/none" })).is_err());
    assert_eq!(bench.door.ledger().totals.denials, 0);
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn what_is_allowed_is_recorded_with_the_path_that_was_used() {
    let mut bench = Bench::new();
    let ask = |bench: &mut Bench, method: &str, params: Value| {
        bench.ask(method, params).expect("allowed")
    };
    ask(&mut bench, "fs.read", json!({ "path": "././in/a.txt" }));
    ask(&mut bench, "fs.read", json!({ "path": "./in/honest" }));
    ask(&mut bench, "fs.list", json!({ "path": "./in" }));
    ask(&mut bench, "fs.write", json!({ "path": "out/x", "data": { "text": "x" } }));
    ask(&mut bench, "fs.rename", json!({ "from": "./out/x", "to": "./out/y" }));
    ask(&mut bench, "env.get", json!({ "name": "LANG" }));
    ask(&mut bench, "kv.set", json!({ "key": "k", "value": { "json": 1 } }));
    let expect = [
        ("fs.read", "/workspace/in/a.txt"),
        ("fs.read", "/workspace/in/a.txt"),
        ("fs.list", "/workspace/in"),
        ("fs.write", "/workspace/out/x"),
        ("fs.rename", "/workspace/out/x -> /workspace/out/y"),
        ("env.get", "LANG"),
        ("kv.set", "k"),
    ];
    let recorded = bench.recorded("host-call");
    let recorded: Vec<_> =
        recorded.iter().map(|(action, object)| (action.as_str(), object.as_str())).collect();
    assert_eq!(recorded, expect);
    // Each use is counted with the line of the manifest that allows it.
    let uses: Vec<u64> = bench.door.ledger().uses.values().map(|uses| uses.count).collect();
    assert_eq!(uses.iter().sum::<u64>(), 8, "a link counts at both of its ends: {uses:?}");
}

#[test]
fn objects_are_inert_and_bounded_in_the_log() {
    let mut bench = Bench::new();
    let evil = "\u{1b}[2J\n\u{202e}";
    let long = "x".repeat(4000);
    for path in [format!("./in/{evil}"), format!("/{evil}"), format!("/{long}")] {
        assert!(bench.ask("fs.read", json!({ "path": path })).is_err());
    }
    let prefix = bench.ask("kv.list", json!({ "prefix": "k".repeat(100_000) }));
    assert_eq!(prefix.expect_err("longer than any key").number(), -32602);
    bench.say(evil).expect("a strike");
    assert!(bench.records().len() >= 5);
    bench
        .log
        .end(&aether_audit::End {
            outcome: "done",
            exit_code: 0,
            verdict: aether_audit::Verdict::Noted,
        })
        .expect("an end");
    let largest = bench.records().iter().map(|record| format!("{record:?}").len()).max();
    assert!(largest < Some(20_000), "{largest:?}");
}

/// A sink that fails once it is told to.
struct Failing(Arc<AtomicBool>);

impl io::Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(io::Error::from(io::ErrorKind::StorageFull)),
            false => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Failing {}

fn bench_that_can_fail() -> (Bench, Arc<AtomicBool>) {
    let full = Arc::new(AtomicBool::new(false));
    let run = RunId::random().expect("a run");
    let clock = Box::new(SystemClock::start());
    let log = Log::with(Box::new(Failing(Arc::clone(&full))), clock, run, &Start::default());
    let mut bench = Bench::with_log(REQUEST, log.expect("a log"), None);
    bench.greet();
    bench.open_call();
    (bench, full)
}

#[test]
fn a_log_that_cannot_be_written_refuses_everything_that_must_be_recorded() {
    let (mut bench, full) = bench_that_can_fail();
    assert!(bench.ask("fs.read", json!({ "path": "./in/a.txt" })).is_ok());
    full.store(true, Ordering::Relaxed);
    // A refusal is a record that is written through: it finds out.
    assert_eq!(
        bench.ask("fs.read", json!({ "path": "/etc/shadow" })).expect_err("denied").number(),
        -32001
    );
    assert!(bench.log.flush().is_err());
    let before = bench.door.overlay().usage();
    for (method, params) in [
        ("fs.read", json!({ "path": "./in/a.txt" })),
        ("fs.list", json!({ "path": "./in" })),
        ("fs.stat", json!({ "path": "./in/a.txt" })),
        ("fs.write", json!({ "path": "./out/x", "data": { "text": "x" } })),
        ("fs.remove", json!({ "path": "./out/d.txt" })),
        ("fs.rename", json!({ "from": "./out/d.txt", "to": "./out/e.txt" })),
        ("fs.mkdir", json!({ "path": "./out/folder" })),
        ("env.get", json!({ "name": "LANG" })),
        ("env.list", json!({})),
        ("kv.set", json!({ "key": "k", "value": { "json": 1 } })),
        ("kv.get", json!({ "key": "k" })),
        ("kv.delete", json!({ "key": "k" })),
        ("kv.list", json!({})),
    ] {
        let error = bench.ask(method, params).expect_err("refused");
        assert_eq!(error.number(), -32603, "{method}");
        assert!(error.message().contains("audit log"), "{error:?}");
    }
    assert_eq!(bench.door.overlay().usage(), before, "nothing was changed");
    // What is denied stays denied, and is told.
    assert_eq!(
        bench.ask("fs.read", json!({ "path": "/etc/passwd" })).expect_err("denied").number(),
        -32001
    );
    assert_eq!(bench.door.ledger().totals.denials, 2);
}

#[test]
fn a_violation_that_cannot_be_recorded_ends_the_cell_at_once() {
    let (mut bench, full) = bench_that_can_fail();
    assert_eq!(bench.say("garbage"), Ok(None));
    full.store(true, Ordering::Relaxed);
    assert!(bench.log.flush().is_ok() || bench.log.flush().is_err());
    drop(bench.ask("fs.read", json!({ "path": "/etc/shadow" })));
    assert!(bench.log.flush().is_err());
    assert!(matches!(bench.say("garbage"), Err(Expelled::Violation(_))));
}

#[test]
fn the_log_of_a_hostile_life_verifies() {
    let run = RunId::random().expect("a run");
    let (log, memory) = Log::memory(run, &Start::default()).expect("a log");
    let mut bench = Bench::with_log(REQUEST, log, Some(memory.clone()));
    bench.greet();
    for n in 0..200 {
        drop(bench.ask("fs.read", json!({ "path": format!("/etc/{n}\u{0}\n\u{1b}\"\\") })));
        drop(bench.ask(
            "fs.write",
            json!({ "path": format!("./out/\u{202e}{n}"), "data": { "text": "x" } }),
        ));
    }
    let end =
        aether_audit::End { outcome: "done", exit_code: 0, verdict: aether_audit::Verdict::Noted };
    bench.log.end(&end).expect("an end");
    let found = verify(&memory.bytes()[..]).expect("readable");
    assert!(found.is_valid(), "{}", found.sentence());
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn every_border_of_the_files_is_recorded_by_every_call_that_meets_it() {
    let data = json!({ "text": "x" });
    let calls = |path: &str| {
        [
            ("fs.read", json!({ "path": path })),
            ("fs.list", json!({ "path": path })),
            ("fs.write", json!({ "path": path, "data": data })),
            ("fs.write", json!({ "path": path, "data": data, "append": true })),
            ("fs.remove", json!({ "path": path, "recursive": true })),
            ("fs.rename", json!({ "from": path, "to": "./both/to" })),
            ("fs.mkdir", json!({ "path": path })),
        ]
    };
    // The border, a path that meets it, and the calls that do not: links themselves may be removed
    // and moved, and a grant to read is one.
    let borders: [(&str, &str, &[&str]); 6] = [
        ("outside the grant", "./secret.txt", &[]),
        ("outside the grant", "/etc/shadow", &[]),
        ("by its words", "./both/../secret.txt", &[]),
        ("to be read alone", "./in/a.txt", &["fs.read", "fs.list"]),
        ("special", "./both/fifo", &["fs.remove", "fs.rename", "fs.mkdir", "fs.list"]),
        ("by a link", "./both/folder-link/e.txt", &[]),
    ];
    for (border, path, others) in borders {
        for (method, params) in calls(path) {
            if others.contains(&method) {
                continue;
            }
            let mut bench = Bench::new();
            let fifo = std::process::Command::new("mkfifo").arg(bench.host("both/fifo")).status();
            assert!(fifo.expect("mkfifo").success());
            assert!(bench.ask(method, params.clone()).is_err(), "{border}: {method} {params}");
            let records = bench.records();
            let told = records.iter().find(|one| one.kind.as_str() == "denied");
            let told =
                told.unwrap_or_else(|| panic!("{border}: {method} {params} is not recorded"));
            assert_eq!(told.plugin.as_deref(), Some("p"), "{border}: {method}");
            assert!(format!("{:?}", told.detail).contains(method), "{border}: {method} {told:?}");
            assert!(
                told.rule.is_some() || format!("{:?}", told.detail).contains("why"),
                "{told:?}"
            );
        }
    }
}
