//! Single operations beyond a grant: a token for each, by a policy's line or a person's word.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aether::policy::policy::Policy;
use aether::{CallError, Ending, Event, Host, Limit, StartOptions};
use serde_json::{Value, json};

use crate::lab::{Lab, is_there, policy, serve, start, tests};

tests! {
    one_write_through_is_allowed_and_one_refused_and_both_are_on_record,
    a_person_decides_while_the_time_stands_still,
    a_call_that_begins_while_a_person_thinks_loses_no_time,
    a_plugin_that_computes_while_a_person_thinks_uses_its_time,
    a_call_that_begins_and_computes_while_a_person_thinks_uses_its_own_time,
    a_call_has_more_time_as_often_as_its_token_has_uses,
    a_call_has_more_memory_and_the_next_one_has_not,
    what_one_call_was_given_is_not_kept,
    what_two_calls_were_given_is_the_most_of_it_until_each_has_ended,
    a_native_plugin_has_more_memory_for_a_call,
    a_command_of_the_policy_gets_its_input_and_its_secret,
    a_command_ends_with_the_cell_that_it_runs_for,
    a_secret_is_carried_by_a_request_that_its_plugin_cannot_read,
    a_token_opens_a_host_and_without_one_the_error_says_which,
    a_native_plugin_asks_and_acts_too,
    a_token_of_one_cell_is_nothing_to_another,
    a_plugin_narrows_what_it_hands_on,
    one_question_at_a_time_is_put,
    an_owner_takes_all_tokens_back,
    an_owner_sees_the_tokens_and_takes_one_back,
    commands_that_have_ended_are_not_kept_without_end,
    nobody_is_told_where_the_owners_secrets_are,
    all_requests_of_a_cell_share_its_connections,
    many_large_answers_at_once_all_arrive,
}

const THROUGH: &str = "
import { writeText } from 'aether:fs';
export default async ({ path }) => {
    try { await writeText(path, 'new', { through: true }); } catch (error) {
        if (error.code !== 'ERR_CAPABILITY_REQUIRED') throw error;
        const token = await aether.elevate({ ...error.request, reason: 'to publish it' });
        await writeText(path, 'new', { through: token });
        return JSON.stringify(token).includes('aec1');
    }
};";

const WRITES: &str = "filesystem: { read: [\"./**\"], write: [\"./**\"] }";

/// A policy for plugins `p` and `q` of one permission and these answers.
fn answering(p: &str, q: &str) -> Policy {
    policy(&format!(
        "version: 1\nplugins:\n  p: {{ allow: {{ {WRITES} }}, elevation: [{p}] }}\n  \
         q: {{ allow: {{ {WRITES} }}, elevation: [{q}] }}\n"
    ))
}

fn host(lab: &Lab, rules: &str) -> Host {
    let text = format!(
        "version: 1\ncommands:\n  shout: {{ run: [tr, a-z, A-Z] }}\n  \
         wait: {{ run: [sleep, \"300\"], timeout: 10m }}\n  \
         tell: {{ run: [printenv, KEY], environment: {{ KEY: \"secret://key\" }} }}\n\
         secrets: {{ key: {{ from: \"file:{}\" }} }}\n\
         plugins:\n  p: {{ allow: {{ {WRITES} }}, limits: {{ timeout: 10s }}, elevation: [{rules}] }}\n",
        lab.file("key.txt", "hunter2\n").display()
    );
    lab.builder().policy(policy(&text)).build().expect("a host")
}

fn one_write_through_is_allowed_and_one_refused_and_both_are_on_record() {
    let lab = Lab::new();
    lab.file("site/a.html", "old");
    let allow = "{ right: host-write, below: ./site/, answer: allow }";
    let rules = answering(allow, "{ right: host-write, answer: refuse }");
    let host = lab.builder().policy(rules).build().expect("a host");
    let plugin = |name: &str| {
        host.load(lab.plugin(name).reads(&["./**"]).writes(&["./**"]).main(THROUGH)).expect("one")
    };
    let input = || json!({ "path": "./site/a.html" });
    let first = start(&host, &plugin("p"));
    assert_eq!(first.call("run", input()), Ok(json!(false)), "the token shows in no property");
    assert_eq!(lab.text("site/a.html"), "new");
    lab.file("site/a.html", "newer");
    let second = start(&host, &plugin("q"));
    let refused = second.call("run", input()).expect_err("no token");
    let CallError::Plugin(refused) = refused else { panic!("{refused:?}") };
    assert_eq!(refused.code.as_deref(), Some("ERR_ACCESS_DENIED"));
    assert_eq!(lab.text("site/a.html"), "newer");
    let records = lab.records(&host);
    let tokens: Vec<_> = records.iter().filter(|one| one.kind.as_str() == "token").collect();
    let told = |one: &&aether::audit::Record| {
        format!(
            "{} {} {} {}",
            one.plugin.as_deref().unwrap_or_default(),
            one.action,
            one.object.as_deref().unwrap_or_default(),
            one.rule.as_deref().unwrap_or_default(),
        )
    };
    assert_eq!(
        tokens.iter().map(told).collect::<Vec<_>>(),
        [
            "p token.issue host-write below /workspace/site/a.html plugins.p.elevation[0]",
            "p token.use host-write below /workspace/site/a.html plugins.p.elevation[0]",
            "q token.refuse host-write below /workspace/site/a.html plugins.q.elevation[0]",
        ]
    );
    for one in &tokens {
        assert!(format!("{:?}", one.detail).contains("to publish it"), "why: {one:?}");
    }
    let told = lab.heard.of(|event| match event {
        Event::Elevated { elevation, .. } => Some(elevation.issued),
        _ => None,
    });
    assert_eq!(told, [true, false]);
}

