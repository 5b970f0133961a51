//! `aether mcp`: a plugin's methods as the tools of a client.

use std::path::Path;
use std::time::{Duration, Instant};

use aether_docs_check::root;
use aether_testkit::Session;
use serde_json::{Value, json};

use super::examples::copy;
use super::mcp_client::{Client, text};
use crate::Stage;

/// The example of this name, in the stage's working folder.
fn example(stage: &Stage, name: &str) {
    copy(&root().join("examples").join(name), &stage.path(name));
}

fn notes(stage: &Stage) -> Client {
    example(stage, "notes");
    Client::begin(stage, &["notes", "--policy", "notes/aether-policy.yaml"])
}

#[test]
fn methods_are_tools_with_what_the_manifest_says_of_them() {
    let stage = Stage::new();
    let mut client = notes(&stage);
    let manifest: Value =
        serde_json::from_str(&stage.text("notes/aether-plugin.json")).expect("JSON");
    let tools = client.tools();
    let mut names: Vec<&str> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["add", "list", "load", "remove", "run", "save"]);
    for tool in &tools {
        let declared = &manifest["exports"][tool["name"].as_str().expect("a name")];
        assert_eq!(tool["inputSchema"], declared["params"], "{tool}");
        assert_eq!(tool["outputSchema"], declared["result"], "{tool}");
        let description = tool["description"].as_str().expect("a description");
        assert!(description.contains("Keeps short notes"), "{tool}");
    }
    client.leave().exits(0);
}

#[test]
fn a_call_gives_a_value_and_its_text_and_the_plugin_stays_between_calls() {
    let stage = Stage::new();
    let mut client = notes(&stage);
    let answer = client.call("add", json!({ "text": "Read this" }));
    let value = &answer["result"]["structuredContent"];
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    assert_eq!(text(&answer), value.to_string());
    let log = client.heard.iter().find(|heard| heard["method"] == "notifications/message");
    let log = log.expect("its log").clone();
    assert_eq!(log["params"]["level"], "info", "{log}");
    assert_eq!(log["params"]["logger"], "notes", "{log}");
    assert_eq!(log["params"]["data"]["message"], "note kept", "{log}");
    let cells = client.below();
    assert!(client.works("list", json!({})).contains("Read this"));
    assert_eq!(client.below(), cells, "the same cell");
    client.works("save", json!({ "name": "today" }));
    assert!(client.works("load", json!({ "name": "today" })).contains("Read this"));
    client.leave().exits(0).says("aether apply");
    assert!(!stage.has("notes/today.txt"));
    stage.run(&["diff"]).exits(0).prints_some("/workspace/notes/today.txt: new file");
}

#[test]
fn changes_are_made_at_the_end_where_that_was_wished() {
    let stage = Stage::new();
    example(&stage, "notes");
    let line = ["notes", "--policy", "notes/aether-policy.yaml", "--apply", "--inspect-security"];
    let mut client = Client::begin(&stage, &line);
    client.works("save", json!({ "name": "today" }));
    client.leave().exits(0);
    assert!(stage.has("notes/today.txt"));
    assert!(stage.text("aether-report/report.json").contains("notes mcp"));
    stage.run(&["audit", "verify", "aether-report/audit.jsonl"]).exits(0);
}

