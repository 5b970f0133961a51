//! What `hello` agrees on: versions, modules and security fixes.

use std::collections::BTreeMap;

use aether_gateway::{Event, limits};
use aether_protocol::v1::Load;
use aether_protocol::version::Versions;
use serde_json::{Value, json};

use crate::bench::{Bench, REQUEST, hello, value};
use crate::older::{NO_LINKS, both};

/// A door that offers these versions and modules, greeted and answered like this.
fn greeted(served: Versions, result: Value) -> (Bench, Event) {
    let mut bench = Bench::before_hello(REQUEST).serving(served.clone());
    let mut hello = hello();
    hello.protocol = served.offered();
    hello.api = BTreeMap::from([("fs".to_owned(), 1), ("kv".to_owned(), 1)]);
    let id = value(&bench.door.hello(&hello).expect("a greeting"))["id"].clone();
    let reply = json!({ "jsonrpc": "2.0", "id": id, "result": result });
    bench.say(&reply.to_string()).expect("a fair answer");
    let event = bench.events().pop().expect("an event");
    (bench, event)
}

#[track_caller]
fn refusal(served: Versions, result: Value) -> (String, Value) {
    let (mut bench, event) = greeted(served, result);
    let Event::Greeted(Err(error)) = event else { panic!("{event:?}") };
    // It may ask for nothing, whatever it speaks.
    bench.open_call();
    let asked = bench.ask("env.list", json!({})).expect_err("refused");
    assert_eq!((error.code.number(), asked.number()), (-32070, -32600));
    (error.message.clone(), json!(error.data))
}

#[test]
fn a_version_that_was_not_offered_is_refused_naming_both() {
    let (text, data) = refusal(Versions::default(), json!({ "protocol": 2 }));
    assert_eq!(text, "the plugin speaks protocol version 2; this host speaks 1");
    assert_eq!(data, json!({ "protocol": 2, "offered": [1] }));
    let (text, _) = refusal(both(), json!({ "protocol": 7 }));
    assert_eq!(text, "the plugin speaks protocol version 7; this host speaks 1, 0");
    refusal(Versions::default(), json!({ "protocol": 0 }));
    for version in [0, 1] {
        let (_, event) = greeted(both(), json!({ "protocol": version }));
        assert!(matches!(event, Event::Greeted(Ok(_))), "{event:?}");
    }
}

#[test]
fn what_is_offered_is_what_is_served() {
    let mut bench = Bench::before_hello(REQUEST);
    let mut hello = hello();
    hello.protocol = vec![2, 1, 0];
    bench.door.hello(&hello).expect("a greeting");
    let reply = json!({ "jsonrpc": "2.0", "id": 1, "result": { "protocol": 0 } });
    bench.say(&reply.to_string()).expect("a fair answer");
    assert!(matches!(bench.events().as_slice(), [Event::Greeted(Err(_))]));
}

#[test]
fn modules_that_are_needed_and_not_served_are_refused_naming_both() {
    let needing = |needs: Value| json!({ "protocol": 1, "needs": needs });
    let (_, event) = greeted(Versions::default(), needing(json!({ "fs": 1, "kv": 0 })));
    assert!(matches!(event, Event::Greeted(Ok(_))), "{event:?}");
    let needs = needing(json!({ "fs": 2, "gpu": 1, "kv": 1 }));
    let (text, data) = refusal(Versions::default(), needs);
    assert_eq!(
        text,
        "the plugin needs the API module `fs` 2, and this host has 1; `gpu` 1, and this host has no `gpu`"
    );
    assert_eq!(data, json!({ "has": { "fs": 1 }, "needs": { "fs": 2, "gpu": 1 } }));
    let many: serde_json::Map<_, _> =
        (0..10_000).map(|n| (format!("{n}{}", "x".repeat(80)), json!(1))).collect();
    let (text, _) = refusal(Versions::default(), needing(Value::Object(many)));
    assert!(text.len() < 4096, "{} bytes", text.len());
    for broken in [json!([]), json!({ "fs": -1 }), json!({ "fs": "1" }), json!(null)] {
        let (_, event) = greeted(Versions::default(), needing(broken));
        let Event::Greeted(Err(error)) = event else { panic!("{event:?}") };
        assert_eq!(error.code.number(), -32602);
    }
}

/// A bench whose cell has agreed on version 0, with a call open.
fn old(served: Versions) -> Bench {
    let (mut bench, _) = greeted(served, json!({ "protocol": 0 }));
    bench.open_call();
    bench
}