fn a_person_decides_while_the_time_stands_still() {
    for answer in [true, false] {
        let lab = Lab::new();
        lab.file("a.txt", "old");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let host = lab
            .builder()
            .policy(answering("", ""))
            .ask_elevation(move |question| {
                seen.lock().expect("questions").push(question.clone());
                std::thread::sleep(Duration::from_millis(1500));
                answer
            })
            .build()
            .expect("a host");
        let plugin = lab.plugin("p").reads(&["./**"]).writes(&["./**"]);
        let plugin = plugin.resources(r#"{ "timeout": "1s" }"#).main(THROUGH);
        let cell = start(&host, &host.load(plugin).expect("a plugin"));
        let result = cell.call("run", json!({ "path": "./a.txt" }));
        assert_eq!(result.is_ok(), answer, "{result:?}");
        assert_eq!(lab.text("a.txt"), if answer { "new" } else { "old" });
        let asked = asked.lock().expect("questions");
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].want, "host-write below /workspace/a.txt");
        assert_eq!(asked[0].reason, "to publish it");
        assert!(asked[0].policy_line.contains("host-write"), "{}", asked[0].policy_line);
    }
}

fn a_call_that_begins_while_a_person_thinks_loses_no_time() {
    let lab = Lab::new();
    let (say, is_asked) = std::sync::mpsc::channel();
    let host = lab
        .builder()
        .policy(answering("", ""))
        .ask_elevation(move |_| {
            say.send(()).expect("a test that waits");
            std::thread::sleep(Duration::from_millis(1500));
            true
        })
        .build()
        .expect("a host");
    let code = "let asked;
    export default async () => { asked = aether.elevate({ network: 'a.example' }); await asked; return 1; };
    export const second = async () => {
        await asked;
        await new Promise((resolve) => setTimeout(resolve, 300));
        return 2;
    };
    export const slow = async () => {
        await asked;
        await new Promise((resolve) => setTimeout(resolve, 3000));
    };";
    let plugin = lab.plugin("p").resources(r#"{ "timeout": "1s" }"#).main(code);
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    let limit = Duration::from_secs(1);
    let first = cell.begin("run", Value::Null, limit);
    is_asked.recv().expect("a question");
    let second = cell.begin("second", Value::Null, limit);
    let slow = cell.begin("slow", Value::Null, limit);
    assert_eq!(first.wait(), Ok(json!(1)));
    assert_eq!(second.wait(), Ok(json!(2)));
    let late = Ending::Limit(Limit::Time(limit));
    assert_eq!(slow.wait(), Err(CallError::Ended(late)), "nor does it win any");
}

fn a_plugin_that_computes_while_a_person_thinks_uses_its_time() {
    let lab = Lab::new();
    let host = lab
        .builder()
        .ask_elevation(|_| {
            std::thread::sleep(Duration::from_secs(20));
            true
        })
        .build()
        .expect("a host");
    let code = "export default () => { aether.elevate({ time: '1s' }); return new Promise(() => \
                setTimeout(() => { for (;;) {} }, 50)); };";
    let plugin = lab.plugin("p").resources(r#"{ "timeout": "1s" }"#).main(code);
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    let began = Instant::now();
    let ended = cell.call("run", Value::Null);
    assert_eq!(ended, Err(CallError::Ended(Ending::Limit(Limit::Time(Duration::from_secs(1))))));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

fn a_call_that_begins_and_computes_while_a_person_thinks_uses_its_own_time() {
    let lab = Lab::new();
    let (say, is_asked) = std::sync::mpsc::channel();
    let host = lab
        .builder()
        .ask_elevation(move |question| {
            say.send(()).expect("a test that waits");
            while question.is_open() {
                std::thread::sleep(Duration::from_millis(10));
            }
            true
        })
        .build()
        .expect("a host");
    let code = "export default () => aether.elevate({ time: '1s' });
                export const busy = () => { for (;;) {} };";
    let cell = start(&host, &lab.load(&host, "p", code));
    let patient = cell.begin("run", Value::Null, Duration::from_secs(25));
    is_asked.recv().expect("a question");
    // The time for which the first one has waited is not the second's.
    std::thread::sleep(Duration::from_secs(3));
    let limit = Duration::from_secs(1);
    let busy = cell.begin("busy", Value::Null, limit);
    let late = CallError::Ended(Ending::Limit(Limit::Time(limit)));
    assert_eq!(busy.wait(), Err(late.clone()));
    assert_eq!(patient.wait(), Err(late));
    let used = lab.heard.of(|event| match event {
        Event::Usage { cpu_ms, .. } => Some(*cpu_ms),
        _ => None,
    });
    let used = used.into_iter().max().expect("it was looked at");
    assert!((500..2500).contains(&used), "{used} ms of processor time");
}

fn a_call_has_more_time_as_often_as_its_token_has_uses() {
    let lab = Lab::new();
    let host = host(&lab, "{ right: time, most: 3s, answer: allow }");
    let code = "export default async (ms, context) => {
        await aether.elevate({ time: '3s', call: context });
        await new Promise((resolve) => setTimeout(resolve, ms));
        return 'done';
    };";
    let plugin = lab.plugin("p").resources(r#"{ "timeout": "1s" }"#).main(code);
    let plugin = host.load(plugin).expect("a plugin");
    let cell = start(&host, &plugin);
    assert_eq!(cell.call("run", json!(1500)), Ok(json!("done")));
    let ended = cell.call("run", json!(20_000));
    assert_eq!(ended, Err(CallError::Ended(Ending::Limit(Limit::Time(Duration::from_secs(4))))));
}

fn a_call_has_more_memory_and_the_next_one_has_not() {
    let lab = Lab::new();
    let host = host(&lab, "{ right: memory, most: 256MB, answer: allow, uses: 5 }");
    let code = "export default async ({ more, use }) => {
        if (more) await aether.elevate({ memory: more });
        const kept = [];
        for (let i = 0; i < use; i++) { kept.push(new Uint8Array(1 << 20).fill(1)); }
        return kept.length;
    };";
    let plugin = lab.plugin("p").resources(r#"{ "memory": "32MB" }"#).main(code);
    let plugin = host.load(plugin).expect("a plugin");
    let cell = start(&host, &plugin);
    let with = json!({ "more": "256MB", "use": 150 });
    assert_eq!(cell.call("run", with.clone()), Ok(json!(150)));
    assert_eq!(cell.call("run", json!({ "use": 4 })), Ok(json!(4)));
    assert_eq!(cell.call("run", with), Ok(json!(150)), "again, for another call");
    let without = cell.call("run", json!({ "use": 150 }));
    let full = Ending::Limit(Limit::Memory(32 << 20));
    assert_eq!(without, Err(CallError::Ended(full)), "what was given is taken back");
    let cell = start(&host, &plugin);
    let beyond = cell.call("run", json!({ "more": "257MB", "use": 1 })).expect_err("no token");
    assert!(matches!(beyond, CallError::Plugin(_)), "{beyond:?}");
    let too_much = cell.call("run", json!({ "more": "256MB", "use": 300 }));
    let full = Ending::Limit(Limit::Memory(256 << 20));
    assert_eq!(too_much, Err(CallError::Ended(full)), "and not without end");
}

fn what_one_call_was_given_is_not_kept() {
    let lab = Lab::new();
    let host = host(&lab, "{ right: memory, most: 256MB, answer: allow, uses: 5 }");
    let code = "const kept = [];
    export default async () => {
        await aether.elevate({ memory: '256MB' });
        for (let i = kept.length; i < 100; i++) { kept.push(new Uint8Array(1 << 20).fill(1)); }
        return kept.length;
    };";
    let plugin = lab.plugin("p").resources(r#"{ "memory": "32MB" }"#).main(code);
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    assert_eq!(cell.call("run", Value::Null), Ok(json!(100)));
    lab.heard.until(|event| matches!(event, Event::Ended { .. }));
    assert_eq!(cell.stop(), Ending::Limit(Limit::Memory(32 << 20)));
}

fn what_two_calls_were_given_is_the_most_of_it_until_each_has_ended() {
    let lab = Lab::new();
    let host = host(&lab, "{ right: memory, most: 256MB, answer: allow, uses: 5 }");
    let code = "const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const fill = (count) => Array.from({ length: count }, () => new Uint8Array(1 << 20).fill(1)).length;
    export default async ({ more, first, use }) => {
        await aether.elevate({ memory: more });
        await wait(first);
        return fill(use);
    };
    export const plain = fill;";
    let plugin = lab.plugin("p").resources(r#"{ "memory": "32MB" }"#).main(code);
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    let limit = Duration::from_secs(10);
    let begin = |more: &str, first: u32, use_: u32| {
        cell.begin("run", json!({ "more": more, "first": first, "use": use_ }), limit)
    };
    // The one with more ends first: the other still has what it was given.
    let (long, short) = (begin("128MB", 800, 90), begin("256MB", 100, 150));
    assert_eq!(short.wait(), Ok(json!(150)));
    assert_eq!(long.wait(), Ok(json!(90)));
    let full = Ending::Limit(Limit::Memory(32 << 20));
    assert_eq!(cell.call("plain", json!(90)), Err(CallError::Ended(full)));
}

fn a_native_plugin_has_more_memory_for_a_call() {
    let lab = Lab::new();
    let called = r#"
        case $line in *more*)
            echo '{"jsonrpc":"2.0","id":1,"method":"token.request","params":{"want":{"right":"memory","bytes":268435456}}}'
            read -r reply; token=${reply#*\"token\":\"}; token=${token%%\"*}
            echo '{"jsonrpc":"2.0","id":2,"method":"memory.extend","params":{"bytes":268435456,"token":"'"$token"'"}}'
            read -r told; read -r reply
            case $reply in *'"heap":268435456'*) ;; *) exit 9 ;; esac ;;
        esac
        /usr/bin/perl -e '$x = "x" x (96 << 20); print STDERR length $x, "\n"' || exit 8
        answer "$id" '{"output":{"json":"done"}}'"#;
    let folder = lab.native("p", called);
    let manifest = r#"{ "name": "p", "runtime": "native", "entry": ["./main.sh"], "permissions": { "process": ["/usr/bin/perl"] }, "resources": { "memory": "64MB" } }"#;
    std::fs::write(folder.join("aether-plugin.json"), manifest).expect("a manifest");
    let rules = "{ right: memory, most: 256MB, answer: allow }";
    let text = format!(
        "version: 1\nplugins: {{ p: {{ allow: {{ process: [/usr/bin/perl] }}, elevation: [{rules}] }} }}\n"
    );
    let host = lab.builder().policy(policy(&text)).build().expect("a host");
    let plugin = host.load(folder).expect("a plugin");
    let cell = start(&host, &plugin);
    assert_eq!(cell.call("run", json!("more")), Ok(json!("done")));
    let without = start(&host, &plugin).call("run", json!("plain"));
    let ended = without.expect_err("it has no more than it was granted");
    assert!(matches!(ended, CallError::Ended(_)), "{ended:?}");
}

const RUNS: &str = "
import { run } from 'aether:command';
export default async ({ name, input }) => run(name, { input, token: await aether.elevate({ command: name }) });
export const bare = ({ name }) => run(name);";

fn a_command_of_the_policy_gets_its_input_and_its_secret() {
    let lab = Lab::new();
    let host = host(
        &lab,
        "{ right: command, name: shout, answer: allow }, { right: command, name: tell, answer: allow }",
    );
    let cell = start(&host, &lab.load(&host, "p", RUNS));
    let shout = cell.call("run", json!({ "name": "shout", "input": "quiet" })).expect("a result");
    assert_eq!((&shout["code"], &shout["output"]), (&json!(0), &json!("QUIET")));
    let told = cell.call("run", json!({ "name": "tell" })).expect("a result");
    assert_eq!(told["output"], "hunter2\n");
    for (method, name) in [("run", "wait"), ("run", "rm"), ("bare", "shout")] {
        let error = cell.call(method, json!({ "name": name })).expect_err(name);
        let CallError::Plugin(error) = error else { panic!("{error:?}") };
        let code = error.code.as_deref().unwrap_or_default().to_owned();
        let expected =
            if method == "bare" { "ERR_CAPABILITY_REQUIRED" } else { "ERR_ACCESS_DENIED" };
        assert_eq!(code, expected, "{method} {name}: {}", error.message);
    }
    assert!(!format!("{:?}", lab.records(&host)).contains("hunter2"), "it is in no record");
}

fn a_command_ends_with_the_cell_that_it_runs_for() {
    let lab = Lab::new();
    let host = host(&lab, "{ right: command, name: wait, answer: allow }");
    let cell = start(&host, &lab.load(&host, "p", RUNS));
    let call = cell.begin("run", json!({ "name": "wait" }), Duration::from_secs(10));
    let started =
        |event: &Event| matches!(event, Event::Started { plugin, .. } if plugin == "command-wait");
    lab.heard.until(started);
    let pid = lab.pid_of(&host, 2);
    assert!(is_there(pid));
    drop((call, cell.stop()));
    let until = Instant::now() + Duration::from_secs(10);
    while is_there(pid) {
        assert!(Instant::now() < until, "it runs on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A server that answers a request with the head that it was sent.
fn echo() -> u16 {
    serve(|mut stream, head| {
        let length = head.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{head}"
        );
        drop(stream.write_all(answer.as_bytes()));
    })
}

const FETCHES: &str = "
export default async ({ url, headers }) => (await fetch(url, { headers })).text();
export const opened = async ({ url, host }) =>
    (await fetch(url, { token: await aether.elevate({ network: host }) })).status;
export const code = async ({ url }) => { try { await fetch(url); } catch (error) { return [error.code, error.request ?? null]; } };";

/// What a local server hears of a plugin that is granted it.
fn networked(lab: &Lab, port: u16, rules: &str, asks: bool) -> Host {
    let key = lab.file("key.txt", "hunter2");
    let text = format!(
        "version: 1\nsecrets: {{ key: {{ from: \"file:{}\", hosts: [\"localhost:{port}\"] }} }}\n\
         plugins:\n  p:\n    allow:\n      network: {{ domains: [\"localhost:{port}\"], private: [\"localhost:{port}\"] }}\n      \
         secrets: [key]\n    elevation: [{rules}]\n",
        key.display()
    );
    let builder = lab.builder().policy(policy(&text));
    let builder = if asks { builder.ask_elevation(|_| false) } else { builder };
    builder.build().expect("a host")
}

fn a_secret_is_carried_by_a_request_that_its_plugin_cannot_read() {
    let lab = Lab::new();
    let port = echo();
    let host = networked(&lab, port, "", false);
    let asks =
        format!(r#"{{ "network": {{ "domains": ["localhost:{port}"] }}, "secrets": ["key"] }}"#);
    let plugin = host.load(lab.plugin("p").permissions(&asks).main(FETCHES)).expect("a plugin");
    let cell = start(&host, &plugin);
    let url = format!("http://localhost:{port}/x");
    let headers = json!({ "Authorization": "Bearer secret://key", "X-Other": "plain" });
    let heard = cell.call("run", json!({ "url": url, "headers": headers })).expect("an answer");
    let heard = heard.as_str().expect("text").to_lowercase();
    assert!(heard.contains("authorization: bearer hunter2\r\n"), "{heard}");
    assert!(heard.contains("x-other: plain\r\n"), "{heard}");
    // `user:secret://key`, as Basic has it.
    let headers = json!({ "authorization": "Basic dXNlcjpzZWNyZXQ6Ly9rZXk=" });
    let heard = cell.call("run", json!({ "url": url, "headers": headers })).expect("an answer");
    let heard = heard.as_str().expect("text");
    assert!(heard.contains("Basic dXNlcjpodW50ZXIy\r\n"), "user:hunter2, encoded: {heard}");
    let headers = json!({ "X": "secret://other" });
    let error = cell.call("run", json!({ "url": url, "headers": headers })).expect_err("none");
    let CallError::Plugin(error) = error else { panic!("{error:?}") };
    assert_eq!(error.code.as_deref(), Some("ERR_ACCESS_DENIED"), "{}", error.message);
    let records = lab.records(&host);
    assert!(!format!("{records:?}").contains("hunter2"), "it is in no record");
    let denied = records.iter().find(|one| one.kind.as_str() == "denied").expect("a refusal");
    assert_eq!((denied.action.as_str(), denied.object.as_deref()), ("secrets", Some("other")));
    let told = lab.heard.of(|event| match event {
        Event::Denied { denied, .. } => Some((denied.object.clone(), denied.manifest_line.clone())),
        _ => None,
    });
    assert!(matches!(&told[..], [(name, Some(_))] if name == "other"), "{told:?}");
    // One that it has is sent to nobody else, and that is told as what it is.
    let headers = json!({ "Authorization": "Bearer secret://key" });
    let elsewhere = json!({ "url": "http://stranger.example/x", "headers": headers });
    let error = cell.call("run", elsewhere).expect_err("not there");
    let CallError::Plugin(error) = error else { panic!("{error:?}") };
    assert_eq!(error.code.as_deref(), Some("ERR_ACCESS_DENIED"), "{}", error.message);
    assert!(error.message.contains("the secret `key`"), "{}", error.message);
    let records = lab.records(&host);
    let denied = records.iter().rev().find(|one| one.kind.as_str() == "denied").expect("a refusal");
    assert_eq!(denied.action, "secrets");
    assert!(denied.object.as_deref().is_some_and(|object| object.contains("stranger.example")));
}

fn a_token_opens_a_host_and_without_one_the_error_says_which() {
    let lab = Lab::new();
    let port = echo();
    let rule = format!("{{ right: network, host: localhost, port: {port}, answer: allow }}");
    let host = networked(&lab, port, &rule, false);
    // The manifest asks for nothing.
    let cell = start(&host, &lab.load(&host, "p", FETCHES));
    let url = format!("http://localhost:{port}/x");
    let code = cell.call("code", json!({ "url": url })).expect("a code");
    let request = json!({ "right": "network", "host": "localhost", "port": port });
    assert_eq!(code, json!(["ERR_CAPABILITY_REQUIRED", request]));
    let input = json!({ "url": url, "host": format!("localhost:{port}") });
    assert_eq!(cell.call("opened", input), Ok(json!(200)));
    let code = cell.call("code", json!({ "url": url })).expect("a code");
    assert_eq!(code[0], "ERR_CAPABILITY_REQUIRED", "for one request");
    // Where neither policy nor person could say yes, it is denied like anything else.
    let code = cell.call("code", json!({ "url": "http://example.invalid/" })).expect("a code");
    assert_eq!(code, json!(["ERR_ACCESS_DENIED", null]));
}

fn a_native_plugin_asks_and_acts_too() {
    let lab = Lab::new();
    lab.file("site/a.html", "old");
    let called = r#"
        echo '{"jsonrpc":"2.0","id":1,"method":"token.request","params":{"want":{"right":"host-write","path":"./site/a.html"}}}'
        read -r reply; token=${reply#*\"token\":\"}; token=${token%%\"*}
        echo '{"jsonrpc":"2.0","id":2,"method":"fs.write","params":{"path":"./site/a.html","data":{"text":"new"},"through":true,"token":"'"$token"'"}}'
        read -r reply
        case $reply in *'"result":{}'*) answer "$id" '{"output":{"json":true}}' ;; *) answer "$id" '{"output":{"json":false}}' ;; esac"#;
    let folder = lab.native("p", called);
    let manifest = r#"{ "name": "p", "runtime": "native", "entry": ["./main.sh"], "permissions": { "filesystem": { "read": ["./site/"], "write": ["./site/"] } } }"#;
    std::fs::write(folder.join("aether-plugin.json"), manifest).expect("a manifest");
    let host = host(&lab, "{ right: host-write, below: ./site/, answer: allow }");
    let plugin = host.load(folder).expect("a plugin");
    let cell = start(&host, &plugin);
    assert_eq!(cell.call("run", json!({})), Ok(json!(true)));
    assert_eq!(lab.text("site/a.html"), "new");
}

fn a_token_of_one_cell_is_nothing_to_another() {
    let lab = Lab::new();
    lab.file("site/a.html", "old");
    let called = r#"
        case $line in
            *give*)
                echo '{"jsonrpc":"2.0","id":1,"method":"token.request","params":{"want":{"right":"host-write","path":"./site/a.html"}}}'
                read -r reply; token=${reply#*\"token\":\"}; token=${token%%\"*}
                answer "$id" '{"output":{"json":"'"$token"'"}}' ;;
            *)
                token=${line#*\"input\":\{\"json\":\"}; token=${token%%\"*}
                echo '{"jsonrpc":"2.0","id":2,"method":"fs.write","params":{"path":"./site/a.html","data":{"text":"stolen"},"through":true,"token":"'"$token"'"}}'
                read -r reply
                case $reply in *-32001*) answer "$id" '{"output":{"json":"denied"}}' ;; *) answer "$id" '{"output":{"json":"written"}}' ;; esac ;;
        esac"#;
    let folder = lab.native("p", called);
    let manifest = r#"{ "name": "p", "runtime": "native", "entry": ["./main.sh"], "permissions": { "filesystem": { "read": ["./site/"], "write": ["./site/"] } } }"#;
    std::fs::write(folder.join("aether-plugin.json"), manifest).expect("a manifest");
    let host = host(&lab, "{ right: host-write, below: ./site/, answer: allow }");
    let plugin = host.load(folder).expect("a plugin");
    let start = || host.start(&plugin, &StartOptions::default()).expect("a cell");
    let (owner, thief) = (start(), start());
    let token = owner.call("run", json!("give")).expect("a token");
    assert!(token.as_str().is_some_and(|token| token.starts_with("aec1.")), "{token}");
    assert_eq!(thief.call("run", token.clone()), Ok(json!("denied")));
    assert_eq!(lab.text("site/a.html"), "old");
    assert_eq!(owner.call("run", token.clone()), Ok(json!("written")), "the probe works");
    // After the owner's end it is nothing to anybody.
    owner.stop();
    assert_eq!(start().call("run", token), Ok(json!("denied")));
}

const NARROWS: &str = "
import { writeText } from 'aether:fs';
const names = async (...acts) => {
    const out = [];
    for (const act of acts) {
        try { await act(); out.push('done'); } catch (error) { out.push(error.code ?? error.name); }
    }
    return out;
};
export default async () => {
    const wide = await aether.elevate({ hostWrite: './site/', uses: 2 });
    const part = await wide.narrow({ pathPrefix: './site/blog', maxBytes: 3, uses: 1, within: '30s' });
    const write = (path, text, token) => () => writeText(path, text, { through: token });
    return [part.uses, part.expires <= wide.expires, Object.keys(part), await names(
        write('./site/a.html', 'new', part), write('./site/blog/a.html', 'long', part),
        write('./site/blog/a.html', 'new', part), write('./site/blog/a.html', 'new', part),
        write('./site/a.html', 'long', wide), write('./site/a.html', 'long', wide),
        () => part.narrow({ path: './site' }), () => part.narrow({ uses: -1 }), () => part.narrow(),
    )];
};";

fn a_plugin_narrows_what_it_hands_on() {
    let lab = Lab::new();
    lab.file("site/blog/a.html", "old");
    let host = host(&lab, "{ right: host-write, below: ./site/, answer: allow, uses: 9 }");
    let plugin = host.load(lab.plugin("p").reads(&["./**"]).writes(&["./**"]).main(NARROWS));
    let cell = start(&host, &plugin.expect("a plugin"));
    let no = "ERR_ACCESS_DENIED";
    let bad = "ERR_INVALID_ARG_VALUE";
    assert_eq!(
        cell.call("run", Value::Null),
        Ok(json!([
            1,
            true,
            ["want", "uses", "expires"],
            [no, no, "done", no, "done", no, bad, bad, bad]
        ]))
    );
    assert_eq!(
        (lab.text("site/blog/a.html"), lab.text("site/a.html")),
        ("new".into(), "long".into())
    );
}

fn one_question_at_a_time_is_put() {
    let lab = Lab::new();
    let asked = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&asked);
    let builder = lab.builder().policy(answering("", "")).ask_elevation(move |_| {
        *seen.lock().expect("a number") += 1;
        std::thread::sleep(Duration::from_millis(300));
        true
    });
    let host = builder.build().expect("a host");
    let code = "export default async () => {
        const ask = (ms) => aether.elevate({ network: `${ms}.example` }).then(
            () => 'yes', (error) => [error.name, error.retryAfterMs > 0]);
        const both = await Promise.all([ask('a'), ask('b')]);
        return [...both, await ask('c')];
    };";
    let cell = start(&host, &lab.load(&host, "p", code));
    assert_eq!(cell.call("run", Value::Null), Ok(json!(["yes", ["RateLimited", true], "yes"])));
    assert_eq!(*asked.lock().expect("a number"), 2);
}

fn an_owner_takes_all_tokens_back() {
    let lab = Lab::new();
    let host = host(&lab, "{ right: host-write, below: ./site/, answer: allow, uses: 9 }");
    let code = "import { writeText } from 'aether:fs';
        let token;
        export default async () => { token = await aether.elevate({ hostWrite: './site/', uses: 2 }); };
        export const write = (text) => writeText('./site/a.html', text, { through: token });";
    let plugin = host.load(lab.plugin("p").reads(&["./**"]).writes(&["./**"]).main(code));
    let cell = start(&host, &plugin.expect("a plugin"));
    lab.file("site/a.html", "old");
    cell.call("run", Value::Null).expect("a token");
    cell.call("write", json!("new")).expect("one use");
    host.revoke_tokens("q").expect("a record");
    host.revoke_tokens("p").expect("a record");
    let refused = cell.call("write", json!("newer")).expect_err("it was taken back");
    let CallError::Plugin(refused) = refused else { panic!("{refused:?}") };
    assert!(refused.message.contains("taken back"), "{}", refused.message);
    assert_eq!(lab.text("site/a.html"), "new");
    let records = lab.records(&host);
    let revoked: Vec<_> = records.iter().filter(|one| one.action == "token.revoke").collect();
    assert_eq!(revoked.len(), 2);
    cell.call("run", Value::Null).expect("it may ask again");
    cell.call("write", json!("newest")).expect("and has it");
}

fn an_owner_sees_the_tokens_and_takes_one_back() {
    let lab = Lab::new();
    let host = host(&lab, "{ right: host-write, below: ./site/, answer: allow, uses: 9 }");
    let code = "import { writeText } from 'aether:fs';
        const token = (reason) => aether.elevate({ hostWrite: './site/', uses: 2, reason });
        let first, narrowed, second;
        export default async () => {
            first = await token('one');
            narrowed = await first.narrow({ uses: 1 });
            second = await token('two');
        };
        export const write = async () => {
            const one = (token) => writeText('./site/a.html', 'new', { through: token }).then(
                () => 'yes', (error) => error.message.includes('taken back'));
            return [await one(first), await one(narrowed), await one(second)];
        };";
    lab.file("site/a.html", "old");
    let plugin = host.load(lab.plugin("p").reads(&["./**"]).writes(&["./**"]).main(code));
    let cell = start(&host, &plugin.expect("a plugin"));
    assert_eq!(host.tokens(), []);
    cell.call("run", Value::Null).expect("tokens");
    let tokens = host.tokens();
    let told = |one: &aether::TokenInUse| {
        (one.plugin.clone(), one.cell, one.allows.clone(), one.uses_left, one.why.clone())
    };
    let site = "host-write below /workspace/site".to_owned();
    assert_eq!(
        tokens.iter().map(told).collect::<Vec<_>>(),
        [
            ("p".to_owned(), cell.number(), site.clone(), Some(2), "one".to_owned()),
            ("p".to_owned(), cell.number(), site, Some(2), "two".to_owned()),
        ]
    );
    assert_eq!(tokens[0].by, "plugins.p.elevation[0]");
    assert!(!host.revoke_token("00000000").expect("a log"));
    assert!(host.revoke_token(&tokens[0].fingerprint).expect("a record"));
    assert!(!host.revoke_token(&tokens[0].fingerprint).expect("a record"), "it is gone");
    assert_eq!(cell.call("write", Value::Null), Ok(json!([true, true, "yes"])));
    let records = lab.records(&host);
    let revoked = records.iter().find(|one| one.action == "token.revoke").expect("a record");
    assert!(format!("{:?}", revoked.detail).contains(&tokens[0].fingerprint), "{revoked:?}");
    cell.stop();
    assert_eq!(host.tokens(), [], "they end with their cell");
}

fn commands_that_have_ended_are_not_kept_without_end() {
    let lab = Lab::new();
    let host = host(&lab, "{ right: command, name: shout, answer: allow, uses: 15 }");
    let code = "import { run } from 'aether:command';
        export default async () => {
            const token = await aether.elevate({ command: 'shout', uses: 15 });
            for (let i = 0; i < 15; i++) {
                for (;;) {
                    try { await run('shout', { input: 'x', token }); break; } catch (error) {
                        if (error.name !== 'RateLimited') throw error;
                        await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs));
                    }
                }
            }
        };";
    let plugin = lab.plugin("p").resources(r#"{ "timeout": "10s" }"#).main(code);
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    for _ in 0..7 {
        cell.call("run", Value::Null).expect("they all run");
    }
    cell.stop();
    let record = host.record("p.run", aether::ExitCode::Done, "done", Vec::new());
    assert_eq!(record.cells.len(), 101, "the plugin's, and those of the last hundred commands");
}

