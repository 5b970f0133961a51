//! `aether:plugin`: what a plugin says to its host, and what it is told.

use aether_protocol::{Code, RpcError};
use aether_wasm::{News, Told};
use serde_json::{Value, json};
use std::time::Instant;

use crate::bench::{Bench, How, PATIENCE};
use crate::gate::TestGate;

const SPEAKER: &[u8] = include_bytes!("../guests/speaker.wasm");
#[cfg(target_os = "linux")]
const REQUEST: &str = r#"{ "filesystem": { "read": ["./in/**", "./out/**"], "write": ["./out/**"] }, "environment": ["LANG"] }"#;

fn bench(gate: TestGate) -> Bench {
    Bench::with(SPEAKER, gate, &How::default())
}

/// Over a real door.
#[cfg(target_os = "linux")]
fn real() -> Bench {
    bench(TestGate::house(REQUEST, &[("in/a.txt", "a"), ("secret.txt", "THE-SECRET")]))
}

fn denied(_: &Value) -> Result<Value, RpcError> {
    Err(RpcError::new(Code::PermissionDenied, "not granted").with("fix", "ask"))
}

#[test]
fn a_plugin_logs_and_knows_its_call() {
    let mut bench = bench(TestGate::default());
    let said = bench.call("say", "\"hello\"").unwrap();
    assert_eq!(said, r#""p 1.2.3 say Some(\"caller\") false""#);
    let log = bench.seen.of("log.write");
    assert_eq!(log[0], json!({ "level": "warn", "message": "hello", "fields": { "n": 1 } }));
    assert_eq!(log[1]["fields"], json!({ "fields": "not JSON" }));
    let progress = bench.seen.of("call.progress");
    assert_eq!(progress[0], json!({ "call": 7, "fraction": 0.5, "message": "half" }));
}

#[cfg(target_os = "linux")]
#[test]
fn files_are_the_doors() {
    let mut bench = real();
    let said = bench.call("files", "\"./out/n\"").unwrap();
    assert_eq!(said, r#""7 7 [101, 32, 116] one two [\"n\"] false""#);
    let again = bench.call("files", "\"./in/n\"").unwrap_err();
    assert_eq!(again.why, aether_wasm::Why::Error);
    assert!(again.message.starts_with("ERR_ACCESS_DENIED|"), "{again}");
    let said: String =
        serde_json::from_str(&bench.call("denied", "\"./secret.txt\"").unwrap()).unwrap();
    assert!(said.starts_with("ERR_ACCESS_DENIED|reading `/workspace/secret.txt`"), "{said}");
    assert!(said.contains(r#""fix":"#) && !said.contains("THE-SECRET"), "{said}");
    let said = bench.call("denied", "\"./in/none\"").unwrap();
    assert!(said.starts_with("\"ENOENT|ENOENT: "), "{said}");
    let said = bench.call("denied", "\"../../etc/passwd\"").unwrap();
    assert!(!said.contains("root:"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_store_and_variables_are_the_doors() {
    let mut bench = real();
    let said = bench.call("store", r#"{"key":"k","value":"{\"a\":1}"}"#).unwrap();
    assert_eq!(said, r#""Some(\"{\\\"a\\\":1}\") [\"k\"] true None""#);
    let said = bench.call("store", r#"{"key":"k","value":"no json"}"#).unwrap_err();
    assert!(said.message.starts_with("ERR_INVALID_ARG_VALUE|"), "{said}");
    assert_eq!(bench.call("others", "\"env\"").unwrap(), r#""Some(\"C\") [\"LANG\"]""#);
    assert_eq!(bench.call("others", "\"sleep\"").unwrap(), "\"true true\"");
    assert_eq!(bench.call("others", "\"left\"").unwrap(), "\"true\"");
}

#[test]
fn others_are_called_told_and_heard() {
    let empty = |_: &Value| Ok(json!({}));
    let gate = TestGate::default()
        .on("plugins.call", |params| {
            assert_eq!(params["method"], "glossary.explain");
            Ok(json!({ "output": { "json": params["input"]["json"]["word"] } }))
        })
        .on("events.emit", empty)
        .on("events.on", empty)
        .on("events.off", empty)
        .on("call.chunk", empty)
        .on("blob.create", |_| Ok(json!({ "blob": "b1", "size": 5 })))
        .on("blob.send", empty)
        .on_with("blob.open", |_, _| {
            let result = json!({ "data": { "blob": 40_000, "as": "bytes" } }).to_string();
            Ok(Told { result, attachments: vec![vec![1; 40_000]] })
        })
        .on("blob.drop", empty);
    let mut bench = bench(gate);
    assert_eq!(bench.call("others", "\"call\"").unwrap(), r#""\"cell\"""#);
    assert_eq!(bench.call("others", "\"blob\"").unwrap(), "\"b1 40000\"");
    bench.call("others", "\"emit\"").unwrap();
    assert_eq!(bench.seen.of("events.emit")[0], json!({ "topic": "a.b", "data": { "json": [1] } }));
    bench.call("others", "\"piece\"").unwrap();
    assert_eq!(
        bench.seen.of("call.chunk")[0],
        json!({ "call": 7, "data": { "json": { "a": 1 } } })
    );
    let news = News {
        id: 9,
        topic: "a.b",
        from: "other",
        data: "[1]",
        dropped: 2,
        until: Instant::now() + PATIENCE,
    };
    assert!(bench.plugin.listens());
    bench.plugin.hear(&news).unwrap();
    assert_eq!(bench.seen.lines(), ["a.b other [1] 2"]);
}

#[test]
fn tokens_are_handles_whose_text_stays_with_the_host() {
    let gate = TestGate::default()
        .on("token.request", |params| {
            let want = params["want"].clone();
            Ok(json!({ "token": "aec1.whole", "want": want, "uses": 3, "expires_ms": 60_000 }))
        })
        .on("token.narrow", |params| {
            assert_eq!(params["token"], "aec1.whole");
            assert_eq!(
                params["caveats"],
                json!({ "path_prefix": "./out/x", "max_bytes": 9, "uses": 1 })
            );
            Ok(json!({ "token": "aec1.less" }))
        })
        .on("token.drop", |params| {
            assert_eq!(params["token"], "aec1.whole");
            Ok(json!({}))
        })
        .on("fs.write", |params| match params.get("token") {
            Some(token) => {
                assert_eq!((token, &params["through"]), (&json!("aec1.less"), &json!(true)));
                Ok(json!({}))
            }
            None => {
                let request = json!({ "right": "host-write", "path": "/workspace/out/x" });
                Err(RpcError::new(Code::CapabilityRequired, "needs a token")
                    .with("request", request))
            }
        })
        .on("time.extend", |_| Ok(json!({})))
        .on("memory.extend", |_| Ok(json!({ "heap": 1 << 20 })))
        .on("secret.get", denied)
        .on("command.run", |params| {
            assert_eq!(params["input"], json!({ "base64": "aW4=" }));
            Ok(json!({ "code": 3, "output": { "text": "o" }, "errors": { "text": "e" } }))
        });
    let mut bench = bench(gate);
    assert_eq!(bench.call("beyond", "\"through\"").unwrap(), "\"3 1\"");
    let said = bench.call("beyond", "\"lacking\"").unwrap();
    let said: String = serde_json::from_str(&said).unwrap();
    let facts = said.strip_prefix("ERR_CAPABILITY_REQUIRED|needs a token|").unwrap();
    let request = json!({ "request": { "right": "host-write", "path": "/workspace/out/x" } });
    assert_eq!(serde_json::from_str::<Value>(facts).unwrap(), request);
    assert_eq!(bench.call("beyond", "\"command\"").unwrap(), "\"3 [111] e\"");
    bench.call("beyond", "\"time\"").unwrap();
    assert_eq!(
        bench.seen.of("time.extend")[0],
        json!({ "call": 7, "ms": 1000, "token": "aec1.whole" })
    );
    bench.call("beyond", "\"memory\"").unwrap();
    let failure = bench.call("beyond", "\"secret\"").unwrap_err();
    assert_eq!(failure.message, r#"ERR_ACCESS_DENIED|not granted|{"fix":"ask"}"#);
}

/// A server's answer, and its body in pieces of three bytes.
fn web(status: u16, body: &'static str) -> TestGate {
    let mut left = std::collections::BTreeMap::new();
    TestGate::default()
        .on("http.fetch", move |params| {
            assert!(params["stream"].is_u64());
            let headers =
                json!([["content-type", "text/plain"], ["location", "http://forbidden/"]]);
            Ok(json!({ "status": status, "url": params["url"], "headers": headers }))
        })
        .on("http.read", move |params| {
            let at = left.entry(params["stream"].as_u64()).or_insert(0);
            let piece = &body[*at..body.len().min(*at + 3)];
            *at += piece.len();
            Ok(json!({ "data": { "text": piece }, "end": *at == body.len() }))
        })
        .on("http.close", |_| Ok(json!({})))
}

#[test]
fn requests_are_the_gates() {
    let mut bench = bench(web(200, "body of an answer"));
    let said = bench.call("fetch", "\"https://example.com/a\"").unwrap();
    let said: String = serde_json::from_str(&said).unwrap();
    assert!(said.starts_with("200 [(\"content-type\"") && said.ends_with(" 17 6"), "{said}");
    let asked = &bench.seen.of("http.fetch")[0];
    assert_eq!(
        (&asked["redirect"], &asked["body"]),
        (&json!("manual"), &json!({ "base64": "c2VudA==" }))
    );
}

#[test]
fn requests_of_wasi_are_the_gates_and_follow_nothing() {
    let mut bench = bench(web(302, "moved elsewhere"));
    let input = r#"{"authority":"example.com:81","path":"/a?b","body":"sent"}"#;
    let said = bench.call("web", input).unwrap();
    assert_eq!(said, "\"302 2 moved elsewhere true true\"");
    let asked = bench.seen.of("http.fetch");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["url"], "http://example.com:81/a?b");
    assert_eq!(asked[0]["redirect"], "manual");
    assert_eq!(asked[0]["headers"], json!([["x-a", "1"]]));
    assert_eq!(asked[0]["method"], "POST");
    for (authority, path) in
        [("user@host", "/"), ("host/a", "/"), ("host", "a"), ("host", "/#f"), ("", "/")]
    {
        let input = json!({ "authority": authority, "path": path, "body": "" }).to_string();
        let failure = bench.call("web", &input).unwrap_err();
        assert!(failure.message.contains("HttpRequestUriInvalid"), "{authority} {path}: {failure}");
    }
    assert_eq!(bench.seen.of("http.fetch").len(), 1);
    let said = bench.call("unfinished", "\"host\"").unwrap();
    assert!(said.contains("must be finished"), "{said}");
}

#[test]
fn what_is_denied_on_the_web_is_told() {
    let mut bench = bench(TestGate::default().on("http.fetch", denied));
    let input = r#"{"authority":"example.com","path":"/","body":""}"#;
    let failure = bench.call("web", input).unwrap_err();
    assert!(failure.message.contains("HttpRequestDenied"), "{failure}");
    let failure = bench.call("fetch", "\"http://example.com/\"").unwrap_err();
    assert!(failure.message.starts_with("ERR_ACCESS_DENIED|"), "{failure}");
}
