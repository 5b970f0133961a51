//! Messages that are not quite JSON-RPC 2.0.

use serde_json::{Value, json};

use crate::wire::Verdict::{Cut, Returns};
use crate::wire::{Peer, Wire, answer, asks, peer, tells};

/// A name that the host serves.
const READ: &str = r#""bundle.read""#;

/// What it takes.
const ENTRY: &str = r#"{"path":"aether-plugin.json"}"#;

pub(super) const PEERS: &[Peer] = &[
    peer(
        "batch",
        "sends its answer in a batch",
        |wire| {
            let call = wire.called();
            wire.insist(format!("[{}]", answer(call, &json!(1))));
        },
        &[Cut("batches are not accepted")],
    )
    .strikes(3),
    peer(
        "empty-batch",
        "sends batches of nothing, behind spaces",
        |wire| {
            wire.called();
            wire.insist("   []");
        },
        &[Cut("batches are not accepted")],
    )
    .strikes(3),
    peer(
        "large-batch",
        "sends a batch of ten thousand requests",
        |wire| {
            wire.called();
            let requests = vec![asks("1", READ, ENTRY); 10_000];
            wire.insist(format!("[{}]", requests.join(",")));
        },
        &[Cut("batches are not accepted")],
    )
    .strikes(3),
    peer(
        "versions",
        "speaks other versions of JSON-RPC, or does not say which",
        |wire| {
            let call = wire.called();
            let line = answer(call, &json!(1));
            for other in [r#""jsonrpc":"1.0","#, r#""jsonrpc":2.0,"#, ""] {
                wire.say(line.replace(r#""jsonrpc":"2.0","#, other));
            }
        },
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "unknown-members",
        "adds members to a message",
        |wire| {
            let call = wire.called();
            wire.insist(answer(call, &json!(1)).replacen('{', r#"{"x-trace":true,"#, 1));
        },
        &[Cut("unknown field")],
    )
    .strikes(3),
    peer(
        "neither-kind",
        "sends messages that are of no kind, or of two",
        |wire| {
            let call = wire.called();
            let line = answer(call, &json!(1));
            wire.say(format!(r#"{{"jsonrpc":"2.0","id":{call}}}"#));
            wire.say(line.replacen('{', r#"{"method":"fs.read","#, 1));
            wire.say(line.replacen('{', r#"{"params":{},"#, 1));
        },
        &[Cut("neither a request, a notification nor a response")],
    )
    .strikes(3),
    peer(
        "no-object",
        "sends JSON that is no object",
        |wire| {
            wire.called();
            for line in ["null", "1", "\"text\""] {
                wire.say(line);
            }
        },
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "ids-of-wrong-types",
        "asks under ids that are neither whole numbers nor text",
        |wire| wrong_ids(wire, &["-1", "1.5", "{}"]),
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "ids-of-wrong-sizes",
        "asks under ids that are too large, too long or nothing",
        |wire| {
            let long = format!("\"{}\"", "x".repeat(65));
            let vast = format!("1{}", "0".repeat(100_000));
            wrong_ids(wire, &[&vast, &long, "null"]);
        },
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "ids-of-every-kind",
        "asks under every id that may be, and must be answered under the same",
        |wire| {
            let call = wire.called();
            let long = "y".repeat(64);
            let ids = [
                json!(0),
                json!(u64::MAX),
                json!(call),
                json!(""),
                json!("1"),
                json!("\u{0}\n\u{202e}\"\\"),
                json!(long),
            ];
            let mut same = 0;
            for id in &ids {
                let answer = wire.ask(asks(&id.to_string(), READ, ENTRY));
                same += u32::from(answer.is_some_and(|answer| answer["id"] == *id));
            }
            wire.give(call, &json!(same));
        },
        &[Returns("7")],
    ),
    peer(
        "id-used-again",
        "asks a thousand times under one id before it reads an answer",
        |wire| {
            let call = wire.called();
            let asked = asks("7", r#""kv.get""#, r#"{"key":"k"}"#);
            for _ in 0..1000 {
                wire.say(&asked);
            }
            let mut answers = 0;
            while answers < 1000 && wire.answer().is_some_and(|answer| answer["id"] == 7) {
                answers += 1;
            }
            wire.give(call, &json!(answers));
        },
        &[Returns("1000")],
    ),
    peer(
        "method-names",
        "asks for names that are almost some, and for the host's own",
        |wire| {
            let call = wire.called();
            let names = [
                "Bundle.Read",
                "bundle.read ",
                "bundle.read/",
                "bundle..read",
                "__proto__",
                "rpc.discover",
                "hello",
                "load",
                "call",
                "cancel",
                "shutdown",
                "log.write",
                "\u{430}udit",
            ];
            let lines: Vec<String> =
                names.iter().map(|name| asks("1", &json!(name).to_string(), "{}")).collect();
            wire.give_codes(call, &lines);
        },
        &[Returns(
            "[-32601,-32601,-32601,-32601,-32601,-32601,-32601,-32601,-32601,-32601,-32601,-32601,-32601]",
        )],
    ),
    peer(
        "method-names-that-are-none",
        "asks for names that are empty, too long or escaped",
        |wire| {
            wire.called();
            let long = format!("\"{}\"", "m".repeat(65));
            for name in ["\"\"", &long, r#""bundle.read\u0000""#] {
                wire.say(asks("1", name, ENTRY));
            }
        },
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "params-of-wrong-shape",
        "asks with parameters of every wrong shape",
        |wire| {
            let call = wire.called();
            let lines: Vec<String> = [
                "[]",
                r#"["aether-plugin.json"]"#,
                "null",
                "1",
                r#""aether-plugin.json""#,
                "{}",
                r#"{"path":1}"#,
                r#"{"path":null}"#,
                r#"{"path":["aether-plugin.json"]}"#,
                r#"{"path":"aether-plugin.json","path":"main.js"}"#,
                r#"{"path":"aether-plugin.json","more":1}"#,
                r#"{"Path":"aether-plugin.json"}"#,
            ]
            .iter()
            .map(|params| asks("1", READ, params))
            .collect();
            wire.give_codes(call, &lines);
        },
        &[Returns(
            "[-32602,-32602,-32602,-32602,-32602,-32602,-32602,-32602,-32602,-32602,-32602,-32602]",
        )],
    ),
    peer(
        "unknown-notifications",
        "tells what nobody asked for",
        |wire| {
            wire.called();
            wire.insist(tells("audit.write", "{}"));
        },
        &[Cut("an unknown notification")],
    )
    .strikes(3),
    peer(
        "notified-requests",
        "makes requests to which it wants no answer",
        |wire| {
            let call = wire.called();
            for _ in 0..2 {
                wire.say(tells("kv.set", r#"{"key":"k","value":{"json":1}}"#));
            }
            let kept = wire.ask(asks("1", r#""kv.list""#, "{}"));
            wire.give(call, &kept.map_or(Value::Null, |kept| kept["result"]["names"].clone()));
        },
        &[Returns("[]")],
    )
    .strikes(2),
];

fn wrong_ids(wire: &mut Wire, ids: &[&str]) {
    wire.called();
    for id in ids {
        wire.say(asks(id, READ, ENTRY));
    }
}
