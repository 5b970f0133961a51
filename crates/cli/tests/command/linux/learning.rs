//! What `aether learn` sees is enough for what it saw: for each runtime, and for everything that a
//! manifest can ask for and a plugin can be denied.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};

use aether_docs_check::root;
use aether_testkit::{Outcome, Signal};
use serde_json::{Value, json};

use crate::Stage;

/// A manifest that asks for nothing.
fn modest(stage: &Stage, name: &str, more: &str) {
    let text = format!("{{\n  \"name\": \"{name}\",{more}\n  \"permissions\": {{}}\n}}\n");
    stage.file(format!("{name}/aether-plugin.json"), text);
}

/// Learns from it, has each of the plugins ask for what is suggested, and gives what is refused when it
/// is run again.
#[track_caller]
fn round_trip(stage: &Stage, line: &[&str], plugins: &[&str]) -> Vec<(String, String)> {
    let learned = run(stage, &[&["learn", "--runs", "1", "--"], line].concat());
    learned.exits(0).no_panic().prints_nothing().says("nothing more is denied");
    for plugin in plugins {
        run(stage, &["suggest", plugin, "--write"]).exits(0).no_panic();
    }
    refused(stage, line)
}

#[track_caller]
fn run(stage: &Stage, line: &[&str]) -> Outcome {
    let command = stage.aether(line);
    command.env("LANG", "C.UTF-8").env("HOME", "/nowhere").env("DEPLOY_KEY", "hunter2").run()
}

/// What a run was refused.
#[track_caller]
fn refused(stage: &Stage, line: &[&str]) -> Vec<(String, String)> {
    run(stage, &[line, &["--inspect-security=report"]].concat()).exits(0).no_panic();
    let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    let cells = report["cells"].as_array().expect("cells").iter();
    let all = cells.flat_map(|cell| cell["violations"].as_array().expect("a list"));
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    all.map(|one| (text(one, "permission"), text(one, "object"))).collect()
}

fn permissions(stage: &Stage, plugin: &str) -> Value {
    let text = stage.text(format!("{plugin}/aether-plugin.json"));
    serde_json::from_str::<Value>(&text).expect("JSON")["permissions"].clone()
}

/// A server on loopback that answers everything with what it was told to be.
fn server() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            let is_told = String::from_utf8_lossy(&head).contains("hunter2");
            let body = if is_told { "known" } else { "stranger" };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    port
}

const EVERYTHING: &str = r#"
    import * as env from "aether:env";
    import * as events from "aether:events";
    import * as fs from "aether:fs";
    import * as kv from "aether:kv";
    import * as plugins from "aether:plugins";
    import { fetch } from "aether:http";
    export default async function run({ port }) {
        const heard = [];
        await events.on("news.*", (data) => { heard.push(data); });
        const texts = [];
        for (const { name } of await fs.list("./in")) texts.push(await fs.readText(`./in/${name}`));
        await fs.writeText("./out/all.txt", texts.join(" "));
        await kv.set("n", ((await kv.get("n")) ?? 0) + 1);
        await events.emit("done.well", { n: 1 });
        const headers = { Authorization: "Bearer secret://deploy-key" };
        const response = await fetch(`http://localhost:${port}/v1/x?q=1`, { headers });
        const answer = await response.text();
        return [texts, env.get("LANG"), await plugins.call("helper.double", 21), answer];
    }
"#;

const HELPER: &str = r#"
    import { readText } from "aether:fs";
    export const double = async (n) => n * Number(await readText("./factor"));
"#;

