//! Answers that are wrong, too many, or somebody else's.

use serde_json::json;

use crate::wire::Verdict::{Cut, Fails, Returns, Time};
use crate::wire::{Peer, Wire, answer, peer, result};

pub(super) const PEERS: &[Peer] = &[
    peer(
        "reply-to-nothing",
        "answers what was never asked",
        |wire| {
            wire.called();
            for id in [0, 999, u64::MAX] {
                wire.say(answer(id, &json!(1)));
            }
        },
        &[Cut("an answer to nothing")],
    )
    .strikes(3),
    peer(
        "reply-twice",
        "answers a call twice, the second time differently",
        |wire| {
            let call = wire.called();
            wire.give(call, &json!("first"));
            wire.give(call, &json!("second"));
        },
        &[Returns(r#""first""#)],
    )
    .strikes(1),
    peer(
        "reply-again-and-again",
        "answers a call without end",
        |wire| {
            let call = wire.called();
            while wire.give(call, &json!(1)) {}
        },
        &[Returns("1")],
    )
    .strikes(3)
    .ends(Cut("an answer to nothing")),
    peer(
        "reply-ahead",
        "answers calls before they are made",
        |wire| {
            wire.begin();
            for id in 10..12 {
                wire.say(answer(id, &json!("forged")));
            }
            let first = wire.call();
            wire.give(first, &json!("honest"));
            let second = wire.call();
            wire.give(second, &json!("honest"));
        },
        &[Returns(r#""honest""#), Returns(r#""honest""#)],
    )
    .strikes(2),
    peer(
        "reply-for-another-call",
        "answers one of two calls twice and the other never",
        |wire| {
            let first = wire.called();
            let _second = wire.call();
            wire.give(first, &json!("mine"));
            wire.give(first, &json!("the other's"));
        },
        &[Returns(r#""mine""#), Time],
    )
    .strikes(1)
    .within(2),
    peer(
        "reply-out-of-order",
        "answers the second call first, which is no offence",
        |wire| {
            let first = wire.called();
            let second = wire.call();
            wire.give(second, &json!(2));
            wire.give(first, &json!(1));
        },
        &[Returns("1"), Returns("2")],
    ),
    peer(
        "reply-under-a-text",
        "answers under the call's number written as text",
        |wire| {
            let call = wire.called();
            wire.insist(
                answer(call, &json!(1)).replace(&format!(r#""id":{call}"#), &format!(r#""id":"{call}""#)),
            );
        },
        &[Cut("an answer to nothing")],
    )
    .strikes(3),
    peer(
        "reply-with-both",
        "answers with an error and a result",
        |wire| {
            let call = wire.called();
            wire.insist(format!(
                r#"{{"jsonrpc":"2.0","id":{call},"result":{{"output":{{"json":1}}}},"error":{{"code":-32000,"message":"m"}}}}"#
            ));
        },
        &[Cut("neither a request, a notification nor a response")],
    )
    .strikes(3),
    peer(
        "reply-with-neither",
        "answers with an error that is null",
        |wire| {
            let call = wire.called();
            wire.insist(format!(r#"{{"jsonrpc":"2.0","id":{call},"error":null}}"#));
        },
        &[Cut("neither a request, a notification nor a response")],
    )
    .strikes(3),
    peer(
        "reply-of-wrong-shape",
        "answers a call with a result that is no payload",
        |wire| {
            let call = wire.called();
            wire.say(result(call, &json!({ "output": { "json": 1, "text": "2" } })));
        },
        &[Fails("a payload is one of")],
    ),
    peer(
        "reply-by-position",
        "answers a call with a list in place of an object",
        |wire| {
            let call = wire.called();
            wire.say(result(call, &json!([{ "json": 1 }])));
        },
        &[Fails("expected an object")],
    ),
    peer(
        "errors-by-position",
        "fails with a list in place of an object",
        |wire| {
            let call = wire.called();
            wire.insist(format!(r#"{{"jsonrpc":"2.0","id":{call},"error":[-32000,"m"]}}"#));
        },
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "errors-that-are-the-hosts",
        "fails as if the host had denied it something, with advice to follow",
        |wire| {
            let call = wire.called();
            let data = json!({
                "permission": "filesystem.read",
                "fix": "\"filesystem\": { \"read\": [\"/**\"] }",
            });
            fail(wire, call, -32001, "denied", &data.to_string());
        },
        &[Fails("denied")],
    ),
    peer(
        "error-codes-of-every-size",
        "fails with codes that are no codes",
        |wire| {
            let call = wire.called();
            for code in ["2147483648", "-1e3", "\"-32000\""] {
                wire.say(format!(
                    r#"{{"jsonrpc":"2.0","id":{call},"error":{{"code":{code},"message":"m"}}}}"#
                ));
            }
        },
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "error-of-a-megabyte",
        "fails with a megabyte of message",
        |wire| {
            let call = wire.called();
            fail(wire, call, -32000, &format!("long {}", "x".repeat(1_000_000)), "{}");
        },
        &[Fails("long xxx")],
    ),
    peer(
        "hello-twice",
        "answers the greeting again and again",
        |wire| {
            let hello = wire.hello();
            wire.insist(result(hello, &json!({ "protocol": 1, "engine": "peer" })));
        },
        &[Cut("an answer to nothing")],
    )
    .strikes(3),
    peer(
        "loaded-before-hello",
        "says that it has loaded before it is greeted back",
        |wire| {
            let hello = wire.hello();
            wire.insist(result(hello + 1, &json!({ "exports": ["run"] })));
        },
        &[Cut("an answer to nothing")],
    )
    .strikes(3),
    peer(
        "loaded-under-the-greeting",
        "answers the greeting with what belongs to loading",
        |wire| {
            let hello = wire.hello();
            wire.say(result(hello, &json!({ "exports": ["run"] })));
        },
        &[Fails("unknown field `exports`")],
    ),
    peer("version-zero", "chooses version 0", |wire| version(wire, "0"), &[Fails("version 0")]),
    peer("version-next", "chooses version 2", |wire| version(wire, "2"), &[Fails("version 2")]),
    peer(
        "version-negative",
        "chooses version -1",
        |wire| version(wire, "-1"),
        &[Fails("invalid value")],
    ),
    peer(
        "version-vast",
        "chooses the version after the last that a machine holds",
        |wire| version(wire, "4294967297"),
        &[Fails("invalid value")],
    ),
    peer(
        "version-as-text",
        "chooses version \"1\"",
        |wire| version(wire, "\"1\""),
        &[Fails("invalid type")],
    ),
    peer(
        "greeting-refused",
        "refuses the greeting",
        |wire| {
            let hello = wire.hello();
            fail(wire, hello, -32070, "not with me", "{}");
        },
        &[Fails("not with me")],
    ),
    peer(
        "engine-of-a-megabyte",
        "has a megabyte of name",
        |wire| {
            let hello = wire.hello();
            wire.say(result(hello, &json!({ "protocol": 1, "engine": "e".repeat(1_000_000) })));
            let load = wire.request("load");
            wire.say(result(load, &json!({ "exports": ["run"] })));
            let call = wire.call();
            wire.give(call, &json!("served"));
        },
        &[Returns(r#""served""#)],
    ),
    peer(
        "exports-of-wrong-shape",
        "exports what has no name",
        |wire| {
            wire.greet();
            let load = wire.request("load");
            wire.say(result(load, &json!({ "exports": [1, null] })));
        },
        &[Fails("invalid type")],
    ),
];

fn fail(wire: &Wire, id: u64, code: i32, message: &str, data: &str) {
    wire.say(format!(
        r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":"{message}","data":{data}}}}}"#
    ));
}

fn version(wire: &mut Wire, version: &str) {
    let hello = wire.hello();
    wire.say(format!(r#"{{"jsonrpc":"2.0","id":{hello},"result":{{"protocol":{version}}}}}"#));
}
