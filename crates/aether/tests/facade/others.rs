//! Plugins that call each other's methods.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use aether::audit::{Kind, Verdict};
use aether::{
    Answer, CallError, Cell, Ending, Event, ExitCode, Host, Limit, OfferError, Plugin, PluginError,
    StartError, StartOptions,
};
use serde_json::{Value, json};

use crate::lab::{Lab, is_there, policy, start, tests};

tests! {
    one_calls_another_and_both_are_on_record,
    a_native_plugin_is_called_and_calls,
    what_the_caller_may_not_is_refused_at_its_door,
    what_the_called_does_not_let_is_refused_with_the_policys_line,
    without_a_policy_nobody_is_called,
    whoever_is_not_offered_is_not_there,
    two_of_one_name_are_not_offered,
    the_called_acts_with_its_own_grant_and_no_token_of_the_caller,
    inputs_and_results_fit_at_both_doors,
    what_fails_is_told_without_its_code,
    nobody_is_called_in_a_circle,
    two_that_call_each_other_at_the_same_time_both_end,
    a_chain_is_bounded,
    the_time_of_a_call_is_that_of_its_caller,
    a_late_caller_does_not_end_what_it_calls,
    a_late_caller_disturbs_nobody_else,
    a_called_plugin_that_crashes_is_told_and_starts_again,
    who_cancels_a_call_cancels_what_it_calls,
    what_is_not_awaited_ends_with_its_call,
    with_the_caller_ends_what_it_calls,
    a_host_that_is_dropped_leaves_nothing,
    one_person_is_asked_once_for_all,
    an_offered_plugin_that_was_refused_does_not_start,
    so_many_calls_of_one_are_open_and_no_more,
    so_many_calls_of_all_callers_are_open_and_no_more,
    so_many_plugins_are_called_and_no_more,
    random_calls_between_plugins_all_end,
    the_plugins_of_a_pipeline_call_each_other,
}

const LONG: Duration = Duration::from_secs(300);

/// Calls whatever its input names, and says how that went.
const CALLS: &str = "import { call } from 'aether:plugins';
    export default async ({ method, input }) => await call(method, input);
    export const outcome = async ({ method, input }) => {
      try { return { result: await call(method, input) }; } catch (error) {
        const { name, message, code, kind, called, because, policy } = error;
        return { name, message, code, kind, called, because, policy };
      }
    };";

/// A plugin that may call what is named.
fn calling(lab: &Lab, host: &Host, name: &str, methods: &[&str], code: &str) -> Plugin {
    let request = json!({ "plugins": methods }).to_string();
    host.load(lab.plugin(name).permissions(&request).main(code)).expect("a plugin")
}

fn offer(host: &Host, plugin: &Plugin) {
    host.offer(plugin, &StartOptions::default()).expect("a free name");
}

