//! A person's debugger at a plugin, driven over the Chrome DevTools Protocol.

use aether::{ExitCode, StartError, StartOptions};

use crate::lab::{Lab, policy, tests};

#[cfg(not(feature = "v8"))]
tests! {
    an_engine_without_a_debugger_says_so,
}

#[cfg(feature = "v8")]
tests! {
    an_engine_without_a_debugger_says_so,
    a_policy_that_does_not_let_it_be_debugged_is_named,
    a_debugger_stops_at_a_breakpoint_looks_around_steps_and_goes_on,
    a_plugin_that_waits_for_its_debugger_stops_before_its_first_statement,
    what_stands_still_when_its_debugger_goes_is_on_its_own_again,
    a_debugger_takes_a_picture_of_the_heap,
    a_plugin_cannot_say_that_it_stands_still_where_nobody_debugs_it,
    a_debugger_sees_where_the_time_goes,
    what_a_debugger_evaluates_ends_when_it_said,
    code_that_a_debugger_runs_is_confined_like_the_plugin,
}

fn debugging(stops_first: bool) -> aether::Debugging {
    aether::Debugging::new(stops_first, |_| {})
}

fn an_engine_without_a_debugger_says_so() {
    let lab = Lab::new();
    let text = "version: 1\njavascript: { debug: allow }\nplugins: { \"*\": {} }\n";
    let host = lab.builder().policy(policy(text)).build().expect("a host");
    let plugin = lab.load(&host, "p", "export default () => 1;");
    let options = StartOptions { debug: Some(debugging(false)), ..StartOptions::default() };
    let error = host.start(&plugin, &options).expect_err("QuickJS has none");
    assert!(matches!(error, StartError::NoDebugger { engine: "quickjs", .. }), "{error}");
    assert_eq!(error.exit_code(), ExitCode::Usage);
    assert!(error.to_string().contains("engine: v8"), "{error}");
}

#[cfg(feature = "v8")]
mod on_v8 {
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use aether::{Debugging, Host, Plugin};
    use serde_json::{Value, json};

    use super::*;

    /// A debugger, and what it hears.
    pub(super) struct Client {
        pub(super) link: Debugging,
        heard: Receiver<Value>,
        next: u64,
    }

    impl Client {
        pub(super) fn new(stops_first: bool) -> Self {
            let (give, heard) = channel();
            let link = Debugging::new(stops_first, move |message| {
                let message = serde_json::from_str(message).expect("a JSON object");
                // The test may be over.
                drop(give.send(message));
            });
            link.attach();
            Self { link, heard, next: 1 }
        }

        pub(super) fn options(&self) -> StartOptions {
            StartOptions { debug: Some(self.link.clone()), ..StartOptions::default() }
        }

        /// Says it, and does not wait.
        pub(super) fn say(&mut self, method: &str, params: Value) -> u64 {
            let id = self.next;
            self.next += 1;
            let line = json!({ "id": id, "method": method, "params": params });
            self.link.say(line.to_string());
            id
        }

        /// The next message that is one of these.
        pub(super) fn until(&self, is_it: impl Fn(&Value) -> bool) -> Value {
            loop {
                let wait = Duration::from_secs(60);
                let message = self.heard.recv_timeout(wait).expect("a message of the engine");
                if is_it(&message) {
                    return message;
                }
            }
        }

        /// The next event of this name.
        pub(super) fn event(&self, name: &str) -> Value {
            self.until(|message| message["method"] == name)["params"].clone()
        }

        /// Asks, and waits for the answer.
        pub(super) fn ask(&mut self, method: &str, params: Value) -> Value {
            let id = self.say(method, params);
            let answer = self.until(|message| message["id"] == id);
            assert!(answer.get("error").is_none(), "{method}: {answer}");
            answer["result"].clone()
        }
    }

