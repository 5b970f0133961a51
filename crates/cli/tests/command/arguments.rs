//! What can be typed, and what comes of typing something else. Nothing here starts a cell.

use std::path::{Path, PathBuf};

use aether::source::{Source, json, yaml};
use aether_testkit::is_valid;
use serde_json::Value;

use crate::Stage;

#[test]
fn help_and_version_are_results() {
    let stage = Stage::new();
    let help = stage.run(&["--help"]);
    help.exits(0).is_inert();
    assert!(help.stderr.is_empty(), "{help}");
    for word in [
        "run",
        "call",
        "check",
        "diff",
        "apply",
        "discard",
        "audit",
        "doctor",
        "schema",
        "plugins",
        "new",
        "completions",
    ] {
        assert!(help.stdout.contains(&format!("\n  {word} ")), "no {word} in {help}");
    }
    for code in [0, 1, 2, 3, 4, 5, 6, 7, 70] {
        assert!(help.stdout.contains(&format!("\n{code:>4}  ")), "no {code} in {help}");
    }
    stage.run(&["--version"]).exits(0).prints(&format!("aether {}", env!("CARGO_PKG_VERSION")));
    let run = stage.run(&["run", "--help"]);
    run.exits(0)
        .prints_some("--inspect-security")
        .prints_some("aether-report where no DIR is given");
}

#[test]
fn what_cannot_be_understood_is_unusable() {
    let check = |arguments: &[&str], words: &str| {
        Stage::new().run(arguments).exits(2).prints_nothing().says(words);
    };
    check(&[], "Usage:");
    check(&["aply"], "a similar subcommand exists: 'apply'");
    check(&["call"], "<PLUGIN>");
    check(&["call", "p"], "<METHOD>");
    check(&["run", "p.yaml", "--inspect-securty"], "--inspect-security");
    check(&["run", "p.yaml", "--inspect-security", "x", "y"], "unexpected argument");
    check(&["run", "p.yaml", "--jobs", "many"], "--jobs");
    check(&["run", "p.yaml", "--jobs", "0"], "--jobs");
    check(&["run", "p.yaml", "--format", "xml"], "text, json");
    check(&["schema", "manifesto"], "manifest");
    check(&["completions", "cmd"], "bash");
    check(&["audit", "verify"], "<FILE>");
    check(&["plugins", "revoke"], "<PLUGIN>");
}

#[test]
fn schemas_are_json_schemas() {
    for name in ["manifest", "policy", "pipeline"] {
        let outcome = Stage::new().run(&["schema", name]);
        let schema: Value = outcome.exits(0).json();
        assert!(schema["$schema"].as_str().is_some_and(|uri| uri.contains("json-schema.org")));
        assert_eq!(schema["additionalProperties"], false, "{name}");
        assert!(outcome.stderr.is_empty(), "{outcome}");
    }
}

#[test]
fn the_schema_of_reports_is_the_committed_one() {
    let printed = Stage::new().run(&["schema", "report"]).exits(0).stdout.clone();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/report.schema.json");
    let committed = std::fs::read_to_string(path).expect("a schema");
    assert!(printed == committed, "write it anew: aether schema report > docs/report.schema.json");
}

#[test]
fn the_schema_of_the_protocol_knows_its_messages() {
    let schema = Stage::new().run(&["schema", "protocol"]).exits(0).json();
    let call = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": "kv.get", "params": { "key": "a" } });
    assert!(is_valid(&schema, &call));
    let mut wrong = call;
    wrong["params"]["more"] = Value::Null;
    assert!(!is_valid(&schema, &wrong));
}

/// Every file of these examples that an editor would know by its name.
fn examples(found: &mut Vec<PathBuf>, folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            examples(found, &path);
        } else if path.extension().is_some_and(|kind| kind == "yaml" || kind == "json") {
            found.push(path);
        }
    }
}

#[test]
fn the_examples_are_valid_by_the_schemas() {
    let stage = Stage::new();
    let schema = |name: &str| stage.run(&["schema", name]).exits(0).json();
    let (manifest, policy, pipeline) = (schema("manifest"), schema("policy"), schema("pipeline"));
    let mut files = Vec::new();
    examples(&mut files, &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples"));
    let mut checked = [0; 3];
    for file in files {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let source = Source::new(name.clone(), std::fs::read_to_string(&file).expect("a file"));
        let (schema, node, kind) = match name.as_str() {
            "aether-plugin.json" => (&manifest, json(&source), 0),
            name if name.ends_with("policy.yaml") => (&policy, yaml(&source), 1),
            name if name.ends_with(".yaml") => (&pipeline, yaml(&source), 2),
            _ => continue,
        };
        let value = node.unwrap_or_else(|problems| panic!("{problems:?}")).to_json();
        assert!(is_valid(schema, &value), "{}", file.display());
        checked[kind] += 1;
        // A schema that accepts anything would accept this too.
        let mut wrong = value.clone();
        wrong["unknown-to-all"] = Value::Null;
        assert!(!is_valid(schema, &wrong), "{}", file.display());
    }
    assert!(checked.iter().all(|count| *count > 0), "{checked:?}");
}

#[test]
fn completions_know_the_options() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = Stage::new().run(&["completions", shell]);
        outcome.exits(0).prints_some("inspect-security").prints_some("doctor");
    }
}

