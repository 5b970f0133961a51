//! Lines that are not what they should be.

use aether_gateway::{Event, Expelled, limits};
use aether_protocol::v1::Load;
use serde_json::{Value, json};

use crate::bench::{Bench, FakeBlobs, REQUEST, hello, value};

/// What a line counts as: `fine`, `strike`, or the number of the error it is answered with.
#[track_caller]
fn check(line: &[u8], expect: &str) {
    let mut bench = Bench::new();
    let shown = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
    let answer =
        bench.door.receive(line, &mut FakeBlobs::default()).expect("the first is answered");
    let strikes = bench.door.ledger().totals.strikes;
    let error = answer.as_ref().and_then(|answer| value(answer)["error"]["code"].as_i64());
    let found = match (strikes, error) {
        (0, None) => "fine".to_owned(),
        (0, Some(number)) => number.to_string(),
        (1, None) => "strike".to_owned(),
        (strikes, error) => format!("{strikes} strikes, {error:?}"),
    };
    assert_eq!(found, expect, "{shown}");
    let recorded = bench.recorded("violation").len();
    assert_eq!(recorded, usize::from(expect == "strike"), "{shown}");
}

#[test]
fn nothing_is_served_while_no_call_is_open() {
    let mut bench = Bench::before_hello(REQUEST);
    bench.greet();
    let refusal = bench.ask("fs.read", json!({ "path": "./in/a.txt" })).expect_err("a refusal");
    assert_eq!(refusal.number(), -32600);
    assert_eq!(bench.door.ledger().totals.strikes, 0);
    let call = bench.open_call();
    assert!(bench.ask("fs.read", json!({ "path": "./in/a.txt" })).is_ok());
    let reply = json!({ "jsonrpc": "2.0", "id": call, "result": { "output": { "json": null } } });
    bench.say(&reply.to_string()).expect("a fair answer");
    assert!(bench.ask("fs.read", json!({ "path": "./in/a.txt" })).is_err());
}

#[test]
fn what_a_cell_says_of_itself_is_bounded() {
    let mut bench = Bench::new();
    let long = "x".repeat(200_000);
    let log = json!({ "jsonrpc": "2.0", "method": "log.write",
        "params": { "level": "info", "message": long } });
    bench.say(&log.to_string()).expect("no strike");
    let call = bench.open_call();
    let progress = json!({ "jsonrpc": "2.0", "method": "call.progress",
        "params": { "call": call, "fraction": 0.5, "message": long } });
    bench.say(&progress.to_string()).expect("no strike");
    for event in bench.events() {
        match event {
            Event::Log { message, .. } => assert_eq!(message.len(), 8 << 10),
            Event::Progress { message, .. } => assert_eq!(message.len(), 1 << 10),
            other => panic!("{other:?}"),
        }
    }
    let unknown = json!({ "jsonrpc": "2.0", "id": 1, "method": "env.list", long.as_str(): 1 });
    for _ in 1..limits::STRIKES {
        bench.say(&unknown.to_string()).expect("a strike");
    }
    let Err(Expelled::Violation(why)) = bench.say(&unknown.to_string()) else { panic!("expelled") };
    assert!(why.len() <= limits::RECORDED_BYTES, "{}", why.len());
}

#[test]
fn names_and_errors_of_a_cell_are_bounded() {
    let mut bench = Bench::before_hello(REQUEST);
    let long = "x".repeat(200_000);
    let id = value(&bench.door.hello(&hello()).expect("a greeting"))["id"].clone();
    let reply = json!({ "jsonrpc": "2.0", "id": id, "result": { "protocol": 1, "engine": long } });
    bench.say(&reply.to_string()).expect("a fair greeting");
    let events = bench.events();
    let [Event::Greeted(Ok(reply))] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(reply.engine.len(), limits::ENGINE_NAME_BYTES);
    let call = bench.open_call();
    let error = json!({ "code": -32000, "message": long, "data": { "stack": long, "kind": "k" } });
    let reply = json!({ "jsonrpc": "2.0", "id": call, "error": error });
    bench.say(&reply.to_string()).expect("no strike");
    let events = bench.events();
    let [Event::Returned { outcome: Err(error), .. }] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!((error.message.len(), error.fact("kind")), (8 << 10, Some("k")));
    assert_eq!(error.fact("stack").map(str::len), Some(8 << 10));
}