    pub(super) fn host(lab: &Lab, seconds: u32) -> Host {
        let text = format!(
            "version: 1\njavascript: {{ engine: v8, debug: allow }}\n\
             plugins: {{ \"*\": {{ limits: {{ timeout: {seconds}s }} }} }}\n"
        );
        lab.builder().policy(policy(&text)).build().expect("a host")
    }

    pub(super) fn load(lab: &Lab, host: &Host, code: &str) -> Plugin {
        lab.load(host, "p", code)
    }
}

#[cfg(feature = "v8")]
use on_v8::{Client, host, load};
#[cfg(feature = "v8")]
use serde_json::{Value, json};

#[cfg(feature = "v8")]
fn a_policy_that_does_not_let_it_be_debugged_is_named() {
    let lab = Lab::new();
    let text = "version: 1\njavascript: { engine: v8 }\nplugins: { \"*\": {} }\n";
    let host = lab.builder().policy(policy(text)).build().expect("a host");
    let plugin = load(&lab, &host, "export default () => 1;");
    let options = StartOptions { debug: Some(debugging(false)), ..StartOptions::default() };
    let error = host.start(&plugin, &options).expect_err("nobody allowed it");
    assert!(matches!(error, StartError::NotDebugged(_)), "{error}");
    assert_eq!(error.exit_code(), ExitCode::Refused);
    assert!(error.to_string().contains("debug: allow"), "{error}");
}

/// The second line is where it stops.
#[cfg(feature = "v8")]
const ADDS: &str = "export default ({ a, b }) => {\n  const sum = a + b;\n  console.warn('sum', sum);\n  return sum * 2;\n};\n";

#[cfg(feature = "v8")]
fn a_debugger_stops_at_a_breakpoint_looks_around_steps_and_goes_on() {
    let lab = Lab::new();
    let host = host(&lab, 2);
    let mut client = Client::new(false);
    let cell = host.start(&load(&lab, &host, ADDS), &client.options()).expect("a cell");
    client.ask("Runtime.enable", json!({}));
    client.ask("Debugger.enable", json!({}));
    let at = json!({ "lineNumber": 1, "urlRegex": "main\\.js$" });
    let set = client.ask("Debugger.setBreakpointByUrl", at);
    assert_eq!(set["locations"][0]["lineNumber"], 1, "{set}");
    let call = cell.begin("run", json!({ "a": 2, "b": 3 }), std::time::Duration::MAX);

    let paused = client.event("Debugger.paused");
    assert_eq!(paused["callFrames"][0]["location"]["lineNumber"], 1, "{paused}");
    let frame = paused["callFrames"][0]["callFrameId"].clone();
    // For longer than the call may take.
    std::thread::sleep(std::time::Duration::from_millis(2600));
    let look = json!({ "callFrameId": frame, "expression": "a * 10 + b" });
    let looked = client.ask("Debugger.evaluateOnCallFrame", look);
    assert_eq!(looked["result"]["value"], 23, "{looked}");

    client.ask("Debugger.stepOver", json!({}));
    let stepped = client.event("Debugger.paused");
    assert_eq!(stepped["callFrames"][0]["location"]["lineNumber"], 2, "{stepped}");
    let frame = stepped["callFrames"][0]["callFrameId"].clone();
    let change = json!({ "callFrameId": frame, "expression": "a = 0; sum" });
    assert_eq!(client.ask("Debugger.evaluateOnCallFrame", change)["result"]["value"], 5);
    client.say("Debugger.resume", json!({}));
    let said = client.event("Runtime.consoleAPICalled");
    assert_eq!(
        (&said["type"], &said["args"][1]["value"]),
        (&json!("warning"), &json!(5)),
        "{said}"
    );
    assert_eq!(call.wait().expect("a result"), 10);
    cell.stop();
    let actions: Vec<_> = lab.records(&host).into_iter().map(|record| record.action).collect();
    assert!(actions.iter().any(|action| action == "debugger-attach"), "{actions:?}");
}

