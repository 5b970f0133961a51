//! JSON that two readers could read differently, or that costs its reader too much.

use serde_json::json;

use crate::wire::Verdict::{Cut, Fails, Returns};
use crate::wire::{Peer, Wire, answer, answer_text, peer, tells};

pub(super) const PEERS: &[Peer] = &[
    peer(
        "deep-lists",
        "nests half a million lists in one line",
        |wire| {
            let call = wire.called();
            let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
            wire.insist(answer_text(call, &deep));
        },
        &[Cut("nested deeper than 64 levels")],
    )
    .strikes(3),
    peer(
        "deep-objects",
        "nests objects that never close",
        |wire| {
            wire.called();
            wire.insist(r#"{"a":"#.repeat(200_000));
        },
        &[Cut("nested deeper than 64 levels")],
    )
    .strikes(3),
    peer(
        "deep-behind-a-quote",
        "hides its depth behind an escaped quote",
        |wire| {
            let call = wire.called();
            wire.insist(answer_text(call, &format!(r#"["\"",{}"#, "[".repeat(1000))));
        },
        &[Cut("nested deeper than 64 levels")],
    )
    .strikes(3),
    peer(
        "duplicate-members",
        "gives a message each of its members twice",
        |wire| {
            let call = wire.called();
            let line = answer(call, &json!(1));
            wire.say(line.replacen('{', &format!(r#"{{"id":{call},"#), 1));
            wire.say(line.replacen('{', r#"{"result":{},"#, 1));
            wire.say(line.replacen('{', r#"{"\u0069d":99,"#, 1));
        },
        &[Cut("duplicate field")],
    )
    .strikes(3),
    peer(
        "duplicate-keys-in-a-result",
        "returns an object with a key twice, once escaped",
        |wire| {
            let call = wire.called();
            wire.say(answer_text(call, r#"{"a":{"path":1,"p\u0061th":2}}"#));
        },
        &[Fails("duplicate key")],
    ),
    peer(
        "duplicate-keys-in-a-log",
        "logs facts with a key twice",
        |wire| {
            wire.called();
            let fields = r#"{"level":"info","message":"m","fields":{"a":1,"a":2}}"#;
            wire.insist(tells("log.write", fields));
        },
        &[Cut("duplicate key")],
    )
    .strikes(3),
    peer(
        "duplicate-keys-in-an-error",
        "fails with facts that have a key twice",
        |wire| {
            let call = wire.called();
            let data = r#"{"kind":"exception","kind":"timeout"}"#;
            wire.insist(format!(
                r#"{{"jsonrpc":"2.0","id":{call},"error":{{"code":-32000,"message":"m","data":{data}}}}}"#
            ));
        },
        &[Cut("duplicate key")],
    )
    .strikes(3),
    peer(
        "giant-numbers",
        "returns numbers that no machine holds",
        |wire| {
            let call = wire.called();
            wire.say(answer_text(call, "[1e999999999]"));
        },
        &[Fails("number out of range")],
    ),
    peer(
        "long-numbers",
        "returns a number of three hundred thousand digits behind the point",
        |wire| {
            let call = wire.called();
            wire.say(answer_text(call, &format!("[0.{}]", "0".repeat(300_000))));
        },
        &[Returns("[0.0]")],
    ),
    peer(
        "odd-numbers",
        "returns what JavaScript calls numbers and JSON does not",
        |wire| {
            wire.called();
            for number in ["NaN", "0x10", "+1"] {
                wire.say(tells("x.y", number));
            }
        },
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "half-pairs",
        "writes halves of characters in escapes",
        |wire| {
            wire.called();
            for escape in [r"\ud800", r"\udfff\ud800", r"\u12"] {
                let params = format!(r#"{{"level":"info","message":"{escape}"}}"#);
                wire.say(tells("log.write", &params));
            }
        },
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "raw-controls",
        "writes control characters into texts as they are",
        |wire| {
            let call = wire.called();
            wire.insist(answer_text(call, "\"\u{1b}[2J\""));
        },
        &[Cut("control character")],
    )
    .strikes(3),
    peer(
        "many-keys",
        "returns an object of more keys than may be",
        many_keys,
        &[Fails("more than 100000 keys")],
    )
    .grows(24),
    peer(
        "many-values",
        "logs facts of half a million zeroes",
        |wire| {
            let call = wire.called();
            let zeroes = format!("[{}0]", "0,".repeat(500_000));
            let params = format!(r#"{{"level":"info","message":"m","fields":{{"a":{zeroes}}}}}"#);
            wire.say(tells("log.write", &params));
            wire.give(call, &json!("served"));
        },
        &[Returns(r#""served""#)],
    )
    .logs(1)
    .grows(48),
    peer(
        "comments",
        "writes JSON that only generous readers take",
        |wire| {
            let call = wire.called();
            let line = answer(call, &json!(1));
            wire.say(format!("{line} // and more"));
            wire.say(line.replacen('{', "{/**/", 1));
            wire.say(line.replace('"', "'"));
        },
        &[Cut("")],
    )
    .strikes(3),
];

fn many_keys(wire: &mut Wire) {
    let call = wire.called();
    let keys: Vec<String> = (0..100_001).map(|number| format!(r#""{number}":0"#)).collect();
    let text = format!("{{{}}}", keys.join(","));
    let file = super::descriptors::sealed(text.as_bytes());
    let blob = format!(r#"{{"output":{{"blob":{},"as":"json"}}}}"#, text.len());
    let line = format!(r#"{{"jsonrpc":"2.0","id":{call},"result":{blob}}}"#);
    wire.say_with(&line, &[std::os::fd::AsFd::as_fd(&file)]);
}
