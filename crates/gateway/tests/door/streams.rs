//! Answers of other machines that a cell reads piece by piece.

use aether_gateway::{Done, Event, Fetched, Work, limits};
use aether_protocol::{Code, RpcError};
use serde_json::{Value, json};

use crate::bench::{Bench, Refusal, outcome, value};

fn fetch(stream: u64) -> Value {
    json!({ "url": "https://a.example/", "stream": stream })
}

fn head() -> Done {
    Done::Fetched(Ok(Fetched {
        status: 200,
        reason: "OK".to_owned(),
        url: "https://a.example/".to_owned(),
        redirected: false,
        headers: Vec::new(),
        body: None,
    }))
}

fn piece(text: &str, is_end: bool) -> Done {
    Done::Read(Ok((text.as_bytes().to_vec(), is_end)))
}

/// Asks for something that takes its time; gives the number of the work.
#[track_caller]
fn begin(bench: &mut Bench, method: &str, params: Value) -> u64 {
    bench.begin(method, params);
    let found = bench.events().into_iter().find_map(|event| match event {
        Event::Work { number, work: Work::Fetch(_) | Work::Read { .. } } => Some(number),
        _ => None,
    });
    found.expect("something to do")
}

#[track_caller]
fn finish(bench: &mut Bench, number: u64, done: Done) -> Result<Value, Refusal> {
    outcome(&value(&bench.door.finish(number, done).expect("an answer")))
}

#[test]
fn a_body_is_read_to_its_end_and_its_number_is_free_again() {
    let mut bench = Bench::elevating("", false);
    for _ in 0..2 {
        let number = begin(&mut bench, "http.fetch", fetch(7));
        let reply = finish(&mut bench, number, head()).expect("a head");
        assert_eq!((&reply["status"], &reply["reason"]), (&json!(200), &json!("OK")));
        assert!(reply.get("body").is_none(), "{reply}");
        let busy = bench.ask("http.fetch", fetch(7)).unwrap_err();
        assert_eq!(busy.number(), -32602, "{}", busy.message());
        let number = begin(&mut bench, "http.read", json!({ "stream": 7 }));
        let twice = bench.ask("http.read", json!({ "stream": 7 })).unwrap_err();
        assert_eq!(twice.number(), -32602, "{}", twice.message());
        let read = finish(&mut bench, number, piece("a", false)).expect("a piece");
        assert_eq!(read, json!({ "data": { "text": "a" }, "end": false }));
        let number = begin(&mut bench, "http.read", json!({ "stream": 7 }));
        let read = finish(&mut bench, number, piece("b", true)).expect("the last");
        assert_eq!(read, json!({ "data": { "text": "b" }, "end": true }));
        let over = bench.ask("http.read", json!({ "stream": 7 })).unwrap_err();
        assert_eq!(over.number(), -32602, "{}", over.message());
    }
}

#[test]
fn what_fails_or_is_closed_is_open_no_more() {
    let mut bench = Bench::elevating("", false);
    let number = begin(&mut bench, "http.fetch", fetch(1));
    let error = RpcError::new(Code::Io, "refused");
    finish(&mut bench, number, Done::Fetched(Err(error))).unwrap_err();
    assert!(bench.ask("http.read", json!({ "stream": 1 })).is_err());

    let number = begin(&mut bench, "http.fetch", fetch(1));
    finish(&mut bench, number, head()).expect("a head");
    let number = begin(&mut bench, "http.read", json!({ "stream": 1 }));
    finish(&mut bench, number, Done::Read(Err(RpcError::new(Code::Io, "cut")))).unwrap_err();
    assert!(bench.ask("http.read", json!({ "stream": 1 })).is_err());

    // Before its answer has begun, as well.
    begin(&mut bench, "http.fetch", fetch(2));
    for told in [1, 0] {
        assert_eq!(bench.ask("http.close", json!({ "stream": 2 })), Ok(json!({})));
        let closed =
            bench.events().into_iter().filter(|event| matches!(event, Event::Close { .. }));
        assert_eq!(closed.count(), told, "what is closed already is not told again");
    }
    // The call that it was for has ended.
    let number = begin(&mut bench, "http.fetch", fetch(3));
    finish(&mut bench, number, head()).expect("a head");
    bench.door.end_stream(3);
    assert!(bench.ask("http.read", json!({ "stream": 3 })).is_err());
}

#[test]
fn so_many_are_open_at_a_time() {
    let mut bench = Bench::elevating("", false);
    for stream in 0..limits::STREAMS_OPEN as u64 {
        let number = begin(&mut bench, "http.fetch", fetch(stream));
        finish(&mut bench, number, head()).expect("a head");
    }
    let full = bench.ask("http.fetch", fetch(u64::MAX)).unwrap_err();
    assert_eq!(full.number(), -32029, "{}", full.message());
    assert_eq!(bench.ask("http.close", json!({ "stream": 0 })), Ok(json!({})));
    begin(&mut bench, "http.fetch", fetch(u64::MAX));
}
