//! The examples of the documents, run.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use aether::policy::policy::{Policy, PolicyOrigin};
use aether::source::Source;
use aether::{Answer, Host, StartOptions, pipelines};
use aether_docs_check::{blocks, read, root};
use serde_json::{Value, json};

const POLICY: &str = "examples/docs/aether-policy.yaml";

fn policy(path: &str) -> Policy {
    let zones = jiff::tz::db();
    let policy = Policy::parse(Source::new(path, read(path)), PolicyOrigin::Named, zones).unwrap();
    assert!(policy.warnings.is_empty(), "{path}: {:?}", policy.warnings);
    policy
}

/// A folder with the examples' texts in it.
fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("texts")).unwrap();
    for name in ["fox.txt", "second.txt"] {
        let to = folder.path().join("texts").join(name);
        fs::copy(root().join("examples/docs/texts").join(name), to).unwrap();
    }
    folder
}

fn host(workdir: &Path, policy_file: &str) -> Host {
    let builder = Host::builder().workdir(workdir).policy(policy(policy_file));
    builder.cell_program(env!("CARGO_BIN_EXE_embed")).build().unwrap()
}

fn example(name: &str) -> PathBuf {
    root().join("examples/docs").join(name)
}

#[track_caller]
fn check(plugin: &str, method: &str, input: Value, expect: Value) {
    let folder = workspace();
    let host = host(folder.path(), POLICY);
    let plugin = host.load(example(plugin)).unwrap();
    let errors: Vec<String> = plugin.check().iter().map(ToString::to_string).collect();
    let result = host.call_once(&plugin, &StartOptions::default(), method, input, None);
    assert_eq!(result.unwrap(), expect, "{errors:?}");
}

#[test]
fn methods() {
    check("methods", "add", json!({ "a": 1, "b": 2 }), json!({ "sum": 3 }));
    check("methods", "later", json!({}), json!("done"));
    check("declared", "half", json!({ "of": 3 }), json!(1.5));
    check("methods", "run", json!({}), json!(null));
    let plugin = json!({ "name": "methods", "version": "1.0.0" });
    let expect = json!({ "plugin": plugin, "method": "about", "left": true, "aborted": false });
    check("methods", "about", json!({}), expect);
}

#[test]
fn single_operations_beyond_the_grant() {
    let folder = workspace();
    fs::create_dir(folder.path().join("site")).unwrap();
    let host = host(folder.path(), "examples/docs/elevation/aether-policy.yaml");
    let plugin = host.load(example("elevation")).unwrap();
    let call = |method, input| {
        host.call_once(&plugin, &StartOptions::default(), method, input, None).unwrap()
    };
    let want = json!({ "right": "host-write", "path": "/workspace/site/index.html" });
    let asked = call("ask", json!({ "page": "<p>hi" }));
    assert_eq!(asked, json!(["CapabilityRequired", want]));
    assert!(!folder.path().join("site/index.html").exists());
    call("run", json!({ "page": "<p>hi" }));
    assert_eq!(fs::read_to_string(folder.path().join("site/index.html")).unwrap(), "<p>hi");
}

#[test]
fn logging() {
    check("logging", "run", json!({}), json!(null));
}

#[test]
fn files() {
    let expect = json!({
        "text": "The quick brown fox\njumps over the lazy dog.\n",
        "first": "quick", "lines": 2, "kind": "file", "size": 8,
        "names": ["a.txt file 8", "deep directory 0"],
        "tree": ["./out/a.txt", "./out/deep", "./out/deep/b.bin", "./out/deep/er"],
        "gone": true,
    });
    check("files", "run", json!({}), expect);
    check("word-count", "run", json!({}), json!({ "./texts/fox.txt": 9, "./texts/second.txt": 6 }));
    check("node-files", "run", json!({}), json!({ "bytes": 45 }));
}

#[test]
fn variables() {
    let folder = workspace();
    let host = host(folder.path(), POLICY);
    let plugin = host.load(example("variables")).unwrap();
    let result = host.call_once(&plugin, &StartOptions::default(), "run", json!({}), None).unwrap();
    let set = std::env::var("LANG").ok();
    assert_eq!(result["language"], json!(set.clone().unwrap_or_else(|| "not set".to_owned())));
    assert_eq!(result["names"], if set.is_some() { json!(["LANG"]) } else { json!([]) });
}

#[test]
fn store_blobs_and_clocks() {
    check("blobs", "run", json!({}), json!({ "bytes": 1_000_000, "gone": "ENOENT" }));
    let users = json!(["user:ada", "user:bob"]);
    check("store", "run", json!({}), json!({ "visits": 1, "users": users, "deleted": true }));
    check("clocks", "run", json!({}), json!({ "slept": true, "today": true }));
}

