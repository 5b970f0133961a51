//! Results in pieces: no more than there are credits for, and none that nobody wants.

use aether_gateway::{Done, Event, Expelled, Work};
use serde_json::{Value, json};

use crate::bench::{Bench, value};

fn chunk(call: u64, data: &Value) -> Value {
    json!({ "call": call, "data": { "json": data } })
}

/// A call whose result is wanted in pieces, two at a time.
fn streaming() -> (Bench, u64) {
    let mut bench = Bench::new();
    let called = bench.door.call_for(None, "run", &Value::Null, 1000, Some(2)).expect("a call");
    assert_eq!(value(&called.1)["params"]["credits"], 2);
    (bench, called.0)
}

fn works(bench: &mut Bench) -> Vec<(u64, Value)> {
    let work = |event| match event {
        Event::Work { number, work: Work::Chunk { data, .. } } => Some((number, data)),
        _ => None,
    };
    bench.events().into_iter().filter_map(work).collect()
}

#[test]
fn a_piece_is_answered_when_it_is_taken_and_a_credit_is_one_piece() {
    let (mut bench, call) = streaming();
    let first = bench.begin("call.chunk", chunk(call, &json!(1)));
    bench.begin("call.chunk", chunk(call, &json!(2)));
    let waiting = works(&mut bench);
    assert_eq!(waiting.iter().map(|one| one.1.clone()).collect::<Vec<_>>(), [1, 2]);
    let beyond = bench.ask("call.chunk", chunk(call, &json!(3))).unwrap_err();
    assert_eq!(beyond.number(), -32600);
    assert_eq!(bench.door.ledger().totals.strikes, 1);
    let answer = bench.door.finish(waiting[0].0, Done::Taken(Ok(()))).expect("an answer");
    assert_eq!(value(&answer), json!({ "jsonrpc": "2.0", "id": first, "result": {} }));
    bench.begin("call.chunk", chunk(call, &json!(4)));
    assert_eq!(works(&mut bench).len(), 1);
}

#[test]
fn credits_that_are_not_there_end_the_cell() {
    let (mut bench, call) = streaming();
    let line = |id: u64| json!({ "jsonrpc": "2.0", "id": id, "method": "call.chunk", "params": chunk(call, &json!(0)) });
    let ended = (1..20).find_map(|id| bench.say(&line(id).to_string()).err());
    assert!(matches!(ended, Some(Expelled::Violation(why)) if why.contains("without a credit")));
}

#[test]
fn pieces_for_nobody_are_refused_and_no_violation() {
    let (mut bench, call) = streaming();
    let whole = bench.open_call();
    for (id, data) in [(whole, json!(1)), (call + 100, json!(1))] {
        assert_eq!(bench.ask("call.chunk", chunk(id, &data)).unwrap_err().number(), -32600);
    }
    let line = format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"call.chunk","params":{{"call":{call},"data":{{"json":{{"a":1,"a":2}}}}}}}}"#
    );
    let answer = value(&bench.say(&line).unwrap().expect("an answer"));
    assert_eq!(answer["error"]["code"], -32602, "a key twice");
    // Its credit was given back.
    bench.begin("call.chunk", chunk(call, &json!(1)));
    bench.begin("call.chunk", chunk(call, &json!(2)));
    assert_eq!(bench.door.ledger().totals.strikes, 0);
}
