//! Events and calls of other plugins: too many, answered twice, never answered.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::wire::Verdict::{Cut, Returns, Time};
use crate::wire::{Peer, Wire, answer, asks, code, peer, result};

/// What lets a peer hear what its host tells.
const NEWS: &str = r#"{"events":{"on":["news.*"]}}"#;

/// Most patterns that a cell listens for.
const PATTERNS: usize = 64;

pub(super) const PEERS: &[Peer] = &[
    peer(
        "event-dealt-with",
        "deals with events, which is no offence, and may ask meanwhile",
        |wire| {
            let call = listen(wire);
            for _ in 0..10 {
                let event = wire.request("event");
                wire.ask(asks("1", r#""kv.list""#, "{}"));
                wire.say(result(event, &json!({})));
            }
            wire.give(call, &json!("served"));
            deal(wire);
        },
        &[Returns(r#""served""#)],
    )
    .granted(NEWS)
    .told(),
    peer(
        "event-answered-twice",
        "deals with each event twice",
        |wire| {
            listen(wire);
            loop {
                let event = wire.request("event");
                wire.say(result(event, &json!({})));
                wire.say(result(event, &json!({})));
            }
        },
        &[Cut("an answer to nothing")],
    )
    .granted(NEWS)
    .told()
    .strikes(3),
    peer(
        "event-answered-as-a-call",
        "answers an event with what a call returns",
        |wire| {
            let call = listen(wire);
            let event = wire.request("event");
            wire.say(answer(event, &json!("forged")));
            wire.give(call, &json!("served"));
            deal(wire);
        },
        &[Returns(r#""served""#)],
    )
    .granted(NEWS)
    .told()
    .logs(1),
    peer(
        "event-never-answered",
        "answers its call and never the event that it was told meanwhile",
        |wire| {
            let call = listen(wire);
            wire.request("event");
            wire.give(call, &json!("served"));
            // It is asked to end at some time, and has not dealt with the event.
            while wire.hear().is_some() {}
        },
        &[Returns(r#""served""#)],
    )
    .granted(NEWS)
    .told()
    .within(2)
    .ends(Time),
    peer(
        "event-failed-at-length",
        "fails with a megabyte of message for each event",
        |wire| {
            let call = listen(wire);
            let text = "x".repeat(1_000_000);
            for _ in 0..5 {
                let event = wire.request("event");
                let error = json!({ "code": -32000, "message": text });
                wire.say(format!(r#"{{"jsonrpc":"2.0","id":{event},"error":{error}}}"#));
            }
            wire.give(call, &json!("served"));
            deal(wire);
        },
        &[Returns(r#""served""#)],
    )
    .granted(NEWS)
    .told()
    .logs(5),
    peer(
        "pieces-of-an-event",
        "sends pieces, progress and more time for an event as if it were a call",
        |wire| {
            let call = listen(wire);
            let event = wire.request("event");
            let chunk = json!({ "call": event, "data": { "json": 1 } });
            let mut codes = Vec::new();
            for (method, params) in [
                (r#""call.chunk""#, chunk),
                (r#""time.extend""#, json!({ "ms": 1, "call": event, "token": "aec1.x" })),
            ] {
                codes.push(ask(wire, method, &params));
            }
            wire.say(crate::wire::tells(
                "call.progress",
                &json!({ "call": event, "fraction": 0.5, "message": "" }).to_string(),
            ));
            wire.say(result(event, &json!({})));
            wire.give(call, &json!(codes));
            deal(wire);
        },
        &[Returns("[-32600,-32602]")],
    )
    .granted(NEWS)
    .told(),
    peer(
        "listens-without-end",
        "listens for ten thousand topics, and for what it is not granted",
        |wire| {
            let call = wire.called();
            let mut granted = 0;
            for number in 0..10_000 {
                let topic = format!("news.t{number}");
                granted += usize::from(on(wire, &topic) == 0);
            }
            let denied = ["*", "news", "other.*"].iter().all(|topic| on(wire, topic) == -32001);
            let broken = ["", "news.", "news.**", "\u{1b}[2J", "News.a"];
            let broken = broken.iter().all(|topic| on(wire, topic) == -32602);
            wire.give(call, &json!([granted == PATTERNS, denied, broken]));
        },
        &[Returns("[true,true,true]")],
    )
    .granted(NEWS)
    .within(20),
    peer(
        "listens-and-not-by-turns",
        "begins and ceases to listen as fast as it can, for two seconds",
        |wire| {
            let call = wire.called();
            let until = Instant::now() + Duration::from_secs(2);
            while Instant::now() < until {
                on(wire, "news.a");
                ask(wire, r#""events.off""#, &json!({ "topic": "news.a" }));
            }
            wire.give(call, &json!("served"));
            deal(wire);
        },
        &[Returns(r#""served""#)],
    )
    .granted(NEWS),
    peer(
        "emits-without-end",
        "tells of something as fast as it can, for two seconds, and reads no answer until then",
        |wire| {
            let call = wire.called();
            let data = json!({ "topic": "news.a", "data": { "json": "x".repeat(1000) } });
            let line = asks("1", r#""events.emit""#, &data.to_string());
            let until = Instant::now() + Duration::from_secs(2);
            let mut fine = 0;
            while Instant::now() < until {
                for _ in 0..50 {
                    wire.say(&line);
                }
                for _ in 0..50 {
                    match wire.answer().as_ref().map(code) {
                        Some(code) if code == "ok" => fine += 1,
                        Some(code) if code == -32029 => {}
                        _ => return,
                    }
                }
            }
            // Twenty thousand at once, and a thousand a second after that.
            wire.give(call, &json!(fine > 0 && fine <= 24_000));
        },
        &[Returns("true")],
    )
    .granted(r#"{"events":{"emit":["news.*"]}}"#),
    peer(
        "emits-more-than-an-event",
        "tells of what is larger than an event may be, and of what it is not granted",
        |wire| {
            let call = wire.called();
            let large = json!({ "topic": "news.a", "data": { "json": "x".repeat(65 << 10) } });
            let other = json!({ "topic": "other.a", "data": { "json": 1 } });
            let pattern = json!({ "topic": "news.*", "data": { "json": 1 } });
            let codes = [large, other, pattern].map(|asked| ask(wire, r#""events.emit""#, &asked));
            wire.give(call, &json!(codes));
        },
        &[Returns("[-32602,-32001,-32602]")],
    )
    .granted(r#"{"events":{"emit":["news.*"]}}"#)
    .records(&["denied/denied"]),
    peer(
        "calls-nobody-without-end",
        "calls a plugin that is not offered, as fast as it can",
        |wire| {
            let call = wire.called();
            let codes: Vec<i64> = (0..2000).map(|_| plugin(wire, "nobody.run")).collect();
            let fine = codes.iter().filter(|code| **code == 0).count();
            let fast = codes.iter().filter(|code| **code == -32029).count();
            wire.give(call, &json!([fine, fast > 1000]));
        },
        &[Returns("[0,true]")],
    )
    .granted(r#"{"plugins":["nobody.run"]}"#)
    .records(&["limit/limited"]),
    peer(
        "calls-what-it-may-not",
        "calls its neighbour and itself, which nobody has granted",
        |wire| {
            let call = wire.called();
            let names = ["hello.hello", "calls-what-it-may-not.run", "run", ".", "nobody.run.run"];
            let codes = names.map(|name| plugin(wire, name));
            wire.give(call, &json!(codes));
        },
        &[Returns("[-32001,-32001,-32001,-32001,-32001]")],
    )
    .granted(r#"{"plugins":["nobody.run"]}"#)
    .records(&["denied/denied"]),
];

/// Listens for what the host tells; gives the call that is open.
fn listen(wire: &mut Wire) -> u64 {
    let call = wire.called();
    on(wire, "news.*");
    call
}

/// Deals with whatever it is told until it is asked to end.
fn deal(wire: &mut Wire) {
    loop {
        let event = wire.request("event");
        wire.say(result(event, &json!({})));
    }
}

fn on(wire: &mut Wire, topic: &str) -> i64 {
    ask(wire, r#""events.on""#, &json!({ "topic": topic }))
}

fn plugin(wire: &mut Wire, method: &str) -> i64 {
    ask(wire, r#""plugins.call""#, &json!({ "method": method, "input": { "json": null } }))
}

/// The error's number, or 0. The host may have something to say between.
fn ask(wire: &mut Wire, method: &str, params: &Value) -> i64 {
    let answer = wire.ask(asks("1", method, &params.to_string()));
    answer.as_ref().map_or(Value::Null, code).as_i64().unwrap_or(0)
}
