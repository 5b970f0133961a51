//! A program for WASI preview 1, made a component, over the files of a real door.

use std::time::Duration;

use aether_wasm::{Input, Kind, Limits, Output, Why};
use serde_json::json;

use crate::bench::{Bench, How, PATIENCE};
use crate::gate::TestGate;

const PROBE: &[u8] = include_bytes!("../guests/probe.wasm");
const REQUEST: &str = r#"{ "filesystem": { "read": ["./in/**", "./out/**"], "write": ["./out/**"] }, "environment": ["LANG"] }"#;

fn bench() -> Bench {
    let files = [
        ("in/a.txt", "text of a"),
        ("in/deep/b.txt", "b"),
        ("in/link", "-> a.txt"),
        ("in/out-of-it", "-> ../secret.txt"),
        ("in/far", "-> /etc/passwd"),
        ("out/old", "old"),
        ("secret.txt", "THE-SECRET"),
    ];
    Bench::with(PROBE, TestGate::house(REQUEST, &files), &How::default())
}

/// What the program says of each step, in one run.
fn steps(bench: &mut Bench, steps: &[&str]) -> Vec<String> {
    let input = json!({ "args": steps }).to_string();
    let said = bench.call("run", &input).unwrap_or_else(|failure| panic!("{failure:?}"));
    let said: String = serde_json::from_str(&said).unwrap_or(said);
    said.lines().map(str::to_owned).collect()
}

fn check(list: &[(&str, &str)]) {
    let mut bench = bench();
    let asked: Vec<_> = list.iter().map(|(step, _)| *step).collect();
    let said = steps(&mut bench, &asked);
    for ((step, expect), said) in list.iter().zip(&said) {
        assert!(said.starts_with(expect), "{step}: {said}, not {expect}");
    }
    assert_eq!(said.len(), list.len(), "{said:?}");
}

#[test]
fn it_is_a_program() {
    let facts = crate::bench::compiled(PROBE).unwrap().facts;
    assert_eq!(facts.kind, Kind::Preview1Command);
    assert_eq!(
        facts.methods.iter().map(|method| method.name.as_str()).collect::<Vec<_>>(),
        ["run"]
    );
}

#[test]
fn files_are_read_and_written() {
    check(&[
        ("read in/a.txt", "text of a"),
        ("read /workspace/in/a.txt", "text of a"),
        ("read ./in/deep/../a.txt", "text of a"),
        ("read in/link", "text of a"),
        ("stat in/a.txt", "9 false"),
        ("stat in", "0 true"),
        ("list in", "a.txt deep/ far link out-of-it"),
        ("write out/new one", "done"),
        ("append out/new two", "done"),
        ("read out/new", "onetwo"),
        ("new out/new", "AlreadyExists"),
        ("new out/fresh", "done"),
        ("seek out/new", "o 3"),
        ("read out/new", "onX"),
        ("mkdir out/d", "done"),
        ("mkdir out/d", "AlreadyExists"),
        ("rename out/new out/d/moved", "done"),
        ("read out/d/moved", "onX"),
        ("rmdir out/d", "Uncategorized"),
        ("remove out/d", "IsADirectory"),
        ("remove out/d/moved", "done"),
        ("rmdir out/d", "done"),
        ("stat out/d", "NotFound"),
        ("link out/old out/second", "done"),
        ("read out/second", "old"),
        ("big out/big", "true"),
        ("stat out/big", "300000 false"),
    ]);
}

#[test]
fn what_is_not_granted_is_not_there() {
    check(&[
        ("read secret.txt", "PermissionDenied"),
        ("read in/out-of-it", "NotFound"),
        ("read in/far", "NotFound"),
        ("read in/../../secret.txt", "PermissionDenied"),
        ("read ../secret.txt", "PermissionDenied"),
        ("read /etc/passwd", "PermissionDenied"),
        ("read in/deep/../../../etc/passwd", "PermissionDenied"),
        ("read in/link/../a.txt", "PermissionDenied"),
        ("write in/a.txt x", "PermissionDenied"),
        ("write in/new x", "PermissionDenied"),
        ("remove in/a.txt", "PermissionDenied"),
        ("rename in/a.txt out/a.txt", "PermissionDenied"),
        ("rename out/old in/old", "PermissionDenied"),
        ("mkdir in/d", "PermissionDenied"),
        ("read in/a.txt/", "NotADirectory"),
        ("read in/none", "NotFound"),
        ("read in", "Uncategorized"),
        ("read out/old", "old"),
    ]);
}