#[test]
fn arguments_that_do_not_fit_are_told_as_the_version_has_it() {
    let stage = Stage::new();
    example(&stage, "hello");
    let mut client = Client::begin(&stage, &["hello"]);
    let words = client.fails("hello", json!({ "name": 3 }));
    assert!(words.contains("`/name`") && words.contains("string"), "{words}");
    assert_eq!(client.works("hello", json!({ "name": "Ada" })), r#"{"greeting":"Hello, Ada!"}"#);
    client.leave().exits(0);

    let mut client = Client::of_version(&stage, &["hello"], "2025-06-18");
    let answer = client.call("hello", json!({ "name": 3 }));
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    client.works("hello", json!({}));
    client.leave().exits(0);
}

/// The protocol's versions from 2026-07-28 on have no handshake: each request says what it needs.
#[test]
fn a_client_without_a_handshake_is_served_too() {
    let stage = Stage::new();
    example(&stage, "hello");
    let mut client = Client::silent(&stage, &["hello"]);
    let meta = |version: &str| {
        json!({
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientCapabilities": {},
        })
    };
    let unknown = client.ask("tools/list", json!({ "_meta": meta("2099-01-01") }));
    assert_eq!(unknown["error"]["code"], -32022, "{unknown}");
    let discovered = client.ask("server/discover", json!({ "_meta": meta("2026-07-28") }));
    assert!(discovered["result"]["supportedVersions"].is_array(), "{discovered}");
    let meta = meta("2026-07-28");
    let call = json!({ "name": "hello", "arguments": { "name": 3 }, "_meta": meta });
    let misfit = client.ask("tools/call", call);
    assert_eq!(misfit["result"]["isError"], true, "{misfit}");
    let call = json!({ "name": "run", "arguments": { "name": "Ada" }, "_meta": meta });
    let answer = client.ask("tools/call", call);
    assert_eq!(answer["result"]["structuredContent"]["greeting"], "Hello, Ada!", "{answer}");
    assert!(client.heard.is_empty(), "nobody asked for the log");
    client.leave().exits(0);
}

#[test]
fn what_takes_no_object_takes_one_argument() {
    let stage = Stage::new();
    stage
        .plugin("p")
        .with(
            "exports",
            r##"{
              "double": { "params": { "$ref": "#/$defs/list", "$defs": { "list": { "type": "array", "items": { "type": "number" } } } },
                          "result": { "type": "array" } },
              "shout": { "params": { "type": "string", "description": "Makes it \u202eloud." } },
              "named": { "params": { "type": "object", "properties": {
                  "default": { "pattern": "^\u200b?$", "title": "\u202etitle" },
                  "description": { "anyOf": [{ "const": "\u202e" }, { "$comment": "\u202e" }] } },
                "default": { "default": "\u200b" } },
                "result": { "type": "object", "properties": { "x": { "description": "\u202ex" } } } }
            }"##,
        )
        .main(
            "export const double = (all) => all.map((one) => one * 2);
             export const shout = (text) => text.toUpperCase();
             export const named = () => ({});
             export const echo = (input) => input;",
        );
    let mut client = Client::begin(&stage, &["p"]);
    let tools = client.tools();
    let tool = |name: &str| tools.iter().find(|tool| tool["name"] == name).expect("the tool");
    let schema = &tool("double")["inputSchema"];
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["required"], json!(["input"]));
    assert_eq!(schema["properties"]["input"], json!({ "$ref": "#/$defs/list" }));
    assert_eq!(schema["$defs"]["list"]["type"], "array");
    assert!(tool("double").get("outputSchema").is_none(), "it is no object");
    assert_eq!(tool("shout")["description"], "Makes it \\u{202e}loud.");
    assert_eq!(tool("echo")["inputSchema"], json!({ "type": "object" }));
    // Words are escaped wherever they stand, and nothing that a value is held to.
    let named = tool("named");
    let properties = &named["inputSchema"]["properties"];
    assert_eq!(
        properties["default"],
        json!({ "pattern": "^\u{200b}?$", "title": "\\u{202e}title" })
    );
    let either = json!([{ "const": "\u{202e}" }, { "$comment": "\\u{202e}" }]);
    assert_eq!(properties["description"]["anyOf"], either);
    assert_eq!(named["inputSchema"]["default"]["default"], "\\u{200b}");
    assert_eq!(named["outputSchema"]["properties"]["x"]["description"], "\\u{202e}x");

    let answer = client.call("double", json!({ "input": [1, 2.5] }));
    assert_eq!(text(&answer), "[2,5.0]".replace("5.0", "5"), "{answer}");
    assert!(answer["result"].get("structuredContent").is_none(), "{answer}");
    assert_eq!(client.works("shout", json!({ "input": "hey" })), "HEY");
    assert_eq!(client.works("echo", json!({ "input": 1 })), r#"{"input":1}"#);
    assert!(client.fails("shout", json!({})).contains("takes `input`"));
    assert!(client.fails("shout", json!({ "input": "a", "b": 1 })).contains("`input` alone"));
    assert!(client.fails("shout", json!({ "input": 4 })).contains("string"));
    client.leave().exits(0);
}