fn nobody_is_told_where_the_owners_secrets_are() {
    let lab = Lab::new();
    let host = host(
        &lab,
        "{ right: secret, name: key, answer: allow }, { right: command, name: tell, answer: allow }",
    );
    std::fs::remove_file(lab.path("key.txt")).expect("a file");
    let code = "import { get } from 'aether:secret'; import { run } from 'aether:command';
        const told = async (act) => { try { await act(); } catch (error) { return error.message; } };
        export default async () => [
            await told(async () => get('key', { token: await aether.elevate({ secret: 'key' }) })),
            await told(async () => run('tell', { token: await aether.elevate({ command: 'tell' }) })),
        ];";
    let cell = start(&host, &lab.load(&host, "p", code));
    let told = cell.call("run", Value::Null).expect("two messages");
    for message in told.as_array().expect("two") {
        let message = message.as_str().expect("a message");
        assert!(!message.contains("key.txt"), "{message}");
    }
    let records = lab.records(&host);
    let failed = records.iter().filter(|one| format!("{:?}", one.detail).contains("key.txt"));
    assert_eq!(failed.count(), 2, "their owner finds out: {records:?}");
}

/// Counts clients that are served at the same time; serves each for a while.
fn crowd() -> (u16, Arc<Mutex<(usize, usize)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a port").port();
    let count = Arc::new(Mutex::new((0, 0)));
    let shared = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming().take(40) {
            let (mut stream, count) = (stream.expect("a client"), Arc::clone(&shared));
            std::thread::spawn(move || {
                let mut count_of = count.lock().expect("numbers");
                count_of.0 += 1;
                count_of.1 = count_of.1.max(count_of.0);
                drop(count_of);
                std::thread::sleep(Duration::from_millis(100));
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                    head.push(byte[0]);
                }
                count.lock().expect("numbers").0 -= 1;
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                drop(stream.write_all(answer));
            });
        }
    });
    (port, count)
}

