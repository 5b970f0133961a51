//! Requests at the wrong time, and more of them than anybody needs.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::wire::Verdict::{Cut, Returns, Time, Unread};
use crate::wire::{Peer, Wire, asks, code, peer, result, wait};

pub(super) const PEERS: &[Peer] = &[
    peer(
        "asks-before-hello",
        "asks before it has answered the greeting",
        |wire| {
            let hello = wire.hello();
            let asked = wire.ask(asks("1", r#""kv.list""#, "{}"));
            let early = asked.as_ref().map_or(Value::Null, code);
            wire.say(result(hello, &json!({ "protocol": 1 })));
            let load = wire.request("load");
            wire.say(result(load, &json!({ "exports": ["run"] })));
            let call = wire.call();
            wire.give(call, &early);
        },
        &[Returns("-32600")],
    ),
    peer(
        "asks-between-calls",
        "asks when it has answered and nobody waits for it",
        |wire| {
            let call = wire.called();
            wire.give(call, &json!(1));
            // Were it served, what it tells then would be one violation too many.
            let asked = wire.ask(asks("1", r#""kv.list""#, "{}"));
            if asked.as_ref().map(code) != Some(json!(-32600)) {
                wire.insist("served");
            }
        },
        &[Returns("1")],
    ),
    peer(
        "asks-without-end",
        "asks as fast as it can and reads every answer",
        |wire| {
            let call = wire.called();
            let asked = asks("1", r#""kv.get""#, r#"{"key":"k"}"#);
            let until = Instant::now() + Duration::from_secs(2);
            let mut answered = true;
            while answered && Instant::now() < until {
                answered = wire.ask(&asked).is_some();
            }
            wire.give(call, &json!(answered));
        },
        &[Returns("true")],
    ),
    peer(
        "sets-without-end",
        "has more recorded than may be, in one line after the other",
        |wire| {
            wire.called();
            let asked = asks("1", r#""kv.set""#, r#"{"key":"k","value":{"json":1}}"#) + "\n";
            let many = asked.repeat(500);
            while wire.raw(many.as_bytes()) {
                for _ in 0..500 {
                    if wire.answer().is_none() {
                        return;
                    }
                }
            }
        },
        &[Time],
    )
    .within(3),
    peer(
        "stops-reading",
        "asks for much without end and reads nothing",
        |wire| {
            wire.called();
            let asked = asks("1", r#""bundle.read""#, r#"{"path":"main.js"}"#);
            while wire.say(&asked) {}
        },
        &[Unread],
    )
    .within(20),
    peer(
        "stops-reading-small-answers",
        "asks for little without end and reads nothing",
        |wire| {
            wire.called();
            let asked = asks("1", r#""kv.get""#, r#"{"key":"k"}"#);
            while wire.say(&asked) {}
        },
        &[Unread],
    )
    .within(20),
    peer(
        "reads-a-byte-a-second",
        "asks without end and reads one byte a second",
        |wire| {
            wire.called();
            let asked = asks("1", r#""kv.get""#, r#"{"key":"k"}"#);
            // As many as wait on both sides at most: what is sent then would wait for good.
            for _ in 0..2000 {
                wire.say(&asked);
            }
            while wire.take(&mut [0]) > 0 {
                wait(1000);
            }
        },
        &[Unread],
    )
    .within(20),
    peer(
        "reads-an-answer-a-second",
        "asks for much and reads one answer a second, so that its host never gets far",
        |wire| {
            wire.called();
            ask_often(wire, 2000);
            while wire.answer().is_some() {
                wait(1000);
            }
        },
        &[Unread],
    )
    .within(20),
    peer(
        "reads-just-enough",
        "fills its host's queue, and reads just enough of it to stay",
        |wire| {
            wire.called();
            ask_often(wire, 4000);
            while wire.answer().is_some() {
                wait(10);
            }
        },
        &[Time],
    )
    .within(8),
    peer(
        "takes-no-attachments",
        "asks for attachments without end, takes them and never looks",
        |wire| {
            wire.called();
            let asked = asks("1", r#""bundle.read""#, r#"{"path":"main.js"}"#);
            // Their descriptors are dropped by the kernel, since there is no room for them.
            while wire.ask(&asked).is_some() {}
        },
        &[Time],
    )
    .within(3),
    peer(
        "asks-in-error",
        "asks what is refused, without end, under names that are long",
        |wire| {
            wire.called();
            let path = "/".to_owned() + &"p/".repeat(2000);
            let asked = asks("1", r#""fs.read""#, &json!({ "path": path }).to_string());
            while wire.ask(&asked).is_some() {}
        },
        &[Time],
    )
    .within(2),
    peer(
        "asks-then-errs",
        "asks and errs by turns, so that its errors are far apart",
        |wire| {
            wire.called();
            while wire.ask(asks("1", r#""kv.list""#, "{}")).is_some() {
                wire.say("nonsense");
            }
        },
        &[Cut("")],
    )
    .strikes(3),
];

fn ask_often(wire: &Wire, times: usize) {
    let asked = asks("1", r#""bundle.read""#, r#"{"path":"aether-plugin.json"}"#) + "\n";
    wire.raw(asked.repeat(times).as_bytes());
}