#[test]
fn what_is_denied_names_the_line_that_would_allow_it() {
    let stage = Stage::new();
    stage.plugin("p").main(
        "import { readText } from 'aether:fs';
         export const read = () => readText('/etc/shadow');
         export const boom = () => { throw new TypeError('no \\u001b[31m way'); };",
    );
    let mut client = Client::begin(&stage, &["p"]);
    for _ in 0..2 {
        let words = client.fails("read", json!({}));
        assert!(words.contains("reading `/etc/shadow` is not granted"), "{words}");
        assert!(words.contains("the plugin's manifest must ask for it"), "{words}");
        assert!(words.contains(r#""/etc/shadow""#) && words.contains(r#""read""#), "{words}");
    }
    let words = client.fails("boom", json!({}));
    assert!(words.contains("TypeError: no \\u{1b}[31m way"), "{words:?}");
    client.leave().exits(0).says("denied");
}

/// A plugin that hangs, fills its memory or works, and counts how often it was called.
const MOODY: &str = "import * as fs from 'aether:fs';
    let calls = 0;
    export const work = async () => { await fs.writeText('./out/x', String(calls)); return ++calls; };
    export const hang = () => { for (;;); };
    export const wait = (_, { log }) => { log.info('armed'); return new Promise((done) => setTimeout(done, 1e7)); };
    export const stick = (_, { log }) => { log.info('stuck'); return new Promise(() => setTimeout(() => { for (;;); }, 20)); };
    export const fill = () => { const all = []; for (;;) all.push('x'.repeat(1e6) + all.length); };
    export const slow = async (_, { progress }) => {
      for (let i = 1; i <= 4; i++) { progress(i / 4, `part ${i}`); await new Promise((done) => setTimeout(done, 30)); }
      return 'done';
    };";

/// How long a plugin rests after its first failure.
const REST: Duration = Duration::from_millis(100);

fn moody(stage: &Stage) -> Client {
    let resources = r#"{ "timeout": "1s", "memory": "64MB" }"#;
    stage.plugin("p").writes(&["./out/"]).resources(resources).main(MOODY);
    let policy = stage.generous();
    Client::begin(stage, &["p", "--policy", &policy])
}

#[test]
fn a_limit_ends_the_cell_and_the_next_call_has_another() {
    let stage = Stage::new();
    let mut client = moody(&stage);
    assert_eq!(client.works("work", json!({})), "1");
    assert_eq!(client.works("work", json!({})), "2");
    let words = client.fails("hang", json!({}));
    assert!(words.contains("its time limit of 1s"), "{words}");
    assert!(words.contains("it rests for "), "{words}");
    assert!(words.contains("the next call after that starts it anew"), "{words}");
    std::thread::sleep(REST);
    assert_eq!(client.works("work", json!({})), "1", "a new cell");
    let words = client.fails("fill", json!({}));
    assert!(words.contains("its memory limit of 64 MB"), "{words}");
    std::thread::sleep(REST);
    assert_eq!(client.works("work", json!({})), "1");
    client.leave().exits(0).says("aether apply");
    stage.run(&["diff"]).exits(0).prints_some("/workspace/out/x: new file");
}

#[test]
fn a_plugin_that_fails_again_and_again_is_left_alone() {
    let stage = Stage::new();
    stage.file(
        "p/aether-plugin.json",
        r#"{ "name": "p", "runtime": "native", "entry": ["sh", "main.sh"], "permissions": {} }"#,
    );
    stage.file(
        "p/main.sh",
        r#"tell() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$1" "$2"; }
           while read -r line; do
             id=${line#*\"id\":} id=${id%%,*}
             case $line in
               *'"method":"hello"'*) tell "$id" '{"protocol":1,"engine":"sh"}' ;;
               *'"method":"load"'*) tell "$id" '{"exports":["crash"]}' ;;
               *'"method":"call"'*) exit 3 ;;
             esac
           done"#,
    );
    stage.file("policy.yaml", "version: 1\nplugins:\n  p: { consent: granted }\n");
    let mut client = Client::begin(&stage, &["p", "--policy", "policy.yaml"]);
    for failures in 1..=5 {
        let words = client.fails("crash", json!({}));
        assert!(words.contains("the plugin was ended: its process crashed"), "{words}");
        std::thread::sleep(if failures < 5 {
            REST * (1 << (failures - 1))
        } else {
            Duration::ZERO
        });
    }
    let below = client.below();
    for _ in 0..3 {
        let words = client.fails("crash", json!({}));
        assert!(words.contains("has failed too often and rests for another "), "{words}");
    }
    assert_eq!(client.below(), below, "nothing was started for it");
    client.leave().exits(0);
}