#[cfg(feature = "v8")]
fn a_plugin_that_waits_for_its_debugger_stops_before_its_first_statement() {
    let lab = Lab::new();
    let host = host(&lab, 1);
    let mut client = Client::new(true);
    let plugin = load(&lab, &host, "globalThis.begun = 1;\nexport default () => begun;\n");
    let options = client.options();
    let starter = host.clone();
    let started = std::thread::spawn(move || starter.start(&plugin, &options));
    client.ask("Debugger.enable", json!({}));
    // For longer than loading may take.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    client.say("Runtime.runIfWaitingForDebugger", json!({}));
    let is_entry = |one: &Value| one["params"]["url"] == "aether://plugin/main.js";
    let script = client.until(is_entry)["params"]["scriptId"].clone();
    let paused = client.event("Debugger.paused");
    let at = &paused["callFrames"][0]["location"];
    assert_eq!((&at["scriptId"], &at["lineNumber"]), (&script, &json!(0)), "{paused}");
    let look = json!({ "expression": "typeof begun" });
    assert_eq!(client.ask("Runtime.evaluate", look)["result"]["value"], "undefined");
    client.say("Debugger.resume", json!({}));
    let cell = started.join().expect("no panic").expect("a cell");
    assert_eq!(cell.call("run", Value::Null).expect("a result"), 1);
    cell.stop();
}

#[cfg(feature = "v8")]
fn what_stands_still_when_its_debugger_goes_is_on_its_own_again() {
    let lab = Lab::new();
    let host = host(&lab, 2);
    let mut client = Client::new(false);
    let code = "export default () => { debugger; return 7; };\nexport const spins = () => { debugger; for (;;); };\n";
    let cell = host.start(&load(&lab, &host, code), &client.options()).expect("a cell");
    client.ask("Debugger.enable", json!({}));
    let call = cell.begin("run", Value::Null, std::time::Duration::MAX);
    client.event("Debugger.paused");
    client.link.detach();
    assert_eq!(call.wait().expect("a result"), 7);
    // Another one comes, and its limits hold when that is gone.
    client.link.attach();
    client.ask("Debugger.enable", json!({}));
    let call = cell.begin("spins", Value::Null, std::time::Duration::MAX);
    client.event("Debugger.paused");
    client.link.detach();
    let error = call.wait().expect_err("it spins");
    assert_eq!(error.exit_code(), ExitCode::Limit, "{error}");
}

#[cfg(feature = "v8")]
fn a_debugger_takes_a_picture_of_the_heap() {
    let lab = Lab::new();
    let host = host(&lab, 30);
    let mut client = Client::new(false);
    let code =
        "class Unmistakable {}\nexport const kept = new Unmistakable();\nexport default () => 1;\n";
    let cell = host.start(&load(&lab, &host, code), &client.options()).expect("a cell");
    client.ask("HeapProfiler.enable", json!({}));
    let id = client.say("HeapProfiler.takeHeapSnapshot", json!({ "reportProgress": false }));
    let mut picture = String::new();
    loop {
        let message = client
            .until(|one| one["id"] == id || one["method"] == "HeapProfiler.addHeapSnapshotChunk");
        match message["params"]["chunk"].as_str() {
            Some(chunk) => picture.push_str(chunk),
            None => break,
        }
    }
    let picture: Value = serde_json::from_str(&picture).expect("JSON");
    let names = picture["strings"].as_array().expect("a list");
    assert!(names.iter().any(|name| name == "Unmistakable"), "{} names", names.len());
    assert_eq!(cell.call("run", Value::Null).expect("a result"), 1, "it goes on");
    cell.stop();
}

