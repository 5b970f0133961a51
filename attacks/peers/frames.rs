//! Lines that are none, or never end.

use serde_json::json;

use crate::wire::Verdict::{Cut, Output, Returns};
use crate::wire::{Peer, Wire, answer, peer, tells};

/// The longest line that a host takes, newline excluded.
const LINE: usize = 1 << 20;

/// As many times the longest line as a host must never keep.
const GIBIBYTE: usize = 1 << 30;

pub(super) const PEERS: &[Peer] = &[
    peer(
        "endless-line",
        "sends a gibibyte without a newline",
        |wire| {
            wire.called();
            let block = [b'x'; 64 << 10];
            for _ in 0..GIBIBYTE / block.len() {
                if !wire.raw(&block) {
                    return;
                }
            }
        },
        &[Cut("a line longer than 1048576 bytes")],
    ),
    peer(
        "endless-greeting",
        "does so before it has answered the greeting",
        |wire| {
            wire.hello();
            let block = [b'{'; 64 << 10];
            while wire.raw(&block) {}
        },
        &[Cut("a line longer than 1048576 bytes")],
    ),
    peer(
        "endless-string",
        "begins an honest answer and lets its text never end",
        |wire| {
            let call = wire.called();
            wire.raw(answer(call, &json!(null)).trim_end_matches("null}}}").as_bytes());
            wire.raw(b"\"");
            while wire.raw(&[b'a'; 64 << 10]) {}
        },
        &[Cut("a line longer than 1048576 bytes")],
    ),
    peer(
        "line-at-the-cap",
        "sends the longest line that may be, and then one a byte longer",
        |wire| {
            let call = wire.called();
            let log = |length: usize| {
                let around = tells("call.progress", r#"{"call":0,"fraction":0,"message":""}"#);
                let filled = "x".repeat(length - around.len());
                around.replace(r#""message":"""#, &format!(r#""message":"{filled}""#))
            };
            // Served, and of no call: dropped.
            wire.say(log(LINE));
            wire.say(log(LINE + 1));
            wire.give(call, &json!("too late"));
        },
        &[Cut("a line longer than 1048576 bytes")],
    ),
    peer(
        "gibibyte-in-lines",
        "sends a gibibyte in lines that are each just short enough",
        |wire| {
            wire.called();
            let filled = "x".repeat(LINE - 100);
            let line = tells("log.write", &format!(r#"{{"level":"info","message":"{filled}"}}"#));
            for _ in 0..1024 {
                if !wire.say(&line) {
                    return;
                }
            }
        },
        &[Output],
    )
    .records(&["log-drop/limited"])
    .logs(10),
    peer(
        "empty-lines",
        "sends lines of nothing",
        |wire| {
            wire.called();
            while wire.raw(&[b'\n'; 4096]) {}
        },
        &[Cut("EOF while parsing")],
    )
    .strikes(3),
    peer(
        "blank-lines",
        "sends lines of spaces, tabs and carriage returns",
        |wire| {
            wire.called();
            wire.insist(b" \t\r");
        },
        &[Cut("EOF while parsing")],
    )
    .strikes(3),
    peer(
        "carriage-returns",
        "ends its lines as other systems do, which is no offence",
        |wire| {
            let call = wire.called();
            wire.say(answer(call, &json!(1)) + "\r");
        },
        &[Returns("1")],
    ),
    peer(
        "one-line-in-many",
        "spreads one message over many lines",
        |wire| {
            let call = wire.called();
            wire.say(answer(call, &json!(1)).replace(',', ",\n"));
            wire.insist("}");
        },
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "many-in-one-line",
        "sends two answers in one line",
        |wire| {
            let call = wire.called();
            let line = answer(call, &json!(1)) + &answer(call, &json!(2));
            wire.insist(line);
        },
        &[Cut("trailing characters")],
    )
    .strikes(3),
    peer(
        "not-utf-8",
        "sends bytes that are no text, within and without an honest message",
        |wire| {
            let call = wire.called();
            wire.say([answer(call, &json!("?")).as_bytes(), b"\xc0\xaf"].concat());
            // Longer than it must be, and half a pair, as bytes.
            wire.say(b"{\"jsonrpc\":\"2.0\",\"method\":\"\xf0\x80\x80\xaf\"}");
            wire.say(b"{\"jsonrpc\":\"2.0\",\"method\":\"\xed\xa0\x80\"}");
        },
        &[Cut("not UTF-8")],
    )
    .strikes(3),
    peer(
        "utf-16",
        "answers in another encoding",
        |wire| {
            let call = wire.called();
            let line: Vec<u8> =
                answer(call, &json!(1)).encode_utf16().flat_map(u16::to_le_bytes).collect();
            wire.insist(line);
        },
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "byte-order-mark",
        "puts a byte order mark before an honest answer",
        |wire| {
            let call = wire.called();
            wire.insist(format!("\u{feff}{}", answer(call, &json!(1))));
        },
        &[Cut("expected value")],
    )
    .strikes(3),
    peer(
        "nul-bytes",
        "sends NUL before, in and behind a message",
        |wire| {
            let call = wire.called();
            let line = answer(call, &json!("text"));
            wire.say(format!("\0{line}"));
            wire.say(line.replace("text", "te\0xt"));
            wire.say(format!("{line}\0"));
        },
        &[Cut("")],
    )
    .strikes(3),
    peer(
        "not-a-protocol",
        "speaks protocols of others",
        |wire| {
            wire.hello();
            for line in ["GET / HTTP/1.1\r", "\r", "AUTH EXTERNAL 30\r"] {
                wire.say(line);
            }
        },
        &[Cut("")],
    )
    .strikes(3),
    peer("strikes-forgiven", "errs as often as is forgiven", forgiven, &[Returns(r#""served""#)])
        .strikes(2),
];

fn forgiven(wire: &mut Wire) {
    let call = wire.called();
    for _ in 0..2 {
        wire.say("nonsense");
    }
    wire.give(call, &json!("served"));
}
