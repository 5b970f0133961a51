//! Blobs, over a pool that keeps them in a list.

use std::sync::{Arc, Mutex};

use aether_gateway::{Attach, Denied, Held, Pool, PoolError};
use serde_json::{Value, json};

use crate::bench::{Bench, FakeBlobs, value};

/// What was made, by number, and what was done with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct List(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    made: Vec<Option<Attach>>,
    done: Vec<String>,
}

impl List {
    fn done(&self) -> Vec<String> {
        self.0.lock().expect("no panic").done.clone()
    }
}

/// A name as long as real ones are.
fn name(number: usize) -> String {
    format!("{number:032x}")
}

impl Pool for List {
    fn create(&mut self, content: Attach) -> Result<String, PoolError> {
        let mut list = self.0.lock().expect("no panic");
        if content.size() == 4 {
            return Err(PoolError::Full(3));
        }
        list.made.push(Some(content));
        Ok(name(list.made.len() - 1))
    }

    fn open(&mut self, blob: &str) -> Result<Attach, PoolError> {
        let list = self.0.lock().expect("no panic");
        let found = (0..list.made.len()).find(|number| name(*number) == blob);
        found.and_then(|number| list.made[number].clone()).ok_or(PoolError::Unknown)
    }

    fn may_send(&mut self, blob: &str, to: &str) -> Result<u64, PoolError> {
        match to {
            "one-more" => Err(PoolError::TooManyReaders),
            "not-mine" => Err(PoolError::NotMine),
            _ => self.open(blob).map(|content| content.size()),
        }
    }

    fn send(&mut self, blob: &str, to: &str) -> Result<(), PoolError> {
        self.may_send(blob, to)?;
        self.0.lock().expect("no panic").done.push(format!("sent to {to}"));
        Ok(())
    }

    fn give_up(&mut self, blob: &str) -> Result<u64, PoolError> {
        let size = self.open(blob)?.size();
        let mut list = self.0.lock().expect("no panic");
        let number = usize::from_str_radix(blob, 16).expect("a number");
        list.made[number] = None;
        list.done.push("dropped".to_owned());
        Ok(size)
    }
}

/// What a memory file is to a door.
#[derive(Debug)]
struct File(Vec<u8>);

impl Held for File {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read(&self) -> Result<Vec<u8>, String> {
        Ok(self.0.clone())
    }
}

fn bench() -> (Bench, List) {
    let list = List::default();
    (Bench::with_pool(Box::new(list.clone())), list)
}

fn create(bench: &mut Bench, data: Value) -> String {
    let made = bench.ask("blob.create", json!({ "data": data })).expect("a blob");
    made["blob"].as_str().expect("a name").to_owned()
}

#[test]
fn what_was_made_is_opened_whatever_form_it_came_in() {
    let (mut bench, _) = bench();
    for (data, bytes) in [
        (json!({ "text": "abc" }), "YWJj"),
        (json!({ "base64": "AP8=" }), "AP8="),
        (json!({ "json": [1] }), "WzFd"),
        (json!({ "text": "" }), ""),
    ] {
        let blob = create(&mut bench, data);
        let found = bench.ask("blob.open", json!({ "blob": blob })).expect("its bytes");
        assert_eq!(found, json!({ "data": { "base64": bytes } }));
    }
    let params = json!({ "data": { "blob": 5, "as": "bytes" } });
    let made = bench.ask_with("blob.create", params, &mut FakeBlobs::of("hello"));
    assert_eq!(made, Ok(json!({ "blob": name(4), "size": 5 })));
}

#[test]
fn what_is_held_elsewhere_is_handed_on_as_it_is() {
    let (mut bench, list) = bench();
    let held: Arc<dyn Held> = Arc::new(File(vec![7; 5]));
    list.0.lock().expect("no panic").made.push(Some(Attach::Held(Arc::clone(&held))));
    let open =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "blob.open", "params": { "blob": name(0) } });
    let answer = bench.say(&open.to_string()).expect("no violation").expect("an answer");
    assert_eq!(value(&answer)["result"], json!({ "data": { "blob": 5, "as": "bytes" } }));
    assert_eq!(answer.attach, Some(Attach::Held(held)));
    // Where no descriptors travel, the bytes do.
    bench.door.never_attach();
    let answer = bench.say(&open.to_string()).expect("no violation").expect("an answer");
    assert_eq!(value(&answer)["result"], json!({ "data": { "base64": "BwcHBwc=" } }));
    assert_eq!(answer.attach, None);
}