/// The consent is asked for once, with `aether call`, and holds for every cell.
#[test]
fn remembered_consent_is_enough_and_without_it_nothing_starts() {
    let stage = Stage::new();
    let resources = r#"{ "timeout": "1s" }"#;
    stage.plugin("p").writes(&["./out/"]).resources(resources).main(MOODY);
    let left = Client::silent(&stage, &["p"]).ended().exits(3);
    assert!(left.rest.is_empty(), "{:?}", left.rest);
    let left = left.says("nobody to ask").says("run `aether call p METHOD` once");
    left.says("name a policy with --policy");

    let mut session = Session::start(&stage.aether(&["call", "p", "work"]));
    session.wait_for("[N]o").types("a\n");
    session.end().exits(0);
    let mut client = Client::begin(&stage, &["p"]);
    client.works("work", json!({}));
    client.fails("hang", json!({}));
    std::thread::sleep(REST);
    client.works("work", json!({}));
    client.leave().exits(0);
}

#[test]
fn nobody_is_asked_at_a_terminal_either() {
    let stage = Stage::new();
    stage.plugin("p").writes(&["./out/"]).main(MOODY);
    let outcome = Session::start(&stage.aether(&["mcp", "p"])).end();
    outcome.exits(3).says("a client cannot be asked");
}

#[test]
fn a_call_may_have_less_time_than_the_plugin() {
    let stage = Stage::new();
    stage.plugin("p").main(MOODY);
    let mut client = Client::begin(&stage, &["p", "--timeout", "300ms"]);
    assert!(client.fails("hang", json!({})).contains("its time limit of 300ms"));
    client.leave().exits(0);
    stage.run(&["mcp", "p", "--timeout", "soon"]).exits(2).prints_nothing().says("--timeout");
}

#[test]
fn a_call_that_is_cancelled_is_ended_and_not_answered() {
    let stage = Stage::new();
    stage.plugin("p").main(MOODY);
    let mut client = Client::begin(&stage, &["p"]);
    let below = client.below();
    let id = client.send("tools/call", json!({ "name": "wait", "arguments": {} }));
    assert_eq!(client.next()["params"]["data"], "armed");
    let begun = Instant::now();
    client.notify("notifications/cancelled", json!({ "requestId": id, "reason": "enough" }));
    assert_eq!(client.works("slow", json!({})), "done");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(client.below(), below, "its cell lives on");
    // One that computes is interrupted.
    let hangs = client.send("tools/call", json!({ "name": "stick", "arguments": {} }));
    assert_eq!(client.next()["params"]["data"], "stuck");
    std::thread::sleep(Duration::from_millis(200));
    client.notify("notifications/cancelled", json!({ "requestId": hangs }));
    assert_eq!(client.works("slow", json!({})), "done");
    assert_eq!(client.below(), below, "its cell lives on");
    let left = client.leave().exits(0);
    let answered = |message: &Value| message["id"] == id || message["id"] == hangs;
    assert!(!left.rest.iter().any(answered), "{:?}", left.rest);
}

#[test]
fn progress_comes_before_the_result_where_a_client_wants_it() {
    let stage = Stage::new();
    stage.plugin("p").main(MOODY);
    let mut client = Client::begin(&stage, &["p"]);
    client.works("slow", json!({}));
    assert!(client.heard.is_empty(), "{:?}", client.heard);
    let meta = json!({ "progressToken": "mine" });
    let params = json!({ "name": "slow", "arguments": {}, "_meta": meta });
    let answer = client.ask("tools/call", params);
    assert_eq!(text(&answer), "done");
    let told: Vec<&Value> = client.heard.iter().map(|heard| &heard["params"]).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().all(|one| one["progressToken"] == "mine" && one["total"] == 1));
    let far: Vec<f64> = told.iter().filter_map(|one| one["progress"].as_f64()).collect();
    assert_eq!(far, [0.25, 0.5, 0.75, 1.0]);
    assert_eq!(told[1]["message"], "part 2");
    client.leave().exits(0);
}