#[test]
fn errors() {
    let denied = json!({
        "code": "ERR_ACCESS_DENIED",
        "permission": "FileSystemRead",
        "resource": "/etc/shadow",
        "fix": r#""permissions": { "filesystem": { "read": ["./texts/**", "/etc/shadow"] } }"#,
    });
    let expect = json!({
        "denied": denied,
        "missing": "ENOENT",
        "blocked": "ERR_MODULE_BLOCKED",
        "unknown": "ERR_MODULE_NOT_FOUND",
        "network": "ERR_ACCESS_DENIED",
    });
    check("errors", "run", json!({}), expect);
}

#[test]
fn web_and_modules() {
    let expect = json!({
        "query": "a b", "sha256": "ba7816bf8f01cfea", "uuid": 36, "random": 4, "copy": 1,
        "base64": "aGVsbG8=", "heard": 1, "aborted": true, "micro": "ran", "time": "number",
    });
    check("web", "run", json!({}), expect);
    let here = "aether://plugin/main.js";
    let expect = json!({ "double": 4, "triple": 6, "table": { "one": 1 }, "here": here });
    check("modules", "run", json!({}), expect);
    let expect = json!({ "name": "fox", "hex": "616574686572", "heard": ["hello"], "equal": true });
    check("node-modules", "run", json!({}), expect);
}

#[test]
fn the_pipeline() {
    let folder = workspace();
    let path = "examples/docs/pipeline.yaml";
    let mut plan = pipelines::parse(Source::new(path, read(path))).unwrap();
    assert!(plan.warnings().is_empty());
    plan.set_input("texts", "texts").unwrap();
    plan.anchor(&root().join("examples/docs"), folder.path());
    let options = pipelines::Options { parallel: Some(1), cancel: None };
    let run = host(folder.path(), POLICY).run_pipeline(&plan, options, &mut |_| {}).unwrap();
    let expect = json!({ "words": 15, "text": "Counted: 15 words, clocks ok" });
    assert_eq!(run.report.output, Some(Ok(expect)));
}

#[test]
fn plugins_together() {
    let folder = workspace();
    let host = host(folder.path(), "examples/docs/together/aether-policy.yaml");
    let load = |name: &str| host.load(example("together").join(name)).unwrap();
    let options = StartOptions::default();
    host.offer(&load("glossary"), &options).unwrap();
    let start = |name: &str| host.start(&load(name), &options).unwrap();
    let (asks, tally) = (start("asks"), start("tally"));
    let ask = |word: &str| asks.call("run", json!({ "word": word })).unwrap();
    let meaning = "the confined process that runs one plugin";
    assert_eq!(ask("cell"), json!({ "meaning": meaning, "caller": "asks" }));
    assert_eq!(ask("jail"), "glossary.explain: exception");
    assert_eq!(ask("cell"), json!({ "meaning": meaning, "caller": "asks" }));
    let heard = ["words.asked from asks: jail", "words.asked from asks: cell"];
    assert_eq!(asks.call("heard", json!({})).unwrap(), json!(heard), "since it was started");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let total = tally.call("total", json!({})).unwrap();
        if total == json!({ "cell": 2, "jail": 1 }) {
            break;
        }
        assert!(std::time::Instant::now() < until, "{total}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    for name in ["asks", "glossary", "tally"] {
        assert!(load(name).check().is_empty(), "{name}");
    }
    host.withdraw();
}

/// Policies of which no plugin here makes use.
#[test]
fn the_other_policies_can_be_read() {
    policy("examples/docs/rates/aether-policy.yaml");
    let policy = policy("examples/docs/elevation/aether-policy.yaml");
    assert!(policy.secret("signing-key").is_some() && policy.command("sign").is_some());
    assert!(policy.rule_for("publisher").is_some_and(|rule| rule.allows_caller("acme-x")));
}

#[test]
fn the_policy_of_the_readme_allows_its_plugin() {
    let folder = workspace();
    let host = host(folder.path(), "examples/docs/word-count.policy.yaml");
    let plugin = host.load(example("word-count")).unwrap();
    host.call_once(&plugin, &StartOptions::default(), "run", json!({}), None).unwrap();
    let changes = host.changes();
    let paths: Vec<&str> = changes
        .iter()
        .flat_map(|(_, changes)| changes.changes())
        .map(|change| change.path.as_str())
        .collect();
    assert_eq!(paths, ["/workspace/out", "/workspace/out/words.json"]);
    assert!(!folder.path().join("out").exists(), "nothing on disk has changed");
}