#[test]
fn nothing_is_remembered_at_first() {
    let stage = Stage::new();
    stage.run(&["plugins"]).exits(0).prints_nothing().says("Nothing is remembered.");
    stage.run(&["plugins", "list"]).exits(0).prints_nothing().says("Nothing is remembered.");
    stage.run(&["plugins", "revoke", "hello"]).exits(2).says("nothing is remembered about");
    for command in ["diff", "apply", "discard"] {
        stage.run(&[command]).exits(2).prints_nothing().says("no run has changes that wait");
        stage.run(&[command, "2026"]).exits(2).prints_nothing().says("no run is called");
    }
}

#[test]
fn a_new_plugin_is_made_once() {
    let stage = Stage::new();
    stage.run(&["new", "hello"]).exits(0).prints_nothing().says("aether call hello run");
    assert!(stage.text("hello/aether-plugin.json").contains("\"name\": \"hello\""));
    let before = stage.text("hello/main.js");
    let again = stage.run(&["new", "hello"]);
    again.exits(2).says("hello: ").says("name a folder that is not there yet");
    assert_eq!(stage.text("hello/main.js"), before);
    stage.run(&["new", "no/where/hello"]).exits(2).says("hello: ");
    for name in ["Hello", "my plugin", "-x", "ä", "..", "/"] {
        stage.run(&["new", "--", name]).exits(2).says("cannot be a plugin's name");
        assert_eq!(std::fs::read_dir(stage.path("")).expect("a folder").count(), 1, "{name}");
    }
}

#[test]
fn a_native_plugin_begins_as_the_example_of_its_language() {
    let stage = Stage::new();
    for (template, file) in [
        ("sh", "main.sh"),
        ("python", "main.py"),
        ("node", "main.js"),
        ("c", "main.c"),
        ("rust", "main.rs"),
    ] {
        let made = stage.run(&["new", "mine", "--template", template]);
        made.exits(0).prints_nothing().says("aether call mine run");
        let example = aether_docs_check::root().join("examples/native").join(template);
        let example = |file| std::fs::read_to_string(example.join(file)).expect("the example's");
        assert_eq!(stage.text(format!("mine/{file}")), example(file));
        let manifest = example("aether-plugin.json").replace(&format!("count-{template}"), "mine");
        assert_eq!(stage.text("mine/aether-plugin.json"), manifest);
        std::fs::remove_dir_all(stage.path("mine")).expect("a folder");
    }
    stage.run(&["new", "mine", "--template", "basic"]).exits(2).says("python");
}

#[test]
fn the_folder_that_one_is_in_gives_its_name() {
    let stage = Stage::new();
    std::fs::create_dir(stage.path("hello")).expect("a folder");
    stage.aether(&["new", "."]).within("hello").run().exits(0);
    assert!(stage.text("hello/aether-plugin.json").contains("\"name\": \"hello\""));
    stage.aether(&["new", "."]).within("hello").run().exits(2);
}

#[test]
fn every_error_says_what_to_do() {
    let stage = Stage::new();
    stage.file("log.jsonl", "");
    stage.file("p/main.js", "export default () => 1;");
    stage.file("p/aether-plugin.json", "{ \"permissions\": {} }");
    stage.file("missing.yaml", "policy: ./none.yaml\nsteps: [{ id: a, plugin: ./p }]\n");
    let check = |line: &[&str], words: &[&str]| {
        let outcome = stage.run(line);
        outcome.exits(2).prints_nothing().says("help:");
        words.iter().for_each(|words| {
            outcome.says(words);
        });
    };
    check(&["call", "nosuch", "run"], &["nosuch", "aether new"]);
    check(&["check", "nosuch"], &["nosuch", "a pipeline's file, or a plugin's folder"]);
    check(&["run", "nosuch"], &["nosuch", "a pipeline's file, or a plugin's folder"]);
    check(&["call", "p", "run", "--policy", "/nope"], &["/nope", "--policy FILE"]);
    check(&["call", "p", "run", "--input", "@nofile"], &["nofile", "--input @FILE"]);
    check(
        &["call", "p", "run", "--input", "{\"a\":1,\"a\":2}"],
        &["--input cannot be used", "duplicate key"],
    );
    check(&["audit", "verify", "nope"], &["nope", "audit.jsonl"]);
    check(&["audit", "show", "log.jsonl", "--kind", "dnied"], &["did you mean `denied`?", "grant"]);
    check(&["run", "missing.yaml"], &["missing.yaml:1:9", "`./none.yaml`"]);
    check(&["check", "missing.yaml"], &["missing.yaml:1:9"]);
    check(&["apply"], &["no run has changes that wait"]);
    let home = stage.aether(&["call", "p", "run"]).without("AETHER_STATE_DIR").env("HOME", "/proc");
    home.run().exits(2).says("set AETHER_STATE_DIR to a folder of your own");
}

#[test]
fn a_log_that_is_not_there_cannot_be_looked_at() {
    let stage = Stage::new();
    for word in ["verify", "show"] {
        stage.run(&["audit", word, "none.jsonl"]).exits(2).prints_nothing().says("none.jsonl");
    }
}

#[test]
fn targets_that_are_not_there() {
    let stage = Stage::new();
    for arguments in [&["run", "none.yaml"][..], &["check", "none.yaml"], &["call", "none", "run"]]
    {
        stage.run(arguments).exits(2).prints_nothing().says("none");
    }
}