/// A policy under which every plugin may call what it asks for, and be called by all.
const OPEN: &str = "version: 1
plugins:
  \"*\":
    callers: [\"*\"]
    allow: { plugins: [PLUGINS], process: [sleep], filesystem: { read: [\"./**\"], write: [\"./**\"] }, events: { emit: [\"*\"], on: [\"*\"] } }
";

/// A host under that policy, for calls of these methods.
fn open_host(lab: &Lab, methods: &[&str]) -> Host {
    let all: Vec<String> = methods.iter().map(|method| format!("\"{method}\"")).collect();
    let text = OPEN.replace("PLUGINS", &all.join(", "));
    lab.builder().policy(policy(&text)).build().expect("a host")
}

/// A caller `a` that runs, and an offered `b` with this code.
fn pair(lab: &Lab, code: &str) -> (Host, Cell) {
    let methods = ["b.run", "b.other"];
    let host = open_host(lab, &methods);
    offer(&host, &lab.load(&host, "b", code));
    let cell = start(&host, &calling(lab, &host, "a", &methods, CALLS));
    (host, cell)
}

fn outcome(cell: &Cell, method: &str, input: Value) -> Value {
    cell.call("outcome", json!({ "method": method, "input": input })).expect("an outcome")
}

fn detail(record: &aether::audit::Record, name: &str) -> Option<String> {
    record.detail.get(name).and_then(|detail| detail.as_str()).map(str::to_owned)
}

fn one_calls_another_and_both_are_on_record() {
    let lab = Lab::new();
    let code = "let n = 0;
        export default (input, { caller, method }) => ({ input, caller, method, n: ++n });";
    let (host, cell) = pair(&lab, code);
    let call = |input: Value| cell.call("run", json!({ "method": "b.run", "input": input }));
    let first = call(json!({ "x": "ä" })).expect("a result");
    assert_eq!(first, json!({ "input": { "x": "ä" }, "caller": "a", "method": "run", "n": 1 }));
    assert_eq!(call(Value::Null).expect("a result")["n"], 2, "it is the same cell");
    let pid = lab.pid_of(&host, 2);
    assert_eq!(cell.stop(), Ending::Normal);
    host.withdraw();
    assert!(!is_there(pid));
    let records = lab.records(&host);
    let asked: Vec<_> = records.iter().filter(|one| one.action == "plugins.call").collect();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].plugin.as_deref(), Some("a"));
    assert_eq!(asked[0].object.as_deref(), Some("b.run"));
    let called: Vec<_> =
        records.iter().filter(|one| one.kind == Kind::Call && one.cell == Some(2)).collect();
    assert_eq!(called.len(), 2);
    assert_eq!(called[0].plugin.as_deref(), Some("b"));
    assert_eq!(detail(called[0], "caller").as_deref(), Some("a"));
    assert_eq!(detail(called[0], "chain").as_deref(), Some("a"));
    let record = host.record("run", ExitCode::Done, "", Vec::new());
    let edge = &record.edges[0];
    assert_eq!((edge.from, edge.to, &*edge.via, edge.calls), (1, 2, "b.run", 2));
    host.finish(ExitCode::Done).expect("a log");
}

fn a_native_plugin_is_called_and_calls() {
    let lab = Lab::new();
    let host = open_host(&lab, &["n.run", "c.run"]);
    // It asks for another while it is called, and answers with what it gets.
    let script = r#"caller=${line#*\"caller\":\"}; caller=${caller%%\"*}
        answer_it() { answer "$1" '{"output":{"json":["'$caller'",'$result']}}'; }
        echo '{"jsonrpc":"2.0","id":7,"method":"plugins.call","params":{"method":"c.run","input":{"json":5}}}'
        read -r reply; result=${reply#*\"json\":}; result=${result%%\}*}; answer_it "$id""#;
    let folder = lab.native_with("n", r#"{ "plugins": ["c.run"] }"#, script);
    offer(&host, &host.load(folder).expect("a plugin"));
    let double = "export default (n, { caller }) => caller === 'n' ? 2 * n : null;";
    offer(&host, &lab.load(&host, "c", double));
    let cell = start(&host, &calling(&lab, &host, "a", &["n.run"], CALLS));
    assert_eq!(outcome(&cell, "n.run", Value::Null), json!({ "result": ["a", 10] }));
    let records = lab.records(&host);
    let chains: Vec<_> = records.iter().filter_map(|one| detail(one, "chain")).collect();
    assert_eq!(chains, ["a", "a > n"]);
}

fn what_the_caller_may_not_is_refused_at_its_door() {
    let lab = Lab::new();
    let (host, cell) = pair(&lab, "export const secret = () => 1;");
    let refused = outcome(&cell, "b.secret", Value::Null);
    assert_eq!(refused["name"], "PermissionDenied");
    assert_eq!(refused["code"], "ERR_ACCESS_DENIED");
    let denied = lab.heard.of(|event| match event {
        Event::Denied { cell, denied } => Some((*cell, denied.clone())),
        _ => None,
    });
    assert_eq!(denied[0].0, 1);
    let line = denied[0].1.manifest_line.as_deref();
    assert_eq!(line, Some(r#""permissions": { "plugins": ["b.run", "b.other", "b.secret"] }"#));
    assert_eq!(lab.records(&host).iter().filter(|one| one.action == "start").count(), 1);
    outcome(&cell, "b.secret", Value::Null);
    cell.stop();
    assert_eq!(refused_messages(&host), ["b.secret", "b.secret"], "each is on record");
}

/// What the record of the run has of calls that were refused.
fn refused_messages(host: &Host) -> Vec<String> {
    let record = host.record("test", aether::ExitCode::Done, "", Vec::new());
    let refused = record.messages.into_iter().filter(|one| one.refused.is_some());
    refused.map(|one| one.via).collect()
}

fn what_the_called_does_not_let_is_refused_with_the_policys_line() {
    let lab = Lab::new();
    let text = "version: 1
plugins:
  a: { allow: { plugins: [b.run] } }
  b: { callers: [c] }
";
    let host = lab.builder().policy(policy(text)).build().expect("a host");
    offer(&host, &lab.load(&host, "b", "export default () => 1;"));
    let cell = start(&host, &calling(&lab, &host, "a", &["b.run"], CALLS));
    let refused = outcome(&cell, "b.run", Value::Null);
    assert_eq!(refused["name"], "PermissionDenied");
    assert_eq!(refused["because"], "callers");
    assert_eq!(refused["policy"], r#"plugins: { "b": { callers: ["c", "a"] } }"#);
    let told = lab.heard.of(|event| match event {
        Event::Denied { denied, .. } => denied.policy_line.clone(),
        _ => None,
    });
    assert_eq!(told, [r#"plugins: { "b": { callers: ["c", "a"] } }"#]);
    let records = lab.records(&host);
    let denied = records.iter().find(|one| one.kind == Kind::Denied).expect("a record");
    assert_eq!(denied.object.as_deref(), Some("b.run"));
    assert_eq!(records.iter().filter(|one| one.action == "start").count(), 1, "none was started");
    outcome(&cell, "b.run", Value::Null);
    cell.stop();
    assert_eq!(refused_messages(&host), ["b.run", "b.run"], "each is on record, once");
}

fn without_a_policy_nobody_is_called() {
    let lab = Lab::new();
    let host = lab.builder().ask(|_| Answer::Once).build().expect("a host");
    offer(&host, &lab.load(&host, "b", "export default () => 1;"));
    let cell = start(&host, &calling(&lab, &host, "a", &["b.run"], CALLS));
    let refused = outcome(&cell, "b.run", Value::Null);
    assert_eq!(refused["policy"], r#"plugins: { "b": { callers: ["a"] } }"#);
}

fn whoever_is_not_offered_is_not_there() {
    let lab = Lab::new();
    let host = open_host(&lab, &["b.run"]);
    let cell = start(&host, &calling(&lab, &host, "a", &["b.run"], CALLS));
    assert_eq!(outcome(&cell, "b.run", Value::Null)["code"], "ERR_NOT_SUPPORTED");
    let b = lab.load(&host, "b", "export default () => 1;");
    offer(&host, &b);
    assert_eq!(outcome(&cell, "b.run", Value::Null), json!({ "result": 1 }));
    host.withdraw();
    assert_eq!(outcome(&cell, "b.run", Value::Null)["code"], "ERR_NOT_SUPPORTED");
    offer(&host, &b);
    assert_eq!(outcome(&cell, "b.run", Value::Null), json!({ "result": 1 }), "offered anew");
}

fn two_of_one_name_are_not_offered() {
    let lab = Lab::new();
    let host = lab.host();
    let b = lab.load(&host, "b", "export default () => 1;");
    offer(&host, &b);
    let again = host.offer(&b, &StartOptions::default());
    assert_eq!(again, Err(OfferError::Taken("b".to_owned())));
}

fn the_called_acts_with_its_own_grant_and_no_token_of_the_caller() {
    let lab = Lab::new();
    lab.file("a.txt", "of a");
    lab.file("b.txt", "of b");
    let text = "version: 1
plugins:
  a:
    allow: { plugins: [b.read, c.run], filesystem: { read: [./a.txt], write: [./out.txt] } }
    elevation: [{ right: host-write, below: ./out.txt, answer: allow, uses: 5 }]
  b: { allow: { filesystem: { read: [./b.txt] } }, callers: [a] }
  c: { allow: { filesystem: { write: [./out.txt] } }, callers: [a] }
";
    let host = lab.builder().policy(policy(text)).build().expect("a host");
    let b = lab.plugin("b").reads(&["./b.txt"]).main(
        "import { readText } from 'aether:fs';
         export const read = async (path) => {
           try { return await readText(path); } catch (error) { return error.code; }
         };",
    );
    offer(&host, &host.load(b).expect("a plugin"));
    // What it is given it presents as its own.
    let present = r#"token=${line#*\"json\":\"}; token=${token%%\"*}
        echo '{"jsonrpc":"2.0","id":1,"method":"fs.write","params":{"path":"./out.txt","data":{"text":"x"},"through":true,"token":"'$token'"}}'
        read -r reply; code=${reply#*\"code\":}; answer "$id" '{"output":{"json":'${code%%,*}'}}'"#;
    let writes = r#"{ "filesystem": { "write": ["./out.txt"] } }"#;
    let c = lab.native_with("c", writes, present);
    offer(&host, &host.load(c).expect("a plugin"));
    let request = r#"{ "plugins": ["b.read", "c.run"], "filesystem": { "read": ["./a.txt"], "write": ["./out.txt"] } }"#;
    let reads = "import { call } from 'aether:plugins';
        export default async () => [await call('b.read', 'a.txt'), await call('b.read', 'b.txt')];";
    let folder = lab.plugin("a").permissions(request).main(reads);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    let got = cell.call("run", Value::Null).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(got, json!(["ERR_ACCESS_DENIED", "of b"]));
    let pass = r#"echo '{"jsonrpc":"2.0","id":1,"method":"token.request","params":{"want":{"right":"host-write","path":"./out.txt"},"reason":"x"}}'
        read -r reply; token=${reply#*\"token\":\"}; token=${token%%\"*}
        echo '{"jsonrpc":"2.0","id":2,"method":"plugins.call","params":{"method":"c.run","input":{"json":"'$token'"}}}'
        read -r reply; code=${reply#*\"json\":}; answer "$id" '{"output":{"json":["'${token%%.*}'",'${code%%\}*}']}}'"#;
    let folder = lab.native_with("a", request, pass);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    let got = cell.call("run", Value::Null).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(got, json!(["aec1", -32001]), "a token, and what it is worth for another");
    assert!(!lab.has("out.txt"));
}

fn inputs_and_results_fit_at_both_doors() {
    let lab = Lab::new();
    let host = open_host(&lab, &["b.run"]);
    let exports =
        r#"{ "run": { "params": { "type": "integer" }, "result": { "type": "string" } } }"#;
    let b = lab.plugin("b").with("exports", exports);
    let folder = b.main("export default (n) => n > 0 ? 'fine' : 0;");
    offer(&host, &host.load(folder).expect("a plugin"));
    let cell = start(&host, &calling(&lab, &host, "a", &["b.run"], CALLS));
    assert_eq!(outcome(&cell, "b.run", json!(1)), json!({ "result": "fine" }));
    let unfit = outcome(&cell, "b.run", json!("one"));
    assert_eq!((&unfit["code"], &unfit["kind"]), (&json!("ERR_PLUGIN"), &json!("params")));
    let unfit = outcome(&cell, "b.run", json!(0));
    assert_eq!((&unfit["code"], &unfit["kind"]), (&json!("ERR_PLUGIN"), &json!("result")));
}

fn what_fails_is_told_without_its_code() {
    let lab = Lab::new();
    let code = "import { readText } from 'aether:fs';
        export default async () => { throw new RangeError('too far ' + 'x'.repeat(9000)); };
        export const other = async () => await readText('secret.txt');";
    let (_host, cell) = pair(&lab, code);
    let failed = outcome(&cell, "b.run", Value::Null);
    assert_eq!((&failed["code"], &failed["kind"]), (&json!("ERR_PLUGIN"), &json!("exception")));
    assert_eq!(failed["called"], "b.run");
    let message = failed["message"].as_str().expect("a text");
    assert!(message.starts_with("RangeError: too far") && message.len() <= 1024, "{message}");
    // A refusal of the other is a failure here, and no refusal.
    let failed = outcome(&cell, "b.other", Value::Null);
    assert_eq!((&failed["name"], &failed["code"]), (&json!("Error"), &json!("ERR_PLUGIN")));
    let denied = lab.heard.of(|event| match event {
        Event::Denied { cell, .. } => Some(*cell),
        _ => None,
    });
    assert_eq!(denied, [2], "of the other's own cell alone");
    let Err(CallError::Plugin(error)) = cell.call("run", json!({ "method": "b.run" })) else {
        panic!("a failure")
    };
    let PluginError { stack, code, .. } = *error;
    assert_eq!(code.as_deref(), Some("ERR_PLUGIN"));
    assert!(!stack.unwrap_or_default().contains("too far"));
}

/// Calls what its input names first, with the rest of it.
const RELAY: &str = "import { call } from 'aether:plugins';
    export default async (path, { caller }) => {
      if (path.length === 0) return 'end';
      try { return [path[0], await call(`${path[0]}.run`, path.slice(1))]; } catch (error) {
        return error.because ?? error.kind ?? error.code;
      }
    };";

/// Plugins of these names, each of which may call every one, offered and one of each started.
fn relays(lab: &Lab, names: &[&str]) -> (Host, Vec<Cell>) {
    let methods: Vec<String> = names.iter().map(|name| format!("{name}.run")).collect();
    let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
    let host = open_host(lab, &methods);
    let plugins: Vec<Plugin> =
        names.iter().map(|name| calling(lab, &host, name, &methods, RELAY)).collect();
    plugins.iter().for_each(|plugin| offer(&host, plugin));
    let cells = plugins.iter().map(|plugin| start(&host, plugin)).collect();
    (host, cells)
}

fn nobody_is_called_in_a_circle() {
    let lab = Lab::new();
    let (host, cells) = relays(&lab, &["a", "b", "c"]);
    let check = |path: Value, expect: Value| {
        assert_eq!(cells[0].call("run", path.clone()).expect("a result"), expect, "{path}");
    };
    check(json!(["a"]), json!("cycle"));
    check(json!(["b", "a"]), json!(["b", "cycle"]));
    check(json!(["b", "b"]), json!(["b", "cycle"]));
    check(json!(["b", "c", "b"]), json!(["b", ["c", "cycle"]]));
    check(json!(["b", "c", "a"]), json!(["b", ["c", "cycle"]]));
    check(json!(["b", "c"]), json!(["b", ["c", "end"]]));
    let records = lab.records(&host);
    let refused = records.iter().filter(|one| detail(one, "because").as_deref() == Some("cycle"));
    assert_eq!(refused.count(), 5);
    assert!(records.iter().any(|one| detail(one, "chain").as_deref() == Some("a > b")));
}

fn two_that_call_each_other_at_the_same_time_both_end() {
    let lab = Lab::new();
    let (_host, cells) = relays(&lab, &["a", "b", "x", "y"]);
    for _ in 0..20 {
        // `x` calls `a`, which calls `b`, while `y` calls `b`, which calls `a`.
        let one = cells[2].begin("run", json!(["a", "b"]), LONG);
        let two = cells[3].begin("run", json!(["b", "a"]), LONG);
        for call in [one, two] {
            let ended = call.wait().expect("a result").to_string();
            assert!(ended.contains("end") || ended.contains("cycle"), "{ended}");
        }
    }
}

fn a_chain_is_bounded() {
    let lab = Lab::new();
    let names = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"];
    let (_host, cells) = relays(&lab, &names);
    let path: Vec<&str> = names[1..].to_vec();
    let got = cells[0].call("run", json!(path)).expect("a result").to_string();
    assert!(got.contains(r#"["p7","depth"]"#), "{got}");
}

const SLOW: &str = "export default (ms, { deadline, signal }) => new Promise((done, fail) => {
      if (ms === 0) return done(deadline - Date.now());
      setTimeout(() => done('late'), ms);
      signal.addEventListener('abort', () => { console.log('aborted'); fail(new Error('aborted')); });
      console.log('begun');
    });
    export const other = () => 'alive';";

fn the_time_of_a_call_is_that_of_its_caller() {
    let lab = Lab::new();
    let host = open_host(&lab, &["b.run"]);
    offer(&host, &lab.load(&host, "b", SLOW));
    // It does not wait for its own end, but for what it has called.
    let code = "import { call } from 'aether:plugins';
        export default async () => {
          try { await call('b.run', 100000); } catch (error) { console.log(`it was ${error.kind}`); }
        };";
    let cell = start(&host, &calling(&lab, &host, "a", &["b.run"], code));
    let call = cell.begin("run", Value::Null, Duration::from_millis(500));
    let begun = Instant::now();
    lab.heard.until(
        |event| matches!(event, Event::Log { cell: 2, message, .. } if message.contains("aborted")),
    );
    assert!(begun.elapsed() < Duration::from_secs(20), "not its own time, which is longer");
    drop(call.wait());
}

fn a_late_caller_disturbs_nobody_else() {
    let lab = Lab::new();
    let host = open_host(&lab, &["n.run", "b.run", "b.other"]);
    // One answers one call after the other, and one computes: neither can be cancelled meanwhile.
    let script = r#"sleep 4; answer "$id" '{"output":{"json":'$calls'}}'"#;
    let folder = lab.native_with("n", r#"{ "process": ["sleep"] }"#, script);
    offer(&host, &host.load(folder).expect("a plugin"));
    let code = "export default () => 1;
        export const other = () => { const end = Date.now() + 4000; while (Date.now() < end); return 'computed'; };";
    offer(&host, &lab.load(&host, "b", code));
    let methods = ["n.run", "b.run", "b.other"];
    let start_one = |name: &str| start(&host, &calling(&lab, &host, name, &methods, CALLS));
    let (patient, late) = (start_one("patient"), start_one("late"));
    for (long, short, expect) in
        [("n.run", "n.run", json!(1)), ("b.other", "b.run", json!("computed"))]
    {
        let wanted = patient.begin("outcome", json!({ "method": long }), LONG);
        std::thread::sleep(Duration::from_millis(700));
        let input = json!({ "method": short });
        let call = late.begin("outcome", input, Duration::from_millis(200));
        std::thread::sleep(Duration::from_millis(100));
        call.cancel();
        assert_eq!(call.wait(), Err(CallError::Cancelled));
        assert_eq!(wanted.wait().expect("a result"), json!({ "result": expect }), "{long}");
    }
}

fn a_late_caller_does_not_end_what_it_calls() {
    let lab = Lab::new();
    let (host, cell) = pair(&lab, SLOW);
    assert_eq!(outcome(&cell, "b.other", Value::Null), json!({ "result": "alive" }));
    let begun = Instant::now();
    let call = cell.begin(
        "outcome",
        json!({ "method": "b.run", "input": 100_000 }),
        Duration::from_millis(300),
    );
    // Both notice at the same moment; the caller may just have learned what became of its call.
    match call.wait() {
        Err(CallError::Ended(Ending::Limit(Limit::Time(_)))) => {}
        Ok(told) => assert_eq!(told["kind"], "timeout", "{told}"),
        other => panic!("its own time is over: {other:?}"),
    }
    assert!(begun.elapsed() < Duration::from_secs(20));
    lab.heard.until(
        |event| matches!(event, Event::Log { cell: 2, message, .. } if message.contains("aborted")),
    );
    // Another caller finds it as it was.
    let cell = start(&host, &calling(&lab, &host, "a", &["b.run", "b.other"], CALLS));
    assert_eq!(outcome(&cell, "b.other", Value::Null), json!({ "result": "alive" }));
    assert_eq!(
        lab.heard.of(|event| matches!(event, Event::Ended { cell: 2, .. }).then_some(())),
        []
    );
}

fn a_called_plugin_that_crashes_is_told_and_starts_again() {
    let lab = Lab::new();
    let host = open_host(&lab, &["n.run"]);
    let script = r#"[ -e /tmp/x ] || : > /tmp/x; case $line in *boom*) kill -9 $$ ;; esac; answer "$id" '{"output":{"json":'$calls'}}'"#;
    let folder = lab.native("n", script);
    offer(&host, &host.load(folder).expect("a plugin"));
    let cell = start(&host, &calling(&lab, &host, "a", &["n.run"], CALLS));
    assert_eq!(outcome(&cell, "n.run", json!("x")), json!({ "result": 1 }));
    let crashed = outcome(&cell, "n.run", json!("boom"));
    assert_eq!((&crashed["code"], &crashed["kind"]), (&json!("ERR_PLUGIN"), &json!("ended")));
    let rests = outcome(&cell, "n.run", json!("x"));
    assert!(rests["kind"] == "not-started" || rests["result"] == 1, "{rests}");
    let until = Instant::now() + Duration::from_secs(30);
    while outcome(&cell, "n.run", json!("x")).get("result").is_none() {
        assert!(Instant::now() < until, "it is never started again");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn who_cancels_a_call_cancels_what_it_calls() {
    let lab = Lab::new();
    let (_host, cell) = pair(&lab, SLOW);
    let call = cell.begin("run", json!({ "method": "b.run", "input": 100_000 }), LONG);
    let says = |words: &'static str| move |event: &Event| matches!(event, Event::Log { cell: 2, message, .. } if message.contains(words));
    lab.heard.until(says("begun"));
    call.cancel();
    assert_eq!(call.wait(), Err(CallError::Cancelled));
    lab.heard.until(says("aborted"));
    assert_eq!(outcome(&cell, "b.other", Value::Null), json!({ "result": "alive" }));
}

fn what_is_not_awaited_ends_with_its_call() {
    let lab = Lab::new();
    let methods = ["b.run", "b.other"];
    let host = open_host(&lab, &methods);
    offer(&host, &lab.load(&host, "b", SLOW));
    let code = "import { call } from 'aether:plugins'; import { sleep } from 'aether:time';
        export default async () => { call('b.run', 100000).catch(() => {}); await sleep(300); };";
    let cell = start(&host, &calling(&lab, &host, "a", &methods, code));
    cell.call("run", Value::Null).expect("a result");
    lab.heard.until(
        |event| matches!(event, Event::Log { cell: 2, message, .. } if message.contains("aborted")),
    );
}

fn with_the_caller_ends_what_it_calls() {
    let lab = Lab::new();
    let (host, cell) = pair(&lab, SLOW);
    let call = cell.begin("run", json!({ "method": "b.run", "input": 100_000 }), LONG);
    lab.heard.until(
        |event| matches!(event, Event::Log { cell: 2, message, .. } if message.contains("begun")),
    );
    assert_eq!(cell.stop(), Ending::Killed);
    assert_eq!(call.wait(), Err(CallError::Ended(Ending::Killed)));
    lab.heard.until(
        |event| matches!(event, Event::Log { cell: 2, message, .. } if message.contains("aborted")),
    );
    let pid = lab.pid_of(&host, 2);
    assert!(is_there(pid), "it waits for the next");
    host.finish(ExitCode::Done).expect("a log");
    assert!(!is_there(pid));
}

fn a_host_that_is_dropped_leaves_nothing() {
    let lab = Lab::new();
    let (host, cell) = pair(&lab, SLOW);
    assert_eq!(outcome(&cell, "b.other", Value::Null), json!({ "result": "alive" }));
    let pid = lab.pid_of(&host, 2);
    drop(host);
    assert_eq!(
        outcome(&cell, "b.other", Value::Null),
        json!({ "result": "alive" }),
        "while it runs"
    );
    cell.stop();
    assert!(!is_there(pid));
}

fn one_person_is_asked_once_for_all() {
    let lab = Lab::new();
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&asked);
    let text = "version: 1
plugins:
  a: { allow: { plugins: [b.run] }, consent: ask }
  b: { allow: { filesystem: { read: [./b.txt] } }, callers: [a], consent: ask }
";
    let host = lab
        .builder()
        .policy(policy(text))
        .ask(move |reviews| {
            let names: Vec<String> = reviews.iter().map(|one| one.plugin.name.clone()).collect();
            seen.lock().expect("a list").push(names);
            Answer::Once
        })
        .build()
        .expect("a host");
    let b = lab.plugin("b").reads(&["./b.txt"]).main("export default () => 'b';");
    offer(&host, &host.load(b).expect("a plugin"));
    let cell = start(&host, &calling(&lab, &host, "a", &["b.run"], CALLS));
    assert_eq!(outcome(&cell, "b.run", Value::Null), json!({ "result": "b" }));
    assert_eq!(*asked.lock().expect("a list"), [["a", "b"]], "before the first start, and once");
}

fn an_offered_plugin_that_was_refused_does_not_start() {
    let lab = Lab::new();
    let text = "version: 1\nplugins: { a: { allow: { plugins: [b.run] } }, b: { callers: [a] } }\n";
    let host = lab.builder().policy(policy(text)).build().expect("a host");
    let b = lab.plugin("b").reads(&["./b.txt"]).main("export default () => 'b';");
    let b = host.load(b).expect("a plugin");
    offer(&host, &b);
    let a = calling(&lab, &host, "a", &["b.run"], CALLS);
    let options = StartOptions::default();
    let refused = host.ask_for(std::iter::once((&a, &options))).expect("nobody is asked");
    assert_eq!(refused.len(), 1, "whoever asks for all is told of it");
    let cell = start(&host, &a);
    let failed = outcome(&cell, "b.run", Value::Null);
    assert_eq!((&failed["code"], &failed["kind"]), (&json!("ERR_PLUGIN"), &json!("not-started")));
    assert_eq!(failed["message"], "the plugin could not be started", "the caller learns no more");
    let Err(StartError::Refused(_)) = host.start(&b, &options) else { panic!("refused") };
}

fn so_many_calls_of_one_are_open_and_no_more() {
    let lab = Lab::new();
    let methods = ["b.run"];
    let host = open_host(&lab, &methods);
    let code = "export default () => new Promise(() => {});";
    offer(&host, &lab.load(&host, "b", code));
    let code = "import { call } from 'aether:plugins';
        export default async (input, { signal }) => {
            const names = [];
            const calls = Array.from({ length: 9 }, () => call('b.run', {}).catch((error) => {
                names.push([error.name, error.retryAfterMs > 0]);
            }));
            await Promise.race(calls);
            return names;
        };";
    let cell = start(&host, &calling(&lab, &host, "a", &methods, code));
    let refused = cell.call("run", Value::Null).expect("the names of what failed");
    assert_eq!(refused, json!([["RateLimited", true]]), "eight of one cell");
}

fn so_many_calls_of_all_callers_are_open_and_no_more() {
    let lab = Lab::new();
    let methods = ["b.run"];
    let host = open_host(&lab, &methods);
    let code = "export default () => new Promise((done) => setTimeout(done, 100000));";
    offer(&host, &lab.load(&host, "b", code));
    let code = "import { call } from 'aether:plugins';
        export default async (calls) => {
            const all = Array.from({ length: calls }, () => call('b.run', {}).catch((error) => error.name));
            return await Promise.race([...all, new Promise((done) => setTimeout(done, 5000, 'open'))]);
        };";
    let start_one = |name: &str| start(&host, &calling(&lab, &host, name, &methods, code));
    let (first, second, third) = (start_one("first"), start_one("second"), start_one("third"));
    let eight = |cell: &Cell| cell.begin("run", json!(8), LONG);
    let open = [eight(&first), eight(&second)];
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(third.call("run", json!(1)), Ok(json!("RateLimited")), "sixteen of one plugin");
    for call in open {
        assert_eq!(call.wait(), Ok(json!("open")));
    }
    let records = lab.records(&host);
    assert!(records.iter().any(|one| one.kind == Kind::Limit && one.action == "plugins.call"));
}

fn so_many_plugins_are_called_and_no_more() {
    let lab = Lab::new();
    let names: Vec<String> = (0..17).map(|number| format!("q{number}")).collect();
    let methods: Vec<String> = names.iter().map(|name| format!("{name}.run")).collect();
    let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
    let host = open_host(&lab, &methods);
    for name in &names {
        offer(&host, &lab.load(&host, name, "export default () => 1;"));
    }
    let cell = start(&host, &calling(&lab, &host, "a", &methods, CALLS));
    for method in &methods[..16] {
        assert_eq!(outcome(&cell, method, Value::Null), json!({ "result": 1 }));
    }
    assert_eq!(outcome(&cell, methods[16], Value::Null)["because"], "callees");
    assert_eq!(outcome(&cell, methods[3], Value::Null), json!({ "result": 1 }));
}

/// Whatever calls whatever, in whichever order: each call ends, and long before its time.
fn random_calls_between_plugins_all_end() {
    let lab = Lab::new();
    let names = ["a", "b", "c", "d", "e"];
    let (host, cells) = relays(&lab, &names);
    let mut state = 7_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % below
    };
    let calls: Vec<_> = (0..120)
        .map(|_| {
            let path: Vec<&str> = (0..1 + random(6)).map(|_| names[random(5)]).collect();
            cells[random(5)].begin("run", json!(path), LONG)
        })
        .collect();
    let begun = Instant::now();
    let ended: BTreeSet<String> = calls
        .into_iter()
        .map(|call| {
            let result = call.wait().expect("a result").to_string();
            result.rsplit(',').next().expect("its end").replace(']', "")
        })
        .collect();
    assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", begun.elapsed());
    let known = ["\"end\"", "\"cycle\"", "\"depth\"", "\"ERR_RATE_LIMITED\""];
    assert!(ended.iter().all(|end| known.contains(&end.as_str())), "{ended:?}");
    assert!(ended.contains("\"cycle\""));
    host.finish(ExitCode::Done).expect("a log");
}

fn the_plugins_of_a_pipeline_call_each_other() {
    let lab = Lab::new();
    let host = open_host(&lab, &["b.run"]);
    calling(&lab, &host, "a", &["b.run"], CALLS);
    lab.plugin("b").main("export default (input, { caller }) => caller ?? 'host';");
    let text = "
name: pair
steps:
  - { id: first, plugin: ./a, with: { method: b.run } }
  - { id: second, plugin: ./b, needs: [first] }
output: \"${{ steps.first.result }}\"
";
    let mut plan = aether::pipelines::parse(aether::source::Source::new("p.yaml", text))
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    plan.anchor(&lab.path(""), &lab.path(""));
    let run = host.run_pipeline(&plan, aether::pipelines::Options::default(), &mut |_| {});
    let run = run.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(run.exit_code(), ExitCode::Done, "{:?}", run.report);
    let output = run.report.output.expect("an output").expect("a value");
    assert_eq!(output, "a");
    let ended = lab.heard.of(|event| matches!(event, Event::Ended { .. }).then_some(()));
    assert_eq!(ended.len(), 3, "the called one too");
    let records = lab.records(&host);
    assert!(
        records
            .iter()
            .any(|one| one.verdict == Verdict::Allowed && detail(one, "caller").is_some())
    );
}
