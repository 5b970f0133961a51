//! The plugin's own store and its variables.

use aether_gateway::{Attach, Denied, Event, Values, ValuesError, limits};
use serde_json::json;

use crate::bench::{Bench, FakeBlobs};

#[test]
fn values_come_back_and_keys_are_listed() {
    let mut bench = Bench::new();
    for (key, value) in [("a/1", json!(1)), ("a/2", json!({ "x": [null] })), ("b", json!("text"))] {
        bench.ask("kv.set", json!({ "key": key, "value": { "json": value } })).expect("stored");
        let found = bench.ask("kv.get", json!({ "key": key })).expect("a value");
        assert_eq!(found["value"]["json"], value);
    }
    let list =
        |bench: &mut Bench, params| bench.ask("kv.list", params).expect("names")["names"].clone();
    assert_eq!(list(&mut bench, json!({})), json!(["a/1", "a/2", "b"]));
    assert_eq!(list(&mut bench, json!({ "prefix": "a/" })), json!(["a/1", "a/2"]));
    assert_eq!(list(&mut bench, json!({ "prefix": "c" })), json!([]));
    let delete = |bench: &mut Bench| {
        bench.ask("kv.delete", json!({ "key": "b" })).expect("done")["deleted"].clone()
    };
    assert_eq!((delete(&mut bench), delete(&mut bench)), (json!(true), json!(false)));
    let gone = bench.ask("kv.get", json!({ "key": "b" })).expect("an answer");
    assert_eq!(gone, json!({ "value": null }));
}

#[test]
fn large_values_travel_attached() {
    let mut bench = Bench::new();
    let text = format!("\"{}\"", "x".repeat(1 << 20));
    let params = json!({ "key": "k", "value": { "blob": text.len(), "as": "json" } });
    bench.ask_with("kv.set", params, &mut FakeBlobs::of(text.clone())).expect("stored");
    let line = json!({ "jsonrpc": "2.0", "id": 1, "method": "kv.get", "params": { "key": "k" } });
    let answer = bench.say(&line.to_string()).expect("an answer").expect("an answer");
    assert_eq!(answer.attach, Some(Attach::Bytes(text.into_bytes())));
}

#[test]
fn the_store_is_bounded() {
    let mut bench = Bench::new();
    let mut set = |key: &str, size: usize| {
        let text = format!("\"{}\"", "x".repeat(size));
        let params = json!({ "key": key, "value": { "blob": text.len(), "as": "json" } });
        let answer = bench.ask_with("kv.set", params, &mut FakeBlobs::of(text));
        answer.map(drop).map_err(|error| error.number())
    };
    assert_eq!(set("a", 5 << 20), Ok(()));
    assert_eq!(set("b", 5 << 20), Err(-32030));
    assert_eq!(set("a", 7 << 20), Ok(()), "a value that replaces another is not counted twice");
    assert_eq!(set(&"k".repeat(limits::KV_KEY_BYTES), 1), Ok(()));
    assert_eq!(set(&"k".repeat(limits::KV_KEY_BYTES + 1), 1), Err(-32602));
    assert_eq!(set("", 1), Err(-32602));
}

#[test]
fn variables_are_those_of_the_grant() {
    let mut bench = Bench::new();
    let mut get = |name: &str| {
        let answer = bench.ask("env.get", json!({ "name": name }));
        answer.map(|found| found["value"].clone()).map_err(|error| error.number())
    };
    assert_eq!(get("LANG"), Ok(json!("C")));
    assert_eq!(get("UNSET"), Ok(json!(null)));
    for name in ["PATH", "lang", "", "LANG\0", "LANG=", "*"] {
        assert!(matches!(get(name), Err(-32001 | -32602)), "{name:?}");
    }
    assert!(get(&"X".repeat(100_000)).is_err());
    assert_eq!(bench.ask("env.list", json!({})), Ok(json!({ "names": ["LANG"] })));
    let kept: usize = bench.door.ledger().denied().map(|denied| denied.message.len()).sum();
    assert!(kept < 10_000, "{kept} bytes are kept of refused names");
}

/// A store on a disk that is full, last written by another version.
#[derive(Debug)]
struct Stuck;

const WHERE: &str = "/home/ada/p.store: no space left";

impl Values for Stuck {
    fn get(&mut self, _: &str) -> Result<Option<String>, ValuesError> {
        Ok(None)
    }

    fn set(&mut self, key: String, _: String) -> Result<(), ValuesError> {
        if key == "held" { Err(ValuesError::InUse(WHERE.to_owned())) } else { Ok(()) }
    }

    fn delete(&mut self, _: &str) -> Result<bool, ValuesError> {
        Ok(false)
    }

    fn names(&mut self, _: &str) -> Result<Vec<String>, ValuesError> {
        Ok(Vec::new())
    }

    fn flush(&mut self) -> Result<(), ValuesError> {
        Err(ValuesError::Unusable(WHERE.to_owned()))
    }

    fn written_by_other(&self) -> Option<&str> {
        Some("b3:other")
    }
}

#[test]
fn a_store_that_cannot_be_had_is_told_to_the_plugin_in_kind_and_to_the_person_in_full() {
    let mut bench = Bench::storing_in(Box::new(Stuck));
    let set = |bench: &mut Bench, key: &str| {
        bench.ask("kv.set", json!({ "key": key, "value": { "json": 1 } }))
    };
    set(&mut bench, "a").expect("stored, as far as it can tell");
    let error = set(&mut bench, "held").expect_err("in use");
    assert_eq!((error.number(), error.word().as_str()), (-32002, "EBUSY"));
    assert!(!error.message().contains("/home"), "{error:?}");
    assert_eq!(bench.door.flush_values(), Err(ValuesError::Unusable(WHERE.to_owned())));
    let told = |event: Event| match event {
        Event::Denied(denied) if denied.permission == Denied::STORE => denied.message,
        other => panic!("{other:?}"),
    };
    let told: Vec<String> = bench.events().into_iter().map(told).collect();
    assert_eq!(told.len(), 1, "the first is told, the others are counted: {told:?}");
    assert!(told[0].contains(WHERE), "{told:?}");
    assert_eq!(bench.door.ledger().totals.denials, 2);
    // Whose it was is written down once.
    assert_eq!(bench.door.ledger().stored_by.as_deref(), Some("b3:other"));
    let opened = bench.recorded("host-call").iter().filter(|one| one.0 == "kv.open").count();
    assert_eq!(opened, 1);
}