#[test]
fn a_method_of_another_version_is_not_there() {
    let mut bench = old(both());
    assert_eq!(
        bench.ask("fs.get", json!({ "file": "./in/a.txt" })),
        Ok(json!({ "data": { "text": "a" } }))
    );
    for name in ["fs.read", "fs.stat", "http.fetch", "none"] {
        let refused = bench.ask(name, json!({ "path": "./in/a.txt" })).expect_err("refused");
        assert_eq!(refused.number(), -32601, "{name}");
        assert!(refused.message().contains("in version 0"), "{refused:?}");
    }
    let refused = bench.ask("fs.get", json!({ "path": "./in/a.txt" })).expect_err("refused");
    assert_eq!(refused.number(), -32602);
    let refused = bench.ask("fs.get", json!({ "file": "./in/none" })).expect_err("refused");
    assert_eq!(refused.number(), 404);
    let refused = bench.ask("fs.get", json!({ "file": "./secret.txt" })).expect_err("refused");
    assert_eq!(refused.number(), -32001, "the grant is asked as ever");
    let mut new = Bench::new();
    assert_eq!(
        new.ask("fs.get", json!({ "file": "./in/a.txt" })).expect_err("refused").number(),
        -32601
    );
}

#[test]
fn what_is_of_another_version_counts_as_ever() {
    let mut bench = old(both());
    let log = |method: &str, params: Value| {
        json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string()
    };
    bench.say(&log("log.put", json!({ "text": "old" }))).expect("no strike");
    assert!(matches!(bench.events().as_slice(), [Event::Log { message, .. }] if message == "old"));
    bench.say(&log("log.write", json!({ "level": "info", "message": "new" }))).expect("a strike");
    assert_eq!(bench.door.ledger().totals.strikes, 1);
    // Rates are those of the latest version's name: a log line is no read.
    let before = bench.door.ledger().totals.too_fast;
    for _ in 0..limits::MESSAGES.at_once() + 1000 {
        bench.say(&log("log.put", json!({ "text": "" }))).expect("no strike");
    }
    assert!(bench.door.ledger().totals.too_fast > before);
}

#[test]
fn answers_of_another_version_are_read_as_such() {
    let mut bench = old(both());
    let id = value(&bench.door.load(&Load { deadline_ms: 1 }).expect("a line"))["id"].clone();
    let answer = |id: &Value, body: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},{body}}}"#);
    bench.say(&answer(&id, r#""result":{"methods":["run"]}"#)).expect("a fair answer");
    let events = bench.events();
    let [Event::Loaded(Ok(reply))] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(reply.exports, ["run"]);
    let (call, line) = bench.door.call("run", &json!({ "a": 1 }), 5).expect("a call");
    let line = value(&line);
    assert_eq!(line["method"], "invoke");
    assert_eq!(line["params"], json!({ "name": "run", "args": { "json": { "a": 1 } }, "ms": 5 }));
    let failed = r#""error":{"code":-1,"message":"no"}"#;
    bench.say(&answer(&json!(call), failed)).expect("a fair answer");
    let events = bench.events();
    let [Event::Returned { outcome: Err(error), .. }] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!((error.code.number(), error.fact("kind")), (-32000, Some("exception")));
    // A code that only a host gives stays the host's to give, by whatever name.
    let (call, _) = bench.door.call("run", &json!(1), 5).expect("a call");
    let failed = r#""error":{"code":-32001,"message":"no"}"#;
    bench.say(&answer(&json!(call), failed)).expect("a fair answer");
    let events = bench.events();
    let [Event::Returned { outcome: Err(error), .. }] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(error.code.number(), -32603);
}

#[test]
#[cfg_attr(windows, ignore = "of links, modes, pipes or names that Windows does not give")]
fn a_security_fix_holds_for_the_version_that_it_is_turned_on_for() {
    let links = |bench: &mut Bench| {
        let listed = bench.ask("fs.list", json!({ "path": "./in" })).expect("a listing");
        let entries = listed["entries"].as_array().expect("entries").clone();
        entries.iter().filter(|entry| entry["kind"] == "symlink").count()
    };
    let mut bench = old(both());
    assert!(links(&mut bench) > 0, "it is off where nobody says otherwise");
    assert!(!bench.door.fixed().has(NO_LINKS));

    let fixed = both().turn(NO_LINKS, 0, true).expect("there is one");
    assert_eq!(fixed.told(), BTreeMap::from([(0, vec![NO_LINKS.to_owned()])]));
    let mut bench = old(fixed.clone());
    assert_eq!(links(&mut bench), 0);
    assert!(bench.door.fixed().has(NO_LINKS));

    let (mut bench, _) = greeted(fixed, json!({ "protocol": 1 }));
    bench.open_call();
    assert!(links(&mut bench) > 0, "another version's plugins keep what they have");
    assert!(!bench.door.fixed().has(NO_LINKS));
    assert!(both().turn(NO_LINKS, 1, true).is_err());
}