#[test]
fn members_have_names() {
    let mut bench = Bench::new();
    let refusal = bench.ask("bundle.read", json!(["main.js"])).expect_err("no path was named");
    assert_eq!(refusal.number(), -32602);
    let log = |params: Value| json!({ "jsonrpc": "2.0", "method": "log.write", "params": params });
    bench.say(&log(json!(["info", "m", {}])).to_string()).expect("a strike");
    let twice = log(json!({ "level": "info", "message": "m", "fields": { "a": 1 } })).to_string();
    bench.say(&twice.replace(r#"{"a":1}"#, r#"{"a":1,"a":2}"#)).expect("a strike");
    assert_eq!(bench.door.ledger().totals.strikes, 2);
    assert!(bench.events().is_empty());
}

fn request(method: &str, params: &str) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#).into_bytes()
}

#[test]
fn what_is_no_message_is_a_strike() {
    for line in [
        &b""[..],
        b" ",
        b"null",
        b"1",
        b"\"text\"",
        b"{}",
        b"[]",
        b"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"env.list\"}]",
        b"{\"jsonrpc\":\"2.0\"}",
        b"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"env.list\"}",
        b"{\"id\":1,\"method\":\"env.list\"}",
        b"{\"jsonrpc\":\"2.0\",\"id\":-1,\"method\":\"env.list\"}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"env.list\"}",
        b"{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"env.list\"}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"env.list\"}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"env.list\",\"method\":\"fs.read\"}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"env.list\",\"extra\":1}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\"}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"env.list\",\"result\":1}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"env.list\"} {}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"env.list\"",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"env\xff.list\"}",
        b"\xef\xbb\xbf{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"env.list\"}",
        b"\0\0\0\0",
    ] {
        check(line, "strike");
    }
    let long = "x".repeat(65);
    check(&request(&long, "{}"), "strike");
    check(format!(r#"{{"jsonrpc":"2.0","id":"{long}","method":"env.list"}}"#).as_bytes(), "strike");
    let deep = format!("{}1{}", "[".repeat(63), "]".repeat(63));
    check(&request("env.list", &deep), "-32602");
    check(&request("env.list", &format!("[{deep}]")), "strike");
    check(&request("env.list", &"[".repeat(1_000_000)), "strike");
    check(&request("env.list", &format!("\"{}\"", "[{".repeat(1000))), "-32602");
}

#[test]
fn requests_with_wrong_parameters_are_answered() {
    for (method, params) in [
        ("fs.read", "{}"),
        ("fs.read", "[]"),
        ("fs.read", "null"),
        ("fs.read", "\"/x\""),
        ("fs.read", r#"{"path":1}"#),
        ("fs.read", r#"{"path":null}"#),
        ("fs.read", r#"{"path":["/workspace/in/a.txt"]}"#),
        ("fs.read", r#"{"path":"./in/a.txt","path":"./in/b.txt"}"#),
        ("fs.read", r#"{"path":"./in/a.txt","Path":"/etc/shadow"}"#),
        ("fs.read", r#"{"path":"./in/a.txt","offset":-1}"#),
        ("fs.read", r#"{"path":"./in/a.txt","offset":1.5}"#),
        ("fs.read", r#"{"path":"./in/a.txt","length":"1"}"#),
        ("fs.read", r#"{"path":"./in/a.txt","offset":99999999999999999999}"#),
        ("fs.write", r#"{"path":"./out/x"}"#),
        ("fs.write", r#"{"path":"./out/x","data":"x"}"#),
        ("fs.write", r#"{"path":"./out/x","data":{}}"#),
        ("fs.write", r#"{"path":"./out/x","data":{"text":"x","base64":"eA=="}}"#),
        ("fs.write", r#"{"path":"./out/x","data":{"base64":"not base64"}}"#),
        ("fs.write", r#"{"path":"./out/x","data":{"blob":-1,"as":"bytes"}}"#),
        ("fs.write", r#"{"path":"./out/x","data":{"text":"x"},"append":1}"#),
        ("fs.rename", r#"{"from":"./out/x"}"#),
        ("fs.remove", r#"{"path":"./out/x","recursive":"yes"}"#),
        ("kv.set", r#"{"key":"k"}"#),
        ("kv.set", r#"{"key":"k","value":{"text":"not json"}}"#),
        ("kv.set", r#"{"key":"k","value":{"json":{"a":1,"a":2}}}"#),
        ("kv.set", r#"{"key":"","value":{"json":1}}"#),
        ("env.get", r#"{"name":7}"#),
        ("env.list", r#"{"all":true}"#),
        ("bundle.read", r#"{"path":"main.js","offset":0}"#),
    ] {
        check(&request(method, params), "-32602");
    }
}

#[test]
fn unknown_methods_are_answered_and_unknown_notifications_are_not() {
    for method in [
        "hello",
        "load",
        "call",
        "compile",
        "cancel",
        "shutdown",
        "fs.execute",
        "FS.READ",
        "fs.read ",
        "fs/read",
        "http.open",
        "token.issue",
        "process.spawn",
        "rpc.discover",
        "__proto__",
        "log.write",
    ] {
        check(&request(method, "{}"), "-32601");
    }
    check(br#"{"jsonrpc":"2.0","id":"text","method":"env.list"}"#, "fine");
    check(
        br#"{"jsonrpc":"2.0","method":"log.write","params":{"level":"info","message":"x"}}"#,
        "fine",
    );
    for line in [
        r#"{"jsonrpc":"2.0","method":"fs.read","params":{"path":"./in/a.txt"}}"#,
        r#"{"jsonrpc":"2.0","method":"shutdown"}"#,
        r#"{"jsonrpc":"2.0","method":"log.write"}"#,
        r#"{"jsonrpc":"2.0","method":"log.write","params":{"level":"fatal","message":"x"}}"#,
        r#"{"jsonrpc":"2.0","method":"log.write","params":{"level":"info","message":5}}"#,
        r#"{"jsonrpc":"2.0","method":"log.write","params":{"level":"info","message":"x","fields":[]}}"#,
        r#"{"jsonrpc":"2.0","method":"log.write","params":{"level":"info","message":"x","cell":2}}"#,
        r#"{"jsonrpc":"2.0","method":"call.progress","params":{"call":1}}"#,
        r#"{"jsonrpc":"2.0","method":"call.progress","params":{"call":1,"fraction":"all"}}"#,
        r#"{"jsonrpc":"2.0","method":"call.progress","params":{"call":1,"fraction":1e999}}"#,
    ] {
        check(line.as_bytes(), "strike");
    }
}

#[test]
fn answers_to_nothing_are_strikes() {
    // 1 was the greeting, 2 is the open call.
    for id in ["1", "3", "77", "\"1\"", "18446744073709551615"] {
        check(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#).as_bytes(), "strike");
        let error = r#"{"code":1,"message":"x"}"#;
        check(format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#).as_bytes(), "strike");
    }
    check(br#"{"jsonrpc":"2.0","id":1,"error":{"code":1}}"#, "strike");
    check(br#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x","more":1}}"#, "strike");
}

#[test]
fn the_third_strike_expels() {
    assert_eq!(limits::STRIKES, 3);
    let mut bench = Bench::new();
    for n in 1..limits::STRIKES {
        assert_eq!(bench.say("garbage"), Ok(None), "strike {n}");
        // Honest requests are served until then.
        assert!(bench.ask("env.list", json!({})).is_ok());
    }
    assert!(matches!(bench.say("garbage"), Err(Expelled::Violation(_))));
    assert_eq!(bench.recorded("violation").len() as u32, limits::STRIKES);
    assert_eq!(bench.door.ledger().totals.strikes, limits::STRIKES);
}

#[test]
fn what_the_reader_of_the_stream_finds_counts_too() {
    let mut bench = Bench::new();
    for _ in 1..limits::STRIKES {
        bench.door.strike("a descriptor that no line claims").expect("a strike");
    }
    assert!(bench.door.strike("another").is_err());
}

#[test]
fn nothing_is_served_before_the_greeting_is_answered() {
    let mut bench = Bench::before_hello(REQUEST);
    let ask = |bench: &mut Bench, method: &str, params: Value| {
        let error = bench.ask(method, params).expect_err("refused");
        assert_eq!(error.number(), -32600, "{method}");
    };
    ask(&mut bench, "fs.read", json!({ "path": "./in/a.txt" }));
    let asked = value(&bench.door.hello(&hello()).expect("a greeting"));
    assert_eq!((&asked["method"], &asked["id"]), (&json!("hello"), &json!(1)));
    ask(&mut bench, "bundle.read", json!({ "path": "main.js" }));
    ask(&mut bench, "kv.set", json!({ "key": "k", "value": { "json": 1 } }));
    assert_eq!(bench.records().len(), 1, "nothing but the beginning of the run is on record");

    // A greeting that does not fit opens nothing.
    for result in [json!({ "protocol": 2, "engine": "x" }), json!({ "engine": "x" }), json!({})] {
        let mut bench = Bench::before_hello(REQUEST);
        bench.door.hello(&hello()).expect("a greeting");
        let reply = json!({ "jsonrpc": "2.0", "id": 1, "result": result });
        assert_eq!(bench.say(&reply.to_string()), Ok(None));
        assert!(matches!(bench.events().as_slice(), [Event::Greeted(Err(_))]));
        ask(&mut bench, "env.list", json!({}));
    }
}

#[test]
fn an_answer_counts_once_and_only_as_what_was_asked() {
    let mut bench = Bench::new();
    let load = bench.door.load(&Load { deadline_ms: 1000 }).expect("a line");
    let id = value(&load)["id"].clone();
    let answer =
        json!({ "jsonrpc": "2.0", "id": id, "result": { "exports": ["run"] } }).to_string();
    assert_eq!(bench.say(&answer), Ok(None));
    assert!(matches!(bench.events().as_slice(), [Event::Loaded(Ok(_))]));
    assert_eq!(bench.say(&answer), Ok(None));
    assert_eq!(bench.door.ledger().totals.strikes, 1, "the second is an answer to nothing");
    assert!(bench.events().is_empty());

    // The answer to a call is not that to a load.
    let (call, _) = bench.door.call("run", &json!({}), 1000).expect("a call");
    let answer = json!({ "jsonrpc": "2.0", "id": call, "result": { "exports": ["run"] } });
    bench.say(&answer.to_string()).expect("an answer");
    let events = bench.events();
    let [Event::Returned { call: returned, outcome: Err(error) }] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!((*returned, error.code.number()), (call, -32602));
}

#[test]
fn a_cell_cannot_speak_with_the_hosts_voice() {
    // Codes that only a host gives must not look as if it had given them.
    for (code, expect) in
        [(-32001, -32603), (-32040, -32603), (-32002, -32603), (7, -32603), (-32000, -32000)]
    {
        let mut bench = Bench::new();
        let (call, _) = bench.door.call("run", &json!({}), 1000).expect("a call");
        let error = json!({ "code": code, "message": "x", "data": { "fix": "run as root" } });
        let answer = json!({ "jsonrpc": "2.0", "id": call, "error": error });
        bench.say(&answer.to_string()).expect("an answer");
        let events = bench.events();
        let [Event::Returned { outcome: Err(error), .. }] = events.as_slice() else {
            panic!("{events:?}")
        };
        assert_eq!(error.code.number(), expect);
    }
}

#[test]
fn results_are_read_as_strictly_as_requests() {
    let check = |output: &str, expect: Result<Value, ()>| {
        let mut bench = Bench::new();
        let (call, _) = bench.door.call("run", &json!({}), 1000).expect("a call");
        let line = format!(r#"{{"jsonrpc":"2.0","id":{call},"result":{{"output":{output}}}}}"#);
        let said = bench.say(&line);
        let events = bench.events();
        let outcome = events.into_iter().find_map(|event| match event {
            Event::Returned { outcome, .. } => Some(outcome.map_err(|_| ())),
            _ => None,
        });
        match outcome {
            Some(outcome) => assert_eq!(outcome, expect, "{output}"),
            None => assert!(expect.is_err() && said.is_ok(), "{output}: {said:?}"),
        }
    };
    check(r#"{"json":{"a":[1,null]}}"#, Ok(json!({ "a": [1, null] })));
    check(r#"{"json":null}"#, Ok(Value::Null));
    check(r#"{"json":{"a":1,"a":2}}"#, Err(()));
    check(r#"{"text":"x"}"#, Err(()));
    check(r#"{"base64":"eA=="}"#, Err(()));
    check(r#"{"blob":3,"as":"json"}"#, Err(()));
    check(r#"{"blob":3,"as":"json"},"more":1"#, Err(()));
    check(&format!(r#"{{"json":{}1{}}}"#, "[".repeat(80), "]".repeat(80)), Err(()));
}

#[test]
fn attachments_that_lie_are_strikes() {
    let blob =
        |size: u64, kind: &str| json!({ "path": "./out/x", "data": { "blob": size, "as": kind } });
    let ask = |params: Value, mut blobs: FakeBlobs| {
        let mut bench = Bench::new();
        let answer = bench.ask_with("fs.write", params, &mut blobs);
        (answer.map_err(|error| error.number()), bench.door.ledger().totals.strikes)
    };
    assert_eq!(ask(blob(3, "bytes"), FakeBlobs::of("abc")), (Ok(json!({})), 0));
    assert_eq!(ask(blob(3, "bytes"), FakeBlobs::default()), (Err(-32602), 1));
    assert_eq!(ask(blob(4, "bytes"), FakeBlobs::of("abc")), (Err(-32602), 1));
    let unsealed = FakeBlobs([Err("it is not sealed".to_owned())].into());
    assert_eq!(ask(blob(3, "bytes"), unsealed), (Err(-32602), 1));
    // Refused before anything is claimed.
    assert_eq!(ask(blob(u64::MAX, "bytes"), FakeBlobs::of("abc")), (Err(-32602), 0));
    let size = aether_protocol::limits::PAYLOAD_BYTES + 1;
    assert_eq!(ask(blob(size, "bytes"), FakeBlobs::of("abc")), (Err(-32602), 0));
    assert_eq!(ask(blob(size, "bytes"), FakeBlobs::default()), (Err(-32602), 1));

    let mut bench = Bench::new();
    let value = |size: u64| json!({ "key": "k", "value": { "blob": size, "as": "json" } });
    assert!(bench.ask_with("kv.set", value(7), &mut FakeBlobs::of(r#"{"a":1}"#)).is_ok());
    for bytes in [&b"\xff\xff"[..], b"{}x", b"{\"a\":1,\"a\":2}", b""] {
        let blobs = &mut FakeBlobs::of(bytes);
        let error =
            bench.ask_with("kv.set", value(bytes.len() as u64), blobs).expect_err("refused");
        assert_eq!(error.number(), -32602, "{bytes:?}");
    }
    assert_eq!(bench.door.ledger().totals.strikes, 0, "bad JSON is no lie");
}

#[test]
fn what_is_attached_to_a_refused_request_is_dropped() {
    let mut bench = Bench::new();
    let blob = json!({ "blob": 3, "as": "bytes" });
    let text = json!({ "blob": 3, "as": "json" });
    let long = "k".repeat(limits::KV_KEY_BYTES + 1);
    for (method, params, code) in [
        ("fs.write", json!({ "path": "/etc/passwd", "data": blob }), -32001),
        ("fs.write", json!({ "path": "./out/x", "data": blob, "token": "t" }), -32602),
        (
            "fs.write",
            json!({ "path": "./out/x", "data": { "blob": 1_u64 << 40, "as": "bytes" } }),
            -32602,
        ),
        ("kv.set", json!({ "key": long, "value": text }), -32602),
        ("plugins.call", json!({ "method": "not.granted", "input": text }), -32001),
        ("events.emit", json!({ "topic": "not.granted", "data": text }), -32001),
        ("call.chunk", json!({ "call": 99, "data": text }), -32600),
    ] {
        // It is not even looked into: it would be no file of three bytes.
        let mut blobs = FakeBlobs::of("a longer one");
        let error = bench.ask_with(method, params, &mut blobs).expect_err("refused");
        assert_eq!(error.number(), code, "{method}: {}", error.message());
        assert!(blobs.0.is_empty(), "{method}: nothing waits for the next line");
    }
    assert_eq!(bench.door.ledger().totals.strikes, 0);
}

#[test]
fn a_used_identifier_may_be_used_again() {
    let mut bench = Bench::new();
    let line = String::from_utf8(request("env.list", "{}")).expect("text");
    for _ in 0..3 {
        let answer = bench.say(&line).expect("an answer").expect("an answer");
        assert_eq!(
            value(&answer),
            json!({ "jsonrpc": "2.0", "id": 1, "result": { "names": ["LANG"] } })
        );
    }
    // It names the cell's request, not one of the host's.
    let (call, _) = bench.door.call("run", &json!({}), 1000).expect("a call");
    let own = json!({ "jsonrpc": "2.0", "id": call, "method": "env.list" });
    assert!(bench.say(&own.to_string()).expect("an answer").is_some());
    assert!(bench.events().is_empty(), "the call is still open");
}

#[test]
fn calls_that_no_cell_could_be_sent_are_refused_to_the_host() {
    let mut bench = Bench::new();
    let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert!(bench.door.call("run", &deep(limits::INPUT_DEPTH), 1000).is_ok());
    assert!(bench.door.call("run", &deep(limits::INPUT_DEPTH + 1), 1000).is_err());
    assert!(bench.door.call("run", &json!("x".repeat(17 << 20)), 1000).is_err());
    assert!(bench.door.call(&"x".repeat(limits::METHOD_NAME_BYTES + 1), &json!(1), 1000).is_err());
    let (_, line) =
        bench.door.call(&"\0".repeat(limits::METHOD_NAME_BYTES), &deep(60), 1000).expect("a call");
    assert!(line.line.len() < aether_protocol::limits::FRAME_BYTES);
    aether_protocol::Message::parse(&line.line[..line.line.len() - 1]).expect("a message");
    let (_, large) = bench.door.call("run", &json!("x".repeat(1 << 20)), 1000).expect("a call");
    assert_eq!(large.attach.map(|bytes| bytes.size()), Some((1 << 20) + 2));
}