/// Without a debugger nothing of it is there: not the statement, not the engine's console.
#[cfg(feature = "v8")]
fn a_plugin_cannot_say_that_it_stands_still_where_nobody_debugs_it() {
    let lab = Lab::new();
    let host = host(&lab, 1);
    let plugin = load(&lab, &host, "export default () => { for (;;) { debugger; } };\n");
    let cell = host.start(&plugin, &StartOptions::default()).expect("a cell");
    let error = cell.call("run", Value::Null).expect_err("it spins");
    assert_eq!(error.exit_code(), ExitCode::Limit, "{error}");
}

#[cfg(feature = "v8")]
fn code_that_a_debugger_runs_is_confined_like_the_plugin() {
    let lab = Lab::new();
    let host = host(&lab, 30);
    let mut client = Client::new(false);
    let code = "export default () => new Promise((done) => { globalThis.done = done; setTimeout(done, 20000); });\n";
    let cell = host.start(&load(&lab, &host, code), &client.options()).expect("a cell");
    let call = cell.begin("run", Value::Null, std::time::Duration::MAX);
    let read = "import('aether:fs').then((fs) => fs.readText('/workspace/p/main.js'))";
    let read = json!({ "expression": read, "awaitPromise": true });
    let id = client.say("Runtime.evaluate", read);
    let answer = client.until(|message| message["id"] == id);
    assert!(answer["result"].get("exceptionDetails").is_some(), "{answer}");
    let denied = lab.heard.of(|event| match event {
        aether::Event::Denied { denied, .. } => Some(denied.clone()),
        _ => None,
    });
    assert!(!denied.is_empty(), "{answer}");
    client.ask("Runtime.evaluate", json!({ "expression": "done(4)" }));
    assert_eq!(call.wait().expect("a result"), 4);
    cell.stop();
}

#[cfg(feature = "v8")]
fn a_debugger_sees_where_the_time_goes() {
    let lab = Lab::new();
    let host = host(&lab, 30);
    let mut client = Client::new(false);
    let code = "export default function busy() { let x = 0; for (let i = 0; i < 3e6; i++) x += i % 7; return x; }\n";
    let cell = host.start(&load(&lab, &host, code), &client.options()).expect("a cell");
    client.ask("Profiler.enable", json!({}));
    client.ask("Profiler.start", json!({}));
    cell.call("run", Value::Null).expect("a result");
    let profile = client.ask("Profiler.stop", json!({}))["profile"].clone();
    let nodes = profile["nodes"].as_array().expect("a list");
    let busy = nodes.iter().find(|node| node["callFrame"]["functionName"] == "busy");
    assert!(busy.is_some_and(|busy| busy["hitCount"].as_u64() > Some(0)), "{profile}");
    cell.stop();
}

/// What is looked at while it is typed is evaluated for a moment only.
#[cfg(feature = "v8")]
fn what_a_debugger_evaluates_ends_when_it_said() {
    let lab = Lab::new();
    let host = host(&lab, 30);
    let mut client = Client::new(false);
    let code = "export default () => { debugger; return 3; };\n";
    let cell = host.start(&load(&lab, &host, code), &client.options()).expect("a cell");
    client.ask("Debugger.enable", json!({}));
    let spins = json!({ "expression": "for (;;);", "timeout": 50 });
    let id = client.say("Runtime.evaluate", spins.clone());
    let answer = client.until(|message| message["id"] == id);
    assert!(answer["error"]["message"].is_string(), "{answer}");
    let call = cell.begin("run", Value::Null, std::time::Duration::MAX);
    let paused = client.event("Debugger.paused");
    let mut spins = spins;
    spins["callFrameId"] = paused["callFrames"][0]["callFrameId"].clone();
    let id = client.say("Debugger.evaluateOnCallFrame", spins);
    let answer = client.until(|message| message["id"] == id);
    assert!(answer["error"]["message"].is_string(), "{answer}");
    let sum = json!({ "expression": "1 + 1" });
    assert_eq!(client.ask("Runtime.evaluate", sum)["result"]["value"], 2);
    client.say("Debugger.resume", json!({}));
    assert_eq!(call.wait().expect("a result"), 3);
    cell.stop();
}
