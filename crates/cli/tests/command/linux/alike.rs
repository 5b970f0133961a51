//! One plugin in three languages: whoever looks from outside sees no difference.

use std::path::Path;

use aether_docs_check::root;
use serde_json::{Value, json};

use crate::Stage;

/// What an outsider sees of one call.
#[derive(Debug, PartialEq)]
struct Seen {
    result: String,
    /// Of the audit log, from the call to its end.
    records: Vec<Value>,
    /// What was refused, as the report has it.
    refused: Vec<Value>,
    posture: usize,
}

/// Calls it twice, and looks at the second.
fn call(language: &str, policy: &str, enforced: usize) -> Seen {
    let stage = Stage::new();
    let plugin = root().join("examples/alike").join(language).display().to_string();
    let line = ["call", &plugin, "run", "--input", r#"{"text":"b a b"}"#, "--policy", policy];
    let command =
        |line: &[&str]| stage.aether(line).env("LANG", "C.UTF-8").env("DEPLOY_KEY", "hidden").run();
    command(&line).exits(0);
    let outcome = command(&[&line[..], &["--inspect-security=report"]].concat());
    let result = outcome.exits(0).no_panic().stdout.clone();
    let log = stage.text("report/audit.jsonl");
    let records: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    let at = |kind: &str| records.iter().position(|record| record["kind"] == kind).expect(kind);
    let told = ["plugin", "kind", "action", "verdict", "object", "rule", "detail"];
    let records = records[at("call")..=at("call-end")]
        .iter()
        .map(|record| told.iter().map(|key| record[key].clone()).collect())
        .collect();
    let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    let cell =
        report["cells"].as_array().expect("cells").iter().find(|cell| cell["step"].is_null());
    let cell = cell.expect("a cell");
    let list = |key: &str| cell[key].as_array().cloned().unwrap_or_default();
    let state = |line: &&Value| line["state"] == "enforced";
    let posture = list("posture").iter().filter(state).count();
    assert!(posture >= enforced, "{language}: {posture} of {enforced}");
    let told = ["rule", "verdict", "permission", "object", "message", "fix", "count"];
    let refused = list("violations")
        .iter()
        .map(|violation| told.iter().map(|key| violation[key].clone()).collect())
        .collect();
    Seen { result, records, refused, posture }
}

#[test]
fn three_languages_are_seen_as_one_plugin() {
    let policy = root().join("examples/alike/aether-policy.yaml").display().to_string();
    let javascript = call("javascript", &policy, 20);
    let result: Value = serde_json::from_str(&javascript.result).expect("JSON");
    assert_eq!(
        result,
        json!({
            "counts": [["a", 1], ["b", 2]],
            "language": "C.UTF-8",
            "refused": {
                "host": "ERR_ACCESS_DENIED",
                "plugin": "ERR_ACCESS_DENIED",
                "secret": "ERR_CAPABILITY_REQUIRED",
                "topic": "ERR_ACCESS_DENIED",
                "variable": "ERR_ACCESS_DENIED",
            },
            "visits": 2,
        })
    );
    assert_eq!(javascript.records.len(), 10, "{:#?}", javascript.records);
    assert!(javascript.refused.len() >= 4, "{:#?}", javascript.refused);
    assert_eq!(javascript.refused[0][2], "environment");
    let rust = call("rust", &policy, 20);
    assert_eq!(rust, javascript);
    let python = call("python", &policy, 20);
    let posture = javascript.posture;
    assert_eq!(Seen { posture, ..python }, javascript);
}

#[test]
fn and_so_it_is_in_the_hosts_own_process() {
    let policy = root().join("examples/alike/aether-policy.yaml");
    let stage = Stage::new();
    let text = std::fs::read_to_string(&policy).expect("the policy");
    let looser = text.replace("  tally:\n", "  tally:\n    isolation: in-process\n");
    assert_ne!(text, looser);
    let looser = stage.file("looser.yaml", looser).display().to_string();
    let confined = call("rust", &policy.display().to_string(), 20);
    let beside = call("rust", &looser, 0);
    assert_eq!(beside.posture, 0);
    assert_eq!(Seen { posture: confined.posture, ..beside }, confined);
}

/// A word of each language in one pipeline.
const PIPELINE: &str = "steps:
  - { id: script, plugin: PLUGINS/javascript, with: { text: a b } }
  - { id: code, plugin: PLUGINS/rust, with: { text: \"${{ steps.script.result.refused.host }}\" } }
  - { id: program, plugin: PLUGINS/python, with: { text: \"${{ steps.code.result.counts[0][0] }}\" } }
output: \"${{ steps.program.result.counts }}\"
";

#[test]
fn one_pipeline_has_all_three_and_one_report() {
    let stage = Stage::new();
    let plugins = stage.path("plugins");
    super::examples::copy(&root().join("examples/alike"), Path::new(&plugins));
    stage.file("p.yaml", PIPELINE.replace("PLUGINS", "./plugins"));
    let policy = plugins.join("aether-policy.yaml").display().to_string();
    let line = ["run", "p.yaml", "--policy", &policy, "--inspect-security=report"];
    let run = stage.aether(&line).env("LANG", "C").env("DEPLOY_KEY", "hidden").run();
    run.exits(0).prints(r#"[["ERR_ACCESS_DENIED",1]]"#).no_panic();
    let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    let cells = report["cells"].as_array().expect("cells");
    let of = |cell: &Value| (cell["step"].clone(), cell["runtime"].clone());
    let told: Vec<_> = cells.iter().map(of).collect();
    for (step, runtime) in [("script", "javascript"), ("code", "wasm"), ("program", "native")] {
        assert!(told.contains(&(json!(step), json!(runtime))), "{told:?}");
    }
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0);
}
