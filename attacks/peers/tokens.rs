//! Tokens: used twice, given back and used, forged, widened, asked for without end.

use serde_json::{Value, json};

use crate::wire::Verdict::{Cut, Returns};
use crate::wire::{Peer, Wire, asks, code, peer};

pub(super) const PEERS: &[Peer] = &[
    peer(
        "uses-a-token-twice",
        "presents a token again that is good for one use",
        |wire| {
            let call = wire.called();
            let token = token(wire, &json!({ "right": "secret", "name": "key" }), 1);
            let first = present(wire, &token);
            let second = present(wire, &token);
            wire.give(call, &json!([first, second]));
        },
        &[Returns("[0,-32001]")],
    )
    .records(&["token/allowed", "token/denied"]),
    peer(
        "uses-a-token-that-it-gave-back",
        "presents a token that it has given back",
        |wire| {
            let call = wire.called();
            let token = token(wire, &json!({ "right": "secret", "name": "key" }), 2);
            let first = present(wire, &token);
            let dropped = ask(wire, "token.drop", &json!({ "token": token }));
            let second = present(wire, &token);
            wire.give(call, &json!([first, dropped, second]));
        },
        &[Returns("[0,0,-32001]")],
    )
    .records(&["token/denied"]),
    peer(
        "forges-tokens",
        "presents tokens with another tag, another id, more caveats and none",
        |wire| {
            let call = wire.called();
            let token = token(wire, &json!({ "right": "secret", "name": "key" }), 1);
            let last = if token.ends_with('0') { "1" } else { "0" };
            let parts: Vec<&str> = token.split('.').collect();
            let forged = [
                format!("{}{last}", &token[..token.len() - 1]),
                format!("{}.{}.{}.{}", parts[0], "0".repeat(32), parts[2], parts[3]),
                format!("{}.{}.uses=9.{}", parts[0], parts[1], parts[3]),
                format!("{}.{}..{}", parts[0], parts[1], "0".repeat(64)),
                token.to_uppercase(),
                format!("{token} "),
                "aec1.".repeat(800),
                String::new(),
            ];
            let refused = forged.iter().all(|one| present(wire, one) == -32001);
            let own = present(wire, &token);
            wire.give(call, &json!([refused, own]));
        },
        &[Returns("[true,0]")],
    )
    .records(&["token/denied"]),
    peer(
        "presents-a-megabyte",
        "presents a text as a token that is as long as a line may be",
        |wire| {
            let call = wire.called();
            let text = format!("aec1.{}", "0".repeat(900_000));
            let refused = present(wire, &text);
            wire.give(call, &json!(refused));
        },
        &[Returns("-32001")],
    )
    .records(&["token/denied"]),
    peer(
        "presents-a-token-for-something-else",
        "presents a token for a secret with everything that takes one",
        |wire| {
            let call = wire.called();
            let token = token(wire, &json!({ "right": "secret", "name": "key" }), 9);
            let asked = [
                ask(wire, "command.run", &json!({ "name": "shout", "token": token })),
                ask(wire, "time.extend", &json!({ "ms": 1, "token": token })),
                ask(wire, "memory.extend", &json!({ "bytes": 1 << 30, "token": token })),
                ask(wire, "http.fetch", &json!({ "url": "https://a.example/", "token": token })),
                ask(wire, "secret.get", &json!({ "name": "other", "token": token })),
            ];
            wire.give(call, &json!(asked));
        },
        &[Returns("[-32001,-32001,-32001,-32001,-32001]")],
    )
    .records(&["token/denied"]),
    peer(
        "takes-more-than-its-token",
        "takes more time and memory than the tokens are for, and for a call of nobody",
        |wire| {
            let call = wire.called();
            let time = token(wire, &json!({ "right": "time", "ms": 1000 }), 1);
            let memory = token(wire, &json!({ "right": "memory", "bytes": 512 << 20 }), 1);
            let asked = [
                ask(wire, "time.extend", &json!({ "ms": 1001, "token": time })),
                ask(wire, "time.extend", &json!({ "ms": 1, "call": 99, "token": time })),
                ask(wire, "memory.extend", &json!({ "bytes": (512 << 20) + 1, "token": memory })),
                ask(wire, "time.extend", &json!({ "ms": 1 })),
            ];
            wire.give(call, &json!(asked));
        },
        &[Returns("[-32001,-32602,-32001,-32040]")],
    )
    .records(&["token/denied"]),
    peer(
        "wants-more-than-the-policy-has",
        "asks for tokens that no line of the policy is for",
        |wire| {
            let call = wire.called();
            let wants = [
                json!({ "right": "secret", "name": "../key" }),
                json!({ "right": "secret", "name": "key\u{0}" }),
                json!({ "right": "command", "name": "sh" }),
                json!({ "right": "host-write", "path": "/etc/passwd" }),
                json!({ "right": "host-write", "path": "/" }),
                json!({ "right": "network", "host": "127.0.0.1", "port": 22 }),
                json!({ "right": "time", "ms": u64::MAX }),
                json!({ "right": "memory", "bytes": u64::MAX }),
                json!({ "right": "everything" }),
            ];
            let given = wants
                .iter()
                .filter(|want| ask(wire, "token.request", &json!({ "want": want })) == 0)
                .count();
            wire.give(call, &json!(given));
        },
        &[Returns("0")],
    ),
    peer(
        "asks-for-tokens-without-end",
        "asks for tokens as fast as it can, to tire whoever decides and to fill the host",
        |wire| {
            let call = wire.called();
            let want = json!({ "want": { "right": "secret", "name": "key" } });
            let given = (0..2000).filter(|_| ask(wire, "token.request", &want) == 0).count();
            // Ten at once, and one in six seconds after that.
            wire.give(call, &json!(given <= 12));
        },
        &[Returns("true")],
    )
    .records(&["limit/limited"]),
    peer(
        "gives-an-odd-reason",
        "gives a reason that would clear a terminal, with a token of its own in it",
        |wire| {
            let call = wire.called();
            let want = json!({ "right": "secret", "name": "key" });
            let reason = format!("\u{1b}[2J\u{202e}{}", "x".repeat(100_000));
            let asked = json!({ "want": want, "uses": 1, "reason": reason });
            let given = ask(wire, "token.request", &asked);
            wire.give(call, &json!(given));
        },
        &[Returns("0")],
    ),
    peer(
        "extends-its-own-time",
        "sends what only the host may say: that a call has more time and the cell more memory",
        |wire| {
            wire.called();
            let said = r#"{"jsonrpc":"2.0","method":"extend","params":{"call":3,"ms":99999}}"#;
            for _ in 0..3 {
                wire.say(said);
            }
        },
        &[Cut("unknown notification")],
    )
    .strikes(3),
];

/// A token for that, so often.
fn token(wire: &mut Wire, want: &Value, uses: u32) -> String {
    let params = json!({ "want": want, "uses": uses }).to_string();
    let answer = wire.ask(asks("1", r#""token.request""#, &params));
    let answer = answer.unwrap_or_default();
    answer["result"]["token"].as_str().unwrap_or_default().to_owned()
}

/// What a token is worth.
fn present(wire: &mut Wire, token: &str) -> i64 {
    ask(wire, "secret.get", &json!({ "name": "key", "token": token }))
}

/// The error's number, or 0. The host may have something to say between.
fn ask(wire: &mut Wire, method: &str, params: &Value) -> i64 {
    let method = json!(method).to_string();
    let answer = wire.ask(asks("1", &method, &params.to_string()));
    answer.as_ref().map_or(Value::Null, code).as_i64().unwrap_or(0)
}