#[test]
fn nothing_on_the_host_changes() {
    let gate = TestGate::house(REQUEST, &[("out/old", "old")]);
    let folder = gate.folder();
    let mut bench = Bench::with(PROBE, gate, &How::default());
    let said = steps(&mut bench, &["write out/old new", "write out/more x", "read out/old"]);
    assert_eq!(said, ["done", "done", "new"]);
    assert_eq!(std::fs::read_to_string(folder.join("out/old")).unwrap(), "old");
    assert!(!folder.join("out/more").exists());
    // The next call is another instance, with the same files.
    assert_eq!(steps(&mut bench, &["read out/old"]), ["new"]);
}

#[test]
fn the_rest_of_a_program_is_there() {
    let mut bench = bench();
    let said = steps(
        &mut bench,
        &["env LANG", "env HOME", "vars", "now", "random", "sleep 20", "error oops"],
    );
    assert_eq!(said[..5], ["C", "not set", "1", "1700000000123", "true"]);
    assert!(said[5].parse::<u64>().unwrap() >= 19, "{said:?}");
    assert_eq!(said[6], "done");
    assert_eq!(bench.seen.lines(), ["oops"]);
    assert_eq!(bench.seen.of("log.write")[0]["level"], "warn");
}

#[test]
fn what_goes_in_and_comes_out() {
    let mut bench = bench();
    let call = |bench: &mut Bench, input: serde_json::Value| bench.call("run", &input.to_string());
    assert_eq!(
        call(&mut bench, json!({ "args": ["stdin"], "stdin": "{\"a\":1}" })).unwrap(),
        "{\"a\":1}"
    );
    assert_eq!(
        call(&mut bench, json!({ "args": ["stdin"], "stdin": "words" })).unwrap(),
        "\"words\\n\""
    );
    assert_eq!(call(&mut bench, json!({ "args": ["print null"] })).unwrap(), "null");
    assert_eq!(
        call(&mut bench, json!({ "args": ["print 1", "print 2"] })).unwrap(),
        "\"1\\n2\\n\""
    );
    // Without arguments it says nothing, whatever it is given.
    assert_eq!(call(&mut bench, json!({ "other": 1 })).unwrap(), "null");
    assert_eq!(call(&mut bench, json!(null)).unwrap(), "null");
    let output = bench.give("run", Input::Bytes(b"x"), PATIENCE).unwrap();
    assert_eq!(output, Output::Bytes(Vec::new()));
}

#[test]
fn a_program_ends_with_its_code() {
    let mut bench = bench();
    assert_eq!(steps(&mut bench, &["print a", "exit 0"]), ["a"]);
    let failure = bench.call("run", r#"{"args":["exit 3"]}"#).unwrap_err();
    assert!(matches!(failure.why, Why::Exit(3 | 1)), "{failure:?}");
    assert!(failure.ends_instance());
    let failure = bench.call("run", r#"{"args":["panic"]}"#).unwrap_err();
    assert_eq!(failure.why, Why::Trap("unreachable"));
    assert!(bench.seen.lines().iter().any(|line| line.contains("as asked")), "its last words");
    assert_eq!(steps(&mut bench, &["print a"]), ["a"], "the next call is another instance");
}

#[test]
fn a_program_is_held_to_its_limits() {
    let limits = Limits { memory: 16 << 20, ..Limits::default() };
    let mut bench = Bench::with(PROBE, TestGate::default(), &How { limits, ..How::default() });
    assert_eq!(bench.call("run", r#"{"args":["eat"]}"#).unwrap_err().why, Why::Memory);
    let input = Input::Json(r#"{"args":["spin"]}"#);
    let failure = bench.give("run", input, Duration::from_millis(50)).unwrap_err();
    assert_eq!(failure.why, Why::Timeout);
    let input = Input::Json(r#"{"args":["sleep 60000"]}"#);
    let failure = bench.give("run", input, Duration::from_millis(50)).unwrap_err();
    assert_eq!(failure.why, Why::Timeout, "also where the host function waits");
    let limits = Limits { output: 10, ..Limits::default() };
    let mut bench = Bench::with(PROBE, TestGate::default(), &How { limits, ..How::default() });
    let failure = bench.call("run", r#"{"args":["print 0123456789a"]}"#);
    assert!(failure.is_err(), "{failure:?}");
}

#[test]
fn files_that_a_program_leaves_open_are_closed() {
    let mut bench = bench();
    for _ in 0..20 {
        steps(&mut bench, &["read in/a.txt", "exit 0"]);
    }
    let opened = bench.seen.of("fs.open").len();
    assert_eq!((opened, bench.seen.of("fs.close").len()), (20, 20));
}