#[test]
fn the_program_that_embeds_runs() {
    let output = Command::new(env!("CARGO_BIN_EXE_embed")).current_dir(root()).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let expect = "\
{\"./texts/fox.txt\":9,\"./texts/second.txt\":6}
it ended normally
would write /workspace/out
would write /workspace/out/words.json
";
    assert_eq!(told, expect, "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success());
}

#[test]
fn a_person_who_says_no_is_heeded() {
    let folder = workspace();
    let builder = Host::builder().workdir(folder.path()).ask(|_| Answer::Refuse);
    let host = builder.cell_program(env!("CARGO_BIN_EXE_embed")).build().unwrap();
    let plugin = host.load(example("word-count")).unwrap();
    let error = host.start(&plugin, &StartOptions::default()).unwrap_err();
    assert_eq!(error.exit_code(), aether::ExitCode::Refused);
}

/// The whole client of the protocol's page, which is the block's text and nothing else.
#[test]
fn the_client_of_the_protocol() {
    let text = read("docs/protocol.md");
    let code = blocks(&text).into_iter().find(|block| block.language == "python").unwrap();
    assert!(code.text.lines().count() < 40, "it is no longer a short one");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.py"), &code.text).unwrap();
    let manifest = read("examples/docs/client/aether-plugin.json");
    fs::write(folder.path().join("aether-plugin.json"), manifest).unwrap();
    let workspace = workspace();
    let host = host(workspace.path(), POLICY);
    let plugin = host.load(folder.path()).unwrap();
    let cell = host.start(&plugin, &StartOptions::default()).unwrap();
    for visits in [1, 2] {
        let said = cell.call("greet", json!({ "name": "Ada" })).unwrap();
        assert_eq!(said, json!({ "hello": "Ada", "visits": visits }));
    }
    let error = cell.call("greet", json!({})).unwrap_err();
    assert!(error.to_string().contains("name"), "{error}");
    assert!(matches!(cell.stop(), aether::Ending::Normal));
}

/// The session with the host: its lines are what the protocol writes, and the example in sh answers
/// them with the plugin's.
#[test]
fn the_session_with_a_native_plugin() {
    use aether_protocol::message::{notification, request};
    use aether_protocol::v1::{Call, Empty, Hello, Load};
    use aether_protocol::{Id, Message};
    let session = read("examples/native/session.txt");
    let of = |side: &str| -> Vec<&str> {
        session.lines().filter_map(|line| line.strip_prefix(side).map(str::trim_start)).collect()
    };
    let (host, plugin) = (of("host:"), of("plugin:"));
    for line in &host {
        let again = |id: &Id, method: &str, params: &str| match method {
            "hello" => request(id, method, &serde_json::from_str::<Hello>(params).unwrap()),
            "load" => request(id, method, &serde_json::from_str::<Load>(params).unwrap()),
            _ => request(id, method, &serde_json::from_str::<Call>(params).unwrap()),
        };
        let written = match Message::parse(line.as_bytes()).unwrap() {
            Message::Request { id, method, params } => again(&id, method, params).unwrap(),
            Message::Notification { method, .. } => notification(method, &Empty {}).unwrap(),
            Message::Response { .. } => panic!("the host answers nothing here: {line}"),
        };
        assert_eq!(String::from_utf8(written).unwrap().trim_end(), *line);
    }
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("said");
    fs::write(&input, host.join("\n") + "\n").unwrap();
    let answers = Command::new("sh")
        .arg(root().join("examples/native/sh/main.sh"))
        .current_dir(root().join("examples/docs/texts"))
        .stdin(fs::File::open(&input).unwrap())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(answers.stdout).unwrap().trim_end(), plugin.join("\n"));
}

/// The parser of AppArmor, of a version that knows user namespaces.
fn apparmor_parser() -> Result<&'static str, String> {
    const PARSER: &str = "apparmor_parser";
    let said = Command::new(PARSER).arg("--version").output();
    let said = said.map_err(|error| format!("{PARSER}: {error}"))?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let words = said.lines().next().unwrap_or_default();
    let number = words.rsplit(' ').next().and_then(|version| version.split('.').next());
    match number.and_then(|number| number.parse::<u32>().ok()) {
        Some(4..) => Ok(PARSER),
        _ => Err(format!("{words:?} is older than the rule for user namespaces")),
    }
}

#[test]
fn the_profile_is_one_for_apparmor() {
    let parser = match apparmor_parser() {
        Ok(parser) => parser,
        Err(why) => return aether_testkit::skip("the_profile_is_one_for_apparmor", &why),
    };
    let folder = tempfile::tempdir().unwrap();
    let compile = |text: &str| {
        let profile = folder.path().join("profile");
        fs::write(&profile, text).unwrap();
        // Neither into the kernel nor into a cache.
        let said = Command::new(parser).args(["-Q", "-K"]).arg(profile).output().unwrap();
        (said.status.success(), String::from_utf8_lossy(&said.stderr).into_owned())
    };
    let text = read("examples/docs/apparmor.profile");
    let (compiles, said) = compile(&text);
    assert!(compiles, "{said}");
    assert!(!compile(&text.replace("userns,", "usernss,")).0, "the parser reads it");
}