#[test]
fn javascript_with_files_network_secrets_events_values_and_another_plugin() {
    let (stage, port) = (Stage::new(), server());
    modest(&stage, "p", "");
    stage.file("p/main.js", EVERYTHING);
    modest(&stage, "helper", "");
    stage.file("helper/main.js", HELPER);
    stage.file("in/a.txt", "one");
    stage.file("in/b.txt", "two");
    stage.file("in/id_rsa", "nobody's business");
    stage.file("factor", "2");
    let policy = format!(
        "version: 1
secrets: {{ deploy-key: {{ from: \"env:DEPLOY_KEY\", hosts: [\"localhost:{port}\"] }} }}
plugins:
  p:
    allow:
      filesystem: {{ read: [\"./in/**\"], write: [\"./out/\"] }}
      environment: [LANG]
      network: {{ domains: [\"localhost:{port}\"], private: [\"localhost:{port}\"] }}
      plugins: [helper.double]
      secrets: [deploy-key]
      events: {{ emit: [\"done.*\"], on: [\"news.*\"] }}
  helper:
    allow: {{ filesystem: {{ read: [./factor] }} }}
    callers: [p]
"
    );
    stage.file("policy.yaml", policy);
    let input = format!("{{\"port\":{port}}}");
    let line =
        ["call", "p", "run", "--input", &input, "--policy", "policy.yaml", "--with", "helper"];
    assert_eq!(round_trip(&stage, &line, &["p", "helper"]), []);
    let result = run(&stage, &line);
    result.exits(0).prints(r#"[["one","two"],"C.UTF-8",42,"known"]"#);
    let expect = json!({
        "filesystem": { "read": ["./in/a.txt", "./in/b.txt"], "write": ["./out/all.txt"] },
        "network": { "domains": [format!("GET localhost:{port}/v1/x")] },
        "environment": ["LANG"],
        "plugins": ["helper.double"],
        "secrets": ["deploy-key"],
        "events": { "emit": ["done.well"], "on": ["news.*"] },
    });
    assert_eq!(permissions(&stage, "p"), expect);
    let expect = json!({ "filesystem": { "read": ["./factor"] } });
    assert_eq!(permissions(&stage, "helper"), expect);
}

#[test]
fn one_plugin_in_three_languages_under_a_policy_that_allows_less_than_it_tries() {
    let policy = "version: 1
plugins:
  tally:
    allow:
      environment: [LANG, HOME]
      plugins: [nobody.anything]
      events: { emit: [\"tally.*\", other.topic] }
  nobody: { allow: {}, callers: [tally] }
";
    for language in ["javascript", "rust", "python"] {
        let stage = Stage::new();
        let example = root().join("examples/alike").join(language);
        let manifest = std::fs::read_to_string(example.join("aether-plugin.json"));
        let mut manifest: Value = serde_json::from_str(&manifest.expect("a file")).expect("JSON");
        manifest["permissions"] = json!({});
        stage.file("tally/aether-plugin.json", manifest.to_string());
        for name in ["main.js", "main.wasm", "main.py"] {
            if let Ok(bytes) = std::fs::read(example.join(name)) {
                stage.file(format!("tally/{name}"), bytes);
            }
        }
        modest(&stage, "nobody", "");
        stage.file("nobody/main.js", "export const anything = () => 1;");
        stage.file("policy.yaml", policy);
        let line = ["call", "tally", "run", "--input", r#"{"text":"b a b"}"#];
        let line = [&line[..], &["--policy", "policy.yaml", "--with", "nobody"]].concat();
        let left = round_trip(&stage, &line, &["tally"]);
        let beyond = |(permission, object): &(String, String)| {
            permission == "network.domains" && object == "denied.example"
                || permission == "secrets"
                || object.contains("key")
        };
        assert!(left.iter().all(beyond), "{language}: {left:?}");
        assert!(!left.is_empty(), "{language}: the policy refuses that still");
        let expect = json!({
            "environment": ["HOME", "LANG"],
            "plugins": ["nobody.anything"],
            "events": { "emit": ["other.topic", "tally.counted"] },
        });
        assert_eq!(permissions(&stage, "tally"), expect, "{language}");
    }
}

const ALLOWED: &str = "version: 1
plugins:
  \"*\":
    allow:
      filesystem: { read: [\"./*.txt\", \"./in/**\"], write: [\"./out/\"] }
      process: [wc]
";

#[test]
fn a_component_that_lists_files_and_reads_them() {
    let stage = Stage::new();
    modest(&stage, "p", "\n  \"runtime\": \"wasm\",");
    let wasm = std::fs::read(root().join("examples/wasm/rust/main.wasm")).expect("a component");
    stage.file("p/main.wasm", wasm);
    stage.file("a.txt", "one two\n");
    stage.file("b.txt", "three\n");
    stage.file("c.md", "none of it");
    stage.file("policy.yaml", ALLOWED);
    let line = ["call", "p", "run", "--policy", "policy.yaml"];
    assert_eq!(round_trip(&stage, &line, &["p"]), []);
    let expect = json!({ "filesystem": { "read": ["./a.txt", "./b.txt"] } });
    assert_eq!(permissions(&stage, "p"), expect);
    run(&stage, &line).exits(0).prints(r#"{"files":2,"lines":2,"words":3}"#);
}

const SHELL: &str = r#"
    tell() { printf '{"jsonrpc":"2.0",%s}\n' "$1"; }
    while read -r line; do
        id=${line#*\"id\":} id=${id%%,*}
        method=${line#*\"method\":\"} method=${method%%\"*}
        case $method in
            hello) tell "\"id\":$id,\"result\":{\"protocol\":1,\"engine\":\"sh\"}" ;;
            load) tell "\"id\":$id,\"result\":{\"exports\":[\"run\"]}" ;;
            call)
                lines=0
                for file in in/*; do
                    [ -f "$file" ] && lines=$((lines + $(wc -l <"$file")))
                done
                echo "$lines" >out/count
                tell "\"id\":$id,\"result\":{\"output\":{\"json\":$lines}}" ;;
            shutdown) exit ;;
        esac
    done
"#;

#[test]
fn a_native_plugin_that_lists_files_writes_one_and_starts_a_program() {
    let stage = Stage::new();
    let entry = "\n  \"runtime\": \"native\",\n  \"entry\": [\"sh\", \"main.sh\"],";
    modest(&stage, "p", entry);
    stage.file("p/main.sh", SHELL);
    stage.file("in/a", "1\n2\n");
    stage.file("in/.env", "3\n");
    stage.file("in/deep/b", "4\n");
    stage.file("out/old", "");
    stage.file("policy.yaml", ALLOWED);
    let line = ["call", "p", "run", "--policy", "policy.yaml"];
    assert_eq!(round_trip(&stage, &line, &["p"]), []);
    let expect = json!({
        "filesystem": { "read": ["./in/a"], "write": ["./out/count"] },
        "process": ["wc"],
    });
    assert_eq!(permissions(&stage, "p"), expect);
    run(&stage, &line).exits(0).prints("2").says("out/count");
    assert!(!stage.path("out/count").exists(), "what it wrote stayed aside");
}

#[test]
fn what_is_sensitive_stays_closed_in_a_folder_that_is_shown() {
    let stage = Stage::new();
    modest(&stage, "p", "");
    stage.file(
        "p/main.js",
        "import * as fs from 'aether:fs';
         const walk = async (at) => (await Promise.all((await fs.list(at)).map(async ({ name }) => {
           try { return await walk(`${at}/${name}`); } catch {}
           return await fs.readText(`${at}/${name}`).catch(({ code }) => code);
         }))).flat();
         export default () => walk('./home');",
    );
    for name in [".env", ".ssh/id_ed25519", "keys/a.pem", "keys/readme", "notes/a"] {
        stage.file(format!("home/{name}"), format!("this is {name}"));
    }
    for number in 0..12 {
        stage.file(format!("home/f{number}x"), "one of many");
    }
    let learned = stage.run(&["learn", "--runs", "0", "--", "run", "p"]);
    learned.exits(0).says("is shown /workspace/home");
    let shown = stage.run(&["suggest", "p"]);
    shown.exits(0).prints_some("./home/notes/a").prints_some("./home/keys/readme");
    for closed in [".env", "id_ed25519", "a.pem"] {
        assert!(!shown.stdout.contains(closed), "{closed}: {shown}");
    }
    // So many files of a folder would be the folder as a whole, and that would be its `.env` too.
    shown.prints_some("./home/f11x");
    let json = stage.run(&["suggest", "p", "--format", "json"]).exits(0).json();
    let lines = json["lines"].as_array().expect("lines");
    assert!(lines.iter().all(|line| !line["entry"].as_str().expect("text").contains('*')));
}

#[test]
fn what_the_policy_refuses_is_told_and_not_asked_for() {
    let stage = Stage::new();
    modest(&stage, "p", "");
    stage.file(
        "p/main.js",
        "import * as fs from 'aether:fs'; import * as env from 'aether:env';
         const attempt = async (act) => { try { return await act(); } catch ({ code }) { return code; } };
         export default async () => [
           await attempt(() => fs.readText('./in.txt')), await attempt(() => env.get('LANG')),
         ];",
    );
    stage.file("in.txt", "text");
    stage.file("policy.yaml", ALLOWED);
    let line = ["run", "p", "--policy", "policy.yaml"];
    let learned = stage.run(&[&["learn", "--runs", "0", "--"], &line[..]].concat());
    learned.exits(0).says("since policy.yaml refuses it: p: environment LANG");
    learned.says("round 1: p: filesystem.read ./in.txt").says("round 2: nothing more");
    let shown = stage.run(&["suggest", "p", "--write"]);
    shown.exits(0).prints_some("environment `LANG`, once: it was denied");
    stage.run(&line).exits(0).prints_some("\"text\"");
    // A run that nobody learns from says what it lacked.
    let shown = stage.run(&["suggest", "p"]);
    shown.exits(0).prints_some("1 entry").prints_some("LANG");
    // Nothing at all can be learned from what does not start.
    let greedy = "{ \"name\": \"p\", \"permissions\": { \"environment\": [\"LANG\"] } }";
    stage.file("p/aether-plugin.json", greedy);
    let refused = stage.run(&[&["learn", "--"], &line[..]].concat());
    refused.exits(3).says("nothing was learned").says("run it by itself").never_says("round 2");
}

#[test]
fn nobody_is_said_to_have_agreed_to_what_is_only_learned_from() {
    let stage = Stage::new();
    modest(&stage, "p", "");
    stage.file(
        "p/main.js",
        "import * as env from 'aether:env'; export default async () => env.get('LANG');",
    );
    stage.run(&["learn", "--runs", "0", "--", "run", "p"]).exits(0);
    let runs = std::fs::read_dir(stage.state().join("runs")).expect("runs");
    let mut answers = Vec::new();
    for run in runs.map(|run| run.expect("a run").path().join("audit.jsonl")) {
        let text = std::fs::read_to_string(run).expect("a log");
        let records = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let consents = records.filter(|record| record["kind"] == "consent");
        answers.extend(consents.map(|one| (one["action"].clone(), one["plugin"].clone())));
    }
    assert!(answers.iter().all(|(answer, _)| answer == "learning"), "{answers:?}");
    assert!(answers.iter().any(|(_, plugin)| plugin == "p"), "{answers:?}");
    stage.run(&["plugins"]).exits(0).prints_nothing();
}

#[test]
fn a_log_that_was_cut_off_is_used_as_far_as_it_goes_and_one_that_is_broken_is_not() {
    let stage = Stage::new();
    stage.plugin("p").main(
        "import * as fs from 'aether:fs';
         export default async (input, ctx) => {
           await fs.readText('./early.txt').catch(() => {});
           // By then it is on disk.
           await new Promise((done) => setTimeout(done, 1000));
           ctx.log.info('armed');
           for (;;) await new Promise((done) => setTimeout(done, 10));
         };",
    );
    stage.aether(&["run", "p"]).run_signalled_after("armed", &[Signal::KILL]);
    let run = std::fs::read_dir(stage.state().join("runs")).expect("runs").next().expect("a run");
    let run = run.expect("a run").path();
    let name = run.file_name().expect("a name").to_string_lossy().into_owned();
    let suggest = ["suggest", "p", "--run", &name];
    let killed = stage.run(&suggest);
    killed.exits(0).prints_some("./early.txt").says("it has no end").says("the run was stopped");
    let log = run.join("audit.jsonl");
    let text = std::fs::read_to_string(&log).expect("a log");
    let lines = text.lines().count();
    std::fs::write(&log, format!("{text}{{\"v\":1,\"seq\":")).expect("a log");
    let torn = stage.run(&suggest);
    torn.exits(0).prints_some("./early.txt");
    torn.says(&format!("audit.jsonl: line {} is cut off", lines + 1));
    std::fs::write(&log, text.replacen("{\"v\"", "\"v\"", 2)).expect("a log");
    let broken = stage.run(&suggest);
    broken.exits(2).prints_nothing().says("line 1 of the audit log is not a record");
    broken.says("aether audit verify");
    std::fs::remove_file(&log).expect("a log");
    stage.run(&suggest).exits(2).says("audit.jsonl").no_panic();
}

#[test]
fn a_run_that_the_plugin_was_not_in_tells_nothing_of_it() {
    let stage = Stage::new();
    for name in ["p", "q"] {
        stage.plugin(name).main("export default () => 1;");
    }
    stage.run(&["run", "p"]).exits(0);
    let run = std::fs::read_dir(stage.state().join("runs")).expect("runs").next().expect("a run");
    let name = run.expect("a run").file_name().to_string_lossy().into_owned();
    stage.run(&["suggest", "q", "--run", &name]).exits(2).says("`q` was not in the run");
    stage.run(&["suggest", "q"]).exits(2).says("no run is kept that `q` was in");
}

#[test]
fn the_patch_is_there_for_programs_too() {
    let stage = Stage::new();
    modest(&stage, "p", "");
    stage.file(
        "p/main.js",
        "import * as env from 'aether:env'; export default async () => env.get('LANG');",
    );
    stage.run(&["learn", "--runs", "0", "--", "run", "p"]).exits(0);
    let json = stage.run(&["suggest", "p", "--format", "json"]).exits(0).json();
    let patch = json["patch"].as_str().expect("a patch");
    assert!(patch.starts_with("--- p/aether-plugin.json\n+++ "), "{patch}");
    assert!(patch.contains("\n+  \"permissions\": { \"environment\": [\"LANG\"] }"), "{patch}");
}

/// Does the same each time, unless it is told otherwise.
const USUAL: &str = "
    import * as kv from 'aether:kv';
    export default async ({ odd }) => {
      for (let n = 0; n < 30; n++) { await kv.set('a', n); await kv.get('a'); }
      if (odd) for (let n = 0; n < 30; n++) { await kv.keys(); await kv.delete('a'); await kv.delete('b'); }
      return 'done';
    };
";

#[test]
fn a_model_is_of_one_version_of_a_plugins_code() {
    let stage = Stage::new();
    stage.plugin("p").main(USUAL);
    let call = |input: &str| {
        stage.run(&["call", "p", "run", "--input", input, "--inspect-security=report"]).exits(0);
        let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
        let findings = report["cells"][0]["findings"].as_array().cloned().unwrap_or_default();
        let found = findings.iter().any(|one| one["rule"] == "unseen-sequences");
        (found, report["notes"].to_string())
    };
    let odd = r#"{"odd":true}"#;
    assert!(!call(odd).0, "nothing was learned yet");
    let line = ["learn", "--runs", "12", "--", "call", "p", "run", "--input", "{}"];
    stage.run(&line).exits(0);
    assert!(stage.state().join("models/p.json").exists());
    let (found, notes) = call("{}");
    assert!(!found && !notes.contains("learned"), "{notes}");
    assert!(call(odd).0, "it does what it did in no run");
    // What it asks for is no part of what it does.
    let manifest = stage.text("p/aether-plugin.json");
    stage.file("p/aether-plugin.json", format!("{manifest} "));
    assert!(call(odd).0);
    // One byte of its code is.
    stage.file("p/main.js", format!("{USUAL} "));
    let (found, notes) = call(odd);
    assert!(!found, "the model is of other code");
    assert!(notes.contains("what was learned of `p` is not used"), "{notes}");
    assert!(notes.contains("of other code of this plugin"), "{notes}");
    let log = stage.text("report/audit.jsonl");
    let record = log.lines().find(|line| line.contains("\"action\":\"model\"")).expect("a record");
    assert!(record.contains("\"verdict\":\"failed\""), "{record}");
    stage.run(&line).exits(0);
    let (found, notes) = call(odd);
    assert!(found && !notes.contains("not used"), "{notes}");
}
