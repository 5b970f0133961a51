//! Pieces of results: more than there are credits for, for calls that want none, after the answer; and
//! identifiers of requests that wait for their answers.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::wire::Verdict::{Cut, Returns, Time};
use crate::wire::{Peer, Wire, asks, code, peer};

/// As many pieces as a host lets wait.
const CREDITS: u64 = 8;

/// The longest line that a host takes, newline excluded.
const LINE: usize = 1 << 20;

pub(super) const PEERS: &[Peer] = &[
    peer(
        "pieces-at-its-credits",
        "sends as many pieces as may wait and then answers, which is no offence",
        |wire| {
            let call = wire.called();
            for id in 0..CREDITS {
                wire.say(piece(id, call, "1"));
            }
            for _ in 0..CREDITS {
                wire.answer();
            }
            wire.give(call, &json!("served"));
        },
        &[Returns(r#""served""#)],
    )
    .streamed(),
    peer(
        "pieces-beyond-its-credits",
        "sends more pieces than it has credits for",
        |wire| {
            let call = wire.called();
            for id in 0..CREDITS + 3 {
                wire.say(piece(id, call, "1"));
            }
        },
        &[Cut("a piece of a result without a credit")],
    )
    .streamed()
    .strikes(3),
    peer(
        "a-piece-beyond-its-credits",
        "sends two pieces too many, which are not taken for pieces, and goes on",
        |wire| {
            let call = wire.called();
            for id in 0..CREDITS + 2 {
                wire.say(piece(id, call, "1"));
            }
            let answers: Vec<Value> = (0..CREDITS + 2).filter_map(|_| wire.answer()).collect();
            let refused = answers.iter().filter(|answer| code(answer) == -32600);
            let ids: Vec<&Value> = refused.map(|answer| &answer["id"]).collect();
            wire.give(call, &json!(ids));
        },
        &[Returns("[8,9]")],
    )
    .streamed()
    .strikes(2),
    peer(
        "pieces-without-credits",
        "sends pieces of a result that is wanted whole",
        |wire| {
            let call = wire.called();
            let lines = vec![piece(1, call, "1"); 20];
            let refused = count(wire, &lines, -32600);
            wire.give(call, &json!(refused));
        },
        &[Returns("20")],
    ),
    peer(
        "pieces-for-another-call",
        "sends pieces for a call that wants none, for the greeting, and for what is no call",
        |wire| {
            let first = wire.called();
            let second = wire.call();
            let others = [second, 0, 1, 2, 999, u64::MAX];
            let lines = others.map(|other| piece(1, other, r#""forged""#));
            let refused = count(wire, &lines, -32600);
            wire.give(second, &json!("whole"));
            wire.give(first, &json!(refused));
        },
        &[Returns("6"), Returns(r#""whole""#)],
    )
    .streamed(),
    peer(
        "pieces-after-the-answer",
        "answers, and sends pieces of what it has answered",
        |wire| {
            let first = wire.called();
            let second = wire.call();
            wire.give(first, &json!("the end"));
            let refused = count(wire, &vec![piece(1, first, r#""late""#); 20], -32600);
            wire.give(second, &json!(refused));
        },
        &[Returns(r#""the end""#), Returns("20")],
    )
    .streamed(),
    peer(
        "answers-over-its-pieces",
        "answers while its pieces wait, each of which must be answered still, and once",
        |wire| {
            let first = wire.called();
            let second = wire.call();
            for id in 0..CREDITS {
                wire.say(piece(id, first, "1"));
            }
            wire.give(first, &json!("the end"));
            let answers: Vec<Value> = (0..CREDITS).filter_map(|_| wire.answer()).collect();
            let ids: BTreeSet<u64> = answers.iter().filter_map(|one| one["id"].as_u64()).collect();
            wire.give(second, &json!(ids.len()));
        },
        &[Returns(r#""the end""#), Returns("8")],
    )
    .streamed(),
    peer(
        "pieces-of-wrong-shape",
        "sends pieces that are none, which use up no credit",
        |wire| {
            let call = wire.called();
            let mut lines = Vec::new();
            for _ in 0..20 {
                lines.push(piece(1, call, r#"{"a":1,"a":2}"#));
                lines.push(piece(1, call, "1e999"));
                let text = json!({ "call": call, "data": { "text": "1", "json": 1 } });
                lines.push(asks("1", r#""call.chunk""#, &text.to_string()));
                let bytes = json!({ "call": call, "data": {} });
                lines.push(asks("1", r#""call.chunk""#, &bytes.to_string()));
                lines.push(asks("1", r#""call.chunk""#, r#"{"call":-1,"data":{"json":1}}"#));
            }
            let refused = count(wire, &lines, -32602);
            let whole: Vec<String> = (0..CREDITS).map(|id| piece(id, call, "1")).collect();
            let taken = whole.iter().filter(|line| wire.say(line)).count();
            let taken = (0..taken).filter_map(|_| wire.answer()).filter(|one| code(one) == "ok");
            let taken = taken.count();
            wire.give(call, &json!([refused, taken]));
        },
        &[Returns("[100,8]")],
    )
    .streamed(),
    peer(
        "large-pieces-that-wait",
        "has its host keep as many of the longest lines as may wait",
        |wire| {
            let call = wire.called();
            let text = format!(r#""{}""#, "x".repeat(LINE - 200));
            for id in 0..CREDITS {
                wire.say(piece(id, call, &text));
            }
            for _ in 0..CREDITS {
                wire.answer();
            }
            wire.give(call, &json!("served"));
        },
        &[Returns(r#""served""#)],
    )
    .streamed()
    .grows(24),
    peer(
        "pieces-without-end",
        "sends pieces as fast as they are taken, and never answers",
        |wire| {
            let call = wire.called();
            let line = piece(1, call, r#""x""#);
            while wire.ask(&line).is_some() {}
        },
        &[Time],
    )
    .streamed()
    .within(2),
    peer(
        "id-that-waits",
        "asks under the identifier of a piece that nobody has taken yet",
        |wire| {
            let call = wire.called();
            wire.say(piece(7, call, "1"));
            wire.insist(asks("7", r#""kv.set""#, r#"{"key":"k","value":{"json":1}}"#));
        },
        &[Cut("the `id` of one that is not yet answered")],
    )
    .streamed()
    .strikes(3),
    peer(
        "id-that-waits-no-more",
        "asks twice under an identifier that waits, and again once it was answered",
        |wire| {
            let call = wire.called();
            wire.say(piece(7, call, "1"));
            let asked = asks("7", r#""kv.list""#, "{}");
            wire.say(&asked);
            wire.say(&asked);
            let mut codes: Vec<Value> =
                (0..3).filter_map(|_| wire.answer()).map(|one| code(&one)).collect();
            codes.extend(wire.ask(&asked).as_ref().map(code));
            wire.give(call, &Value::Array(codes));
        },
        &[Returns(r#"[-32600,-32600,"ok","ok"]"#)],
    )
    .streamed()
    .strikes(2),
    peer(
        "id-that-waits-as-text",
        "asks under the same number written as text, which is another identifier",
        |wire| {
            let call = wire.called();
            wire.say(piece(7, call, "1"));
            let asked = wire.ask(asks(r#""7""#, r#""kv.list""#, "{}"));
            let own = asked.is_some_and(|asked| asked["id"] == "7");
            let piece = wire.answer().is_some_and(|answer| answer["id"] == 7);
            wire.give(call, &json!([own, piece]));
        },
        &[Returns("[true,true]")],
    )
    .streamed(),
];

/// The line of a piece.
fn piece(id: u64, call: u64, data: &str) -> String {
    let params = format!(r#"{{"call":{call},"data":{{"json":{data}}}}}"#);
    asks(&id.to_string(), r#""call.chunk""#, &params)
}

/// How many of these are answered with that error, one after the other.
fn count(wire: &mut Wire, lines: &[String], number: i64) -> usize {
    lines.iter().filter(|line| wire.ask(line).is_some_and(|one| code(&one) == number)).count()
}
