//! Calls of other plugins, and events, as far as the door decides on them.

use aether_gateway::{Done, Event, News, Uncalled, Work, limits};
use aether_manifest::TopicPattern;
use aether_protocol::{Code, RpcError};
use serde_json::{Value, json};

use crate::bench::{Bench, FakeBlobs, value};

const OTHERS: &str =
    r#"{ "plugins": ["b.run"], "events": { "emit": ["build.*"], "on": ["build.*", "other"] } }"#;

fn bench() -> Bench {
    Bench::granting(OTHERS)
}

fn deep(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

fn call(method: &str, input: Value) -> Value {
    json!({ "method": method, "input": { "json": input } })
}

/// The last call of another plugin that is to be made.
#[track_caller]
fn work(bench: &mut Bench) -> (u64, String, String, Value) {
    let found = bench.events().into_iter().find_map(|event| match event {
        Event::Work { number, work: Work::Call { plugin, method, input } } => {
            Some((number, plugin, method, input))
        }
        _ => None,
    });
    found.expect("a call")
}

#[test]
fn a_granted_call_is_made_and_its_result_handed_on() {
    let mut bench = bench();
    bench.begin("plugins.call", call("b.run", json!([1])));
    let (number, plugin, method, input) = work(&mut bench);
    assert_eq!((&*plugin, &*method, input), ("b", "run", json!([1])));
    let answer = bench.door.finish(number, Done::Called(Ok(json!({ "x": 1 })))).expect("an answer");
    assert_eq!(value(&answer)["result"], json!({ "output": { "json": { "x": 1 } } }));
    assert_eq!(bench.recorded("host-call"), [("plugins.call".to_owned(), "b.run".to_owned())]);
}

#[test]
fn what_is_not_granted_is_not_called() {
    let mut bench = bench();
    for method in ["b.other", "c.run", "b", "run", "", ".", "b.run.x"] {
        let refused = bench.ask("plugins.call", call(method, Value::Null)).unwrap_err();
        assert_eq!(refused.number(), -32001, "{method}");
    }
    assert!(bench.recorded("host-call").is_empty());
    let long = "x".repeat(limits::METHOD_NAME_BYTES + 1);
    assert_eq!(bench.ask("plugins.call", call(&long, Value::Null)).unwrap_err().number(), -32602);
}

#[test]
fn inputs_and_results_are_held_to_what_lines_carry() {
    let mut bench = bench();
    let blob = json!({ "method": "b.run", "input": { "blob": 10, "as": "json" } });
    for text in ["{\"a\":1,\"a\"", "nonsense!!", "[[[[[xxxxx"] {
        let refused = bench.ask_with("plugins.call", blob.clone(), &mut FakeBlobs::of(text));
        assert_eq!(refused.unwrap_err().number(), -32602, "{text}");
    }
    // A result that came as an attachment could be deeper than any line.
    bench.begin("plugins.call", call("b.run", Value::Null));
    let (number, ..) = work(&mut bench);
    let result: Value = serde_json::from_str(&deep(limits::INPUT_DEPTH + 1)).expect("JSON");
    let answer = value(&bench.door.finish(number, Done::Called(Ok(result))).expect("an answer"));
    assert_eq!(answer["error"]["code"], -32000);
    assert_eq!(answer["error"]["data"]["kind"], "result");
    bench.begin("plugins.call", call("b.run", Value::Null));
    let (number, ..) = work(&mut bench);
    let error = RpcError::new(Code::Plugin, "too far").with("kind", "exception");
    let answer = value(&bench.door.finish(number, Done::Called(Err(error))).expect("an answer"));
    assert_eq!(answer["error"]["message"], "too far");
}

#[test]
fn a_call_that_the_host_does_not_make_is_a_refusal() {
    let mut bench = bench();
    let line = "plugins: { \"b\": { callers: [\"p\"] } }".to_owned();
    for (because, policy_line) in [("callers", Some(line.clone())), ("cycle", None)] {
        let why = "because".to_owned();
        let error = bench.door.refuse_call("b.run", Uncalled { because, why, policy_line });
        assert_eq!(error.code, Code::PermissionDenied);
        assert_eq!(error.fact("because"), Some(because));
    }
    let denied = bench.events().into_iter().find_map(|event| match event {
        Event::Denied(denied) => Some(denied),
        _ => None,
    });
    let denied = denied.expect("it is told");
    assert_eq!((&*denied.permission, denied.policy_line), ("plugins", Some(line)));
    let denied = [("plugins".to_owned(), "b.run".to_owned())];
    assert_eq!(bench.recorded("denied"), [denied.clone(), denied].concat());
    assert_eq!(bench.door.ledger().denied().map(|one| one.count).collect::<Vec<_>>(), [2]);
}

#[test]
fn the_cell_is_told_who_calls() {
    let mut bench = bench();
    let (_, line) = bench.door.call_for(Some("a"), "run", &Value::Null, 5, None).expect("a call");
    assert_eq!(value(&line)["params"]["caller"], "a");
    let (_, line) = bench.door.call("run", &Value::Null, 5).expect("a call");
    assert!(value(&line)["params"].get("caller").is_none());
}

fn emit(topic: &str, data: Value) -> Value {
    json!({ "topic": topic, "data": { "json": data } })
}

#[test]
fn granted_topics_are_told() {
    let mut bench = bench();
    assert_eq!(bench.ask("events.emit", emit("build.done", json!({ "n": 1 }))), Ok(json!({})));
    let told = bench.events().into_iter().find_map(|event| match event {
        Event::Emitted { topic, data } => Some((topic, data)),
        _ => None,
    });
    assert_eq!(told, Some(("build.done".to_owned(), json!({ "n": 1 }))));
    assert_eq!(bench.recorded("host-call"), [("events.emit".to_owned(), "build.done".to_owned())]);
    for (topic, code) in [
        ("build", -32001),
        ("other", -32001),
        ("build.*", -32602),
        ("build.", -32602),
        ("", -32602),
        ("Build.done", -32602),
    ] {
        let refused = bench.ask("events.emit", emit(topic, Value::Null)).unwrap_err();
        assert_eq!(refused.number(), code, "{topic}");
    }
    let large = emit("build.done", json!("x".repeat(limits::EVENT_BYTES)));
    assert_eq!(bench.ask("events.emit", large).unwrap_err().number(), -32602);
    let blob = json!({ "topic": "build.done", "data": { "blob": 8, "as": "json" } });
    for text in ["[1,2,3,]", "{\"a\":1}}"] {
        let refused = bench.ask_with("events.emit", blob.clone(), &mut FakeBlobs::of(text));
        assert_eq!(refused.unwrap_err().number(), -32602, "{text}");
    }
    let text = deep(limits::INPUT_DEPTH + 1);
    let blob = json!({ "topic": "build.done", "data": { "blob": text.len(), "as": "json" } });
    let refused = bench.ask_with("events.emit", blob, &mut FakeBlobs::of(text));
    assert_eq!(refused.unwrap_err().number(), -32602);
    assert!(!bench.events().iter().any(|event| matches!(event, Event::Emitted { .. })));
}

#[test]
fn one_entry_covers_what_is_listened_for() {
    let mut bench = bench();
    let mut on = |topic: &str| bench.ask("events.on", json!({ "topic": topic }));
    for topic in ["build.*", "build.done", "build.a.*", "other"] {
        assert_eq!(on(topic), Ok(json!({})), "{topic}");
    }
    for (topic, code) in [("*", -32001), ("build", -32001), ("deploy.*", -32001), ("a*", -32602)] {
        assert_eq!(on(topic).unwrap_err().number(), code, "{topic}");
    }
    let last = |bench: &mut Bench| {
        let all = bench.events().into_iter().rev().find_map(|event| match event {
            Event::Listens(patterns) => Some(patterns),
            _ => None,
        });
        all.map(|all| all.iter().map(TopicPattern::to_string).collect::<Vec<_>>())
    };
    let expect = ["build.*", "build.done", "build.a.*", "other"];
    assert_eq!(last(&mut bench).as_deref(), Some(&expect.map(str::to_owned)[..]));
    bench.ask("events.on", json!({ "topic": "other" })).expect("again");
    assert_eq!(last(&mut bench), None, "it did already");
    bench.ask("events.off", json!({ "topic": "build.done" })).expect("off");
    bench.ask("events.off", json!({ "topic": "build.done" })).expect("again");
    assert_eq!(last(&mut bench).map(|all| all.len()), Some(3));
}

#[test]
fn patterns_of_one_cell_are_bounded() {
    let mut bench = bench();
    for number in 0..limits::SUBSCRIPTIONS {
        bench.ask("events.on", json!({ "topic": format!("build.t{number}") })).expect("on");
    }
    let refused = bench.ask("events.on", json!({ "topic": "other" })).unwrap_err();
    assert_eq!(refused.number(), -32030);
    bench.ask("events.on", json!({ "topic": "build.t0" })).expect("it is there");
    bench.ask("events.off", json!({ "topic": "build.t0" })).expect("off");
    bench.ask("events.on", json!({ "topic": "other" })).expect("there is room");
}

#[test]
fn while_an_event_is_open_the_cell_may_ask() {
    let mut bench = Bench::before_hello(OTHERS);
    bench.greet();
    let early = bench.ask("env.list", json!({})).unwrap_err();
    assert_eq!(early.number(), -32600, "nothing is open");
    let news = News { topic: "build.done", from: "b", data: "[1]", dropped: 2 };
    let (id, line) = bench.door.event(&news, 50).expect("an event");
    assert_eq!(
        value(&line)["params"],
        json!({ "topic": "build.done", "from": "b", "data": { "json": [1] }, "dropped": 2, "deadline_ms": 50 })
    );
    bench.ask("env.list", json!({})).expect("names");
    let answer = json!({ "jsonrpc": "2.0", "id": id, "result": {} });
    bench.say(&answer.to_string()).expect("fair");
    assert!(matches!(
        bench.events().as_slice(),
        [Event::Heard { request, outcome: Ok(()) }] if *request == id
    ));
    assert_eq!(bench.ask("env.list", json!({})).unwrap_err().number(), -32600);
}

#[test]
fn a_failure_is_a_line_of_the_log_and_what_is_no_answer_is_one_too() {
    for answer in [
        json!({ "error": { "code": -32000, "message": "too far", "data": { "kind": "exception" } } }),
        json!({ "result": { "more": 1 } }),
    ] {
        let mut bench = bench();
        let news = News { topic: "build.done", from: "", data: "null", dropped: 0 };
        let (id, _) = bench.door.event(&news, 50).expect("an event");
        let mut answer = answer;
        answer["jsonrpc"] = json!("2.0");
        answer["id"] = json!(id);
        bench.say(&answer.to_string()).expect("fair");
        let events = bench.events();
        assert!(
            matches!(&events[..], [Event::Log { .. }, Event::Heard { outcome: Err(_), .. }]),
            "{events:?}"
        );
    }
}

#[test]
fn a_call_that_was_refused_does_not_stand_as_allowed_alone() {
    let mut bench = bench();
    for _ in 0..=limits::DENIALS_RECORDED {
        assert!(bench.ask("env.get", json!({ "name": "HOME" })).is_err());
    }
    bench.begin("plugins.call", call("b.run", Value::Null));
    let (number, ..) = work(&mut bench);
    let (because, why) = ("callers", "its policy names no such caller".to_owned());
    let error = bench.door.refuse_call("b.run", Uncalled { because, why, policy_line: None });
    bench.door.finish(number, Done::Called(Err(error))).expect("an answer");
    let records = bench.records();
    let last = records.last().expect("a record");
    assert_eq!((&*last.action, last.verdict), ("plugins.call", aether_audit::Verdict::Failed));
    // What another plugin says of its failure stays out of the log.
    bench.begin("plugins.call", call("b.run", Value::Null));
    let (number, ..) = work(&mut bench);
    let error = RpcError::new(Code::Plugin, "hunter2").with("kind", "exception");
    bench.door.finish(number, Done::Called(Err(error))).expect("an answer");
    let told = format!("{:?}", bench.records());
    assert!(told.contains("exception") && !told.contains("hunter2"), "{told}");
}