fn all_requests_of_a_cell_share_its_connections() {
    let lab = Lab::new();
    let (port, count) = crowd();
    let host = networked(&lab, port, "", false);
    let asks = format!(r#"{{ "network": {{ "domains": ["localhost:{port}"] }} }}"#);
    let code = "export default async ({ url }) => {
        const all = await Promise.all(Array.from({ length: 40 }, () => fetch(url)));
        return all.filter((answer) => answer.ok).length;
    };";
    let plugin = host.load(lab.plugin("p").permissions(&asks).main(code)).expect("a plugin");
    let cell = start(&host, &plugin);
    let url = format!("http://localhost:{port}/x");
    assert_eq!(cell.call("run", json!({ "url": url })), Ok(json!(40)));
    let (now, most) = *count.lock().expect("numbers");
    assert_eq!(now, 0);
    assert!((2..=16).contains(&most), "{most} at once");
}

/// A server of answers of so many bytes.
fn large(bytes: usize) -> u16 {
    serve(move |mut stream, _| {
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\nConnection: close\r\n\r\n");
        let body = vec![b'x'; bytes];
        drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)));
    })
}

/// Together more than the host keeps for a cell while they come in.
fn many_large_answers_at_once_all_arrive() {
    const EACH: usize = 12 << 20;
    let lab = Lab::new();
    let port = large(EACH);
    let host = networked(&lab, port, "", false);
    let asks = format!(r#"{{ "network": {{ "domains": ["localhost:{port}"] }} }}"#);
    let code = "export default async ({ url }) => {
        const size = async () => (await (await fetch(url)).arrayBuffer()).byteLength;
        return Promise.all(Array.from({ length: 8 }, size));
    };";
    let plugin = lab.plugin("p").permissions(&asks);
    let cell = start(&host, &host.load(plugin.main(code)).expect("a plugin"));
    let url = format!("http://localhost:{port}/x");
    assert_eq!(cell.call("run", json!({ "url": url })), Ok(json!(vec![EACH; 8])));
}