#[test]
fn what_another_plugin_says_is_not_passed_on_as_the_called_ones() {
    let stage = Stage::new();
    stage.plugin("p").permissions(r#"{ "plugins": ["q.run"] }"#).main(
        "import { call } from 'aether:plugins';
         export const own = async (_, { log, progress }) => {
           log.info('mine'); progress(0.25, 'mine');
           await call('q.run', {});
           log.info('mine too'); progress(0.75, 'mine too');
         };",
    );
    stage.plugin("q").main(
        "import { readText } from 'aether:fs';
         export default async (_, { log, progress }) => {
           log.info('of q'); progress(0.5, 'of q');
           try { await readText('/etc/shadow'); } catch {}
         };",
    );
    let policy = "version: 1\nplugins:\n  p: { allow: { plugins: [q.run] }, consent: granted }\n  q: { callers: [p] }\n";
    stage.file("policy.yaml", policy);
    let mut client = Client::begin(&stage, &["p", "--policy", "policy.yaml", "--with", "q"]);
    let meta = json!({ "progressToken": "mine" });
    let answer = client.ask("tools/call", json!({ "name": "own", "arguments": {}, "_meta": meta }));
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    let of = |method: &str, key: &str| {
        let heard = client.heard.iter().filter(|heard| heard["method"] == method);
        heard.map(|heard| heard["params"][key].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(of("notifications/message", "data"), ["mine", "mine too"]);
    assert_eq!(of("notifications/progress", "message"), ["mine", "mine too"]);
    client.leave().exits(0).says("of q");
}

/// A call may have more than ten seconds beyond its limit, if its token says so.
#[test]
fn a_call_that_was_given_more_time_has_it() {
    let stage = Stage::new();
    stage.plugin("p").resources(r#"{ "timeout": "1s" }"#).main(
        "export const late = async (_, context) => {
           await aether.elevate({ time: '15s', call: context });
           await new Promise((done) => setTimeout(done, 12_500));
           return 'done';
         };",
    );
    let rule = "{ right: time, most: 15s, answer: allow }";
    stage.file("policy.yaml", format!("version: 1\nplugins:\n  p: {{ elevation: [{rule}] }}\n"));
    let mut client = Client::begin(&stage, &["p", "--policy", "policy.yaml"]);
    assert_eq!(client.works("late", json!({})), "done");
    client.leave().exits(0);
}

#[test]
fn a_client_says_how_much_of_the_log_it_wants() {
    let stage = Stage::new();
    stage.plugin("p").main(
        "export const talk = (_, { log }) => { for (const level of ['debug', 'info', 'warn', 'error']) log[level](level); };",
    );
    let mut client = Client::begin(&stage, &["p"]);
    let mut heard = |level: Option<&str>| {
        if let Some(level) = level {
            let answer = client.ask("logging/setLevel", json!({ "level": level }));
            assert_eq!(answer["result"], json!({}), "{answer}");
        }
        client.heard.clear();
        client.works("talk", json!({}));
        let levels = client.heard.iter().map(|heard| heard["params"]["level"].clone());
        levels.collect::<Vec<Value>>()
    };
    assert_eq!(heard(None), ["info", "warning", "error"]);
    assert_eq!(heard(Some("debug")), ["debug", "info", "warning", "error"]);
    assert_eq!(heard(Some("error")), ["error"]);
    assert_eq!(heard(Some("emergency")), Vec::<Value>::new());
    assert_eq!(client.ask("logging/setLevel", json!({ "level": "loud" }))["error"]["code"], -32602);
    client.leave().exits(0);
}

#[test]
fn what_makes_no_sense_is_answered_and_the_session_goes_on() {
    let stage = Stage::new();
    example(&stage, "hello");
    let mut client = Client::silent(&stage, &["hello"]);
    let mut check = |line: &str, id: Value, code: i64| {
        client.write(line);
        let answer = client.next();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&id, &json!(code)), "{line}");
        assert!(!answer["error"]["message"].as_str().expect("words").is_empty());
    };
    // Before the beginning.
    check("garbage", Value::Null, -32700);
    check(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, json!(1), -32602);
    check(r#"{"jsonrpc":"2.0","id":2,"method":"initialize","params":{}}"#, json!(2), -32602);
    client.notify("notifications/initialized", json!({}));
    client.write(r#"{"jsonrpc":"2.0","id":9,"result":{}}"#);
    let me = json!({ "name": "test", "version": "1" });
    let params = json!({ "protocolVersion": "1999-01-01", "capabilities": {}, "clientInfo": me });
    let answer = client.ask("initialize", params);
    assert_eq!(answer["result"]["protocolVersion"], "2025-11-25", "what is served instead");
    assert_eq!(answer["result"]["serverInfo"], json!({ "name": "hello", "version": "0.1.0" }));
    client.notify("notifications/initialized", json!({}));
    // And after it.
    let mut check = |line: &str, id: Value, code: i64| {
        client.write(line);
        let answer = client.next();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&id, &json!(code)), "{line}");
    };
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    check("garbage", Value::Null, -32700);
    check("\u{1}\u{0}", Value::Null, -32700);
    check(&deep, Value::Null, -32700);
    check(r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, Value::Null, -32700);
    check(r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, Value::Null, -32600);
    check(r#"{"jsonrpc":"2.0","id":3}"#, json!(3), -32600);
    check(r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, Value::Null, -32600);
    check(r#"{"jsonrpc":"2.0","id":"x","method":"tools/cal"}"#, json!("x"), -32601);
    check(r#"{"jsonrpc":"2.0","id":4,"method":"resources/list"}"#, json!(4), -32601);
    check(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{}}"#, json!(5), -32602);
    let list = r#"{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"hello","arguments":[]}}"#;
    check(list, json!(6), -32602);
    let unknown = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"helo"}}"#;
    check(unknown, json!(7), -32602);
    let page = r#"{"jsonrpc":"2.0","id":8,"method":"tools/list","params":{"cursor":"2"}}"#;
    check(page, json!(8), -32602);
    client.write("");
    client.write(r#"{"jsonrpc":"2.0","method":"notifications/nonsense"}"#);
    client.notify("notifications/cancelled", json!({ "requestId": 77 }));
    assert_eq!(client.works("hello", json!({})), r#"{"greeting":"Hello, world!"}"#);
    assert_eq!(client.ask("ping", json!({}))["result"], json!({}));
    client.leave().exits(0);
}

#[test]
fn a_line_without_end_takes_no_memory() {
    const MOST: u64 = 24 << 20;
    let stage = Stage::new();
    example(&stage, "hello");
    let mut client = Client::begin(&stage, &["hello"]);
    client.works("hello", json!({}));
    let before = client.memory("VmHWM:");
    let part = vec![b'x'; 1 << 20];
    for _ in 0..64 {
        client.write_bytes(&part);
    }
    let answer = client.next();
    assert_eq!(answer["error"]["code"], -32600, "{answer}");
    assert!(answer["error"]["message"].as_str().expect("words").contains("4 MiB"), "{answer}");
    let after = client.memory("VmHWM:");
    assert!(after < before + MOST, "{before} bytes before, {after} after");
    // The line ends, and the session goes on.
    client.write("");
    assert_eq!(client.works("hello", json!({ "name": "Ada" })), r#"{"greeting":"Hello, Ada!"}"#);
    // As large as may be: a text of three million letters there and back.
    let name = "x".repeat(3 << 20);
    assert!(client.works("hello", json!({ "name": name })).contains(&name));
    client.leave().exits(0);
}

#[test]
fn a_client_that_does_not_read_takes_no_memory() {
    const MOST: u64 = 32 << 20;
    let stage = Stage::new();
    stage.plugin("p").main("export const big = () => 'x'.repeat(1 << 20);");
    let mut client = Client::begin(&stage, &["p"]);
    let before = client.memory("VmHWM:");
    // Many more than wait; no answer is read before the last is asked for.
    for _ in 0..300 {
        client.send("tools/call", json!({ "name": "big" }));
    }
    std::thread::sleep(Duration::from_secs(1));
    let after = client.memory("VmHWM:");
    assert!(after < before + MOST, "{before} bytes before, {after} after");
    // Each is answered all the same.
    let answers: Vec<Value> = (0..300).map(|_| client.next()).collect();
    let done = answers.iter().filter(|answer| answer["result"]["isError"] == false);
    assert!(done.count() >= 16);
    client.leave().exits(0);
}

#[test]
fn after_a_violation_nothing_is_started_again() {
    let stage = Stage::new();
    // It works on when nobody has called it.
    let manifest =
        r#"{ "name": "p", "runtime": "native", "entry": ["sh", "main.sh"], "permissions": {} }"#;
    stage.file("p/aether-plugin.json", manifest);
    stage.file(
        "p/main.sh",
        r#"tell() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$1" "$2"; }
           while read -r line; do
             id=${line#*\"id\":} id=${id%%,*}
             case $line in
               *'"method":"hello"'*) tell "$id" '{"protocol":1,"engine":"sh"}' ;;
               *'"method":"load"'*) tell "$id" '{"exports":["sneaky"]}' ;;
               *'"method":"call"'*) tell "$id" '{"output":{"json":"all done"}}'; while :; do :; done ;;
             esac
           done"#,
    );
    let policy = stage.file("policy.yaml", "version: 1\nplugins:\n  p: { consent: granted }\n");
    let policy = policy.display().to_string();
    let mut client = Client::begin(&stage, &["p", "--policy", &policy]);
    let below = client.below();
    assert_eq!(client.works("sneaky", json!({})), "all done");
    let until = Instant::now() + Duration::from_secs(30);
    while below.iter().copied().all(is_alive) {
        assert!(Instant::now() < until, "it goes on");
        std::thread::sleep(Duration::from_millis(50));
    }
    for _ in 0..2 {
        let words = client.fails("sneaky", json!({}));
        assert!(words.contains("is not started again"), "{words}");
    }
    client.leave().exits(4);
}

fn is_alive(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}

#[test]
fn calls_that_come_at_once_are_made_one_after_the_other_and_too_many_are_not() {
    let stage = Stage::new();
    stage.plugin("p").main(
        "let open = 0;
         export const one = async () => {
           if (++open > 1) throw new Error('two at once');
           await new Promise((done) => setTimeout(done, 100));
           open--;
         };",
    );
    let mut client = Client::begin(&stage, &["p"]);
    for _ in 0..20 {
        client.send("tools/call", json!({ "name": "one", "arguments": {} }));
    }
    let answers: Vec<Value> = (0..20).map(|_| client.next()).collect();
    let failed: Vec<&Value> =
        answers.iter().filter(|answer| answer["result"]["isError"] == true).collect();
    assert_eq!(failed.len(), 4, "{failed:?}");
    assert!(failed.iter().all(|answer| text(answer).contains("too many calls")), "{failed:?}");
    client.leave().exits(0);
}

#[test]
fn nothing_is_left_when_the_client_has_closed_its_end() {
    let stage = Stage::new();
    let mut client = moody(&stage);
    client.works("work", json!({}));
    let below = client.below();
    assert!(!below.is_empty());
    let left = client.leave().exits(0).says("Done");
    assert!(left.rest.is_empty(), "{:?}", left.rest);
    for process in below {
        assert!(!is_alive(process), "{process} is left");
    }
    // A client that never says anything.
    Client::silent(&stage, &["p", "--policy", &stage.generous()]).leave().exits(0);
}

/// As with `printf … | aether mcp`: what was asked for is answered.
#[test]
fn calls_under_way_are_answered_after_the_end_of_input() {
    let stage = Stage::new();
    stage.plugin("p").main(MOODY);
    let mut client = Client::begin(&stage, &["p"]);
    let id = client.send("tools/call", json!({ "name": "slow", "arguments": {} }));
    let left = client.leave().exits(0);
    assert!(left.rest.iter().any(|message| message["id"] == id), "{:?}", left.rest);
}

#[test]
fn a_system_that_asks_for_the_end_loses_nothing() {
    let stage = Stage::new();
    for (busy, signal) in [(false, "TERM"), (true, "TERM"), (true, "INT")] {
        let mut client = moody(&stage);
        client.works("work", json!({}));
        if busy {
            client.send("tools/call", json!({ "name": "wait", "arguments": {} }));
            client.next();
        }
        client.signal(signal);
        client.ended().exits(130).says("Interrupted");
        stage.run(&["diff"]).exits(0).prints_some("/workspace/out/x: new file");
        stage.run(&["discard"]).exits(0);
    }
}

#[test]
fn a_native_plugin_serves_as_well() {
    let stage = Stage::new();
    example(&stage, "native");
    stage.file("a.txt", "one two\nthree\n");
    let line = ["native/sh", "--policy", "native/aether-policy.yaml"];
    let mut client = Client::begin(&stage, &line);
    let answer = client.call("run", json!({}));
    let counted = &answer["result"]["structuredContent"];
    assert_eq!(counted, &json!({ "files": 1, "lines": 2, "words": 3 }), "{answer}");
    client.leave().exits(0);
}

#[test]
fn an_error_before_the_beginning_is_for_people_alone() {
    let stage = Stage::new();
    stage.run(&["mcp", "missing"]).exits(2).prints_nothing().says("error:");
    stage.run(&["mcp", "missing", "--format", "json"]).exits(2).prints_nothing();
    stage.run(&["mcp"]).exits(2).prints_nothing();
    stage.plugin("p").main("export default () => {");
    stage.run(&["mcp", "p"]).exits(1).prints_nothing().says("main.js:1");
}