#[test]
fn what_is_not_there_is_not_there_in_one_way() {
    let (mut bench, list) = bench();
    let mut words = Vec::new();
    for blob in ["", "0", "x", &name(0), &"f".repeat(100_000)] {
        for (method, params) in [
            ("blob.open", json!({ "blob": blob })),
            ("blob.drop", json!({ "blob": blob })),
            ("blob.send", json!({ "blob": blob, "to": "q" })),
        ] {
            let error = bench.ask(method, params).expect_err("nothing");
            words.push((error.word(), error.message().to_owned()));
        }
    }
    words.dedup();
    assert_eq!(words, [("ENOENT".to_owned(), "there is no such blob".to_owned())]);
    assert!(list.done().is_empty());
    // Guesses are counted, and told.
    let denied: Vec<_> = bench.door.ledger().denied().collect();
    assert!(denied.iter().all(|one| one.permission == Denied::BLOB), "{denied:?}");
    assert_eq!(denied.iter().map(|one| one.count).sum::<u64>(), 15);
    assert!(!format!("{denied:?}").contains("ffff"));
}

#[test]
fn refusals_say_which_limit_it_was() {
    let (mut bench, list) = bench();
    let full = bench.ask("blob.create", json!({ "data": { "text": "four" } })).expect_err("full");
    assert_eq!(full.number(), -32030);
    let blob = create(&mut bench, json!({ "text": "abc" }));
    let mut send = |to: &str| {
        let sent = bench.ask("blob.send", json!({ "blob": blob, "to": to }));
        sent.map(drop).map_err(|error| error.word())
    };
    assert_eq!(send("one-more"), Err("-32030".to_owned()));
    assert_eq!(send("not-mine"), Err("EPERM".to_owned()));
    assert_eq!(send(""), Err("-32602".to_owned()));
    assert_eq!(send(&"q".repeat(65)), Err("-32602".to_owned()));
    assert_eq!(send("q"), Ok(()));
    assert_eq!(list.done(), ["sent to q"]);
}

#[test]
fn an_attachment_that_cannot_be_used_makes_no_blob() {
    let (mut bench, list) = bench();
    let mut broken = FakeBlobs([Err("the memory file is not sealed".to_owned())].into());
    let params = json!({ "data": { "blob": 5, "as": "bytes" } });
    let error = bench.ask_with("blob.create", params, &mut broken).expect_err("no blob");
    assert_eq!(error.number(), -32602);
    let params = json!({ "data": { "blob": 1_u64 << 40, "as": "bytes" } });
    let error = bench.ask_with("blob.create", params, &mut FakeBlobs::of("x")).expect_err("none");
    assert_eq!(error.number(), -32602);
    assert!(list.0.lock().expect("no panic").made.is_empty());
    assert_eq!(bench.door.ledger().totals.strikes, 1);
}

#[test]
fn what_is_done_with_a_blob_is_recorded_and_what_is_in_it_is_not() {
    let (mut bench, _) = bench();
    let blob = create(&mut bench, json!({ "text": "xyz" }));
    bench.ask("blob.send", json!({ "blob": blob, "to": "q" })).expect("sent");
    bench.ask("blob.open", json!({ "blob": blob })).expect("its bytes");
    bench.ask("blob.drop", json!({ "blob": blob })).expect("dropped");
    let records = bench.records();
    let mut seen = Vec::new();
    for record in records.iter().filter(|record| record.action.starts_with("blob.")) {
        assert_eq!(record.object.as_deref(), Some("00000000"), "eight digits of the name");
        assert_eq!(record.detail.get("bytes").and_then(aether_audit::Detail::as_integer), Some(3));
        seen.push((record.action.as_str(), record.detail.contains_key("to")));
    }
    let expect =
        [("blob.create", false), ("blob.send", true), ("blob.open", false), ("blob.drop", false)];
    assert_eq!(seen, expect);
    // No letters of a digest, which would now and then be in one by chance.
    assert!(!format!("{records:?}").contains("xyz"));
}
