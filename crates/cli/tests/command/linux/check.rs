//! `aether check` tells everything at once, and where.

use crate::Stage;

#[test]
fn a_plugin_that_cannot_be_loaded_is_one_finding_among_others() {
    let stage = Stage::new();
    stage.plugin("good").main("export default () => 1;");
    stage.plugin("careless").main("import * as fs from 'aether:fs'; export default () => 1;");
    stage.file("empty/readme.txt", "no plugin");
    stage.file(
        "p.yaml",
        "inputs: { logs: { type: folder } }
steps:
  - { id: a, plugin: ./none }
  - { id: b, plugin: ./empty }
  - { id: c, plugin: ./careless }
  - { id: d, plugin: ./good, mounts: { /data: \"${{ inputs.logs }}\" } }
",
    );
    let found = stage.run(&["check", "p.yaml"]);
    found.exits(2).prints_nothing().is_inert();
    found.says("p.yaml:1:11").says("no value for the input `logs`");
    found.says("p.yaml:3:22").says("the plugin of step `a` cannot be used");
    found.says("p.yaml:4:22").says("has no aether-plugin.json");
    found.says("files-unrequested").says("careless/main.js:1:21");
    found.says("good: 0 error(s)");
    let json = stage.run(&["check", "p.yaml", "--format", "json"]).exits(2).json();
    assert_eq!(json["ok"], false);
    assert_eq!(json["problems"][0]["code"], "input-missing");
    let plugins = json["plugins"].as_array().expect("plugins");
    assert_eq!(plugins.len(), 4);
    assert_eq!(plugins[0]["problems"][0]["line"], 3);
    assert_eq!(plugins[2]["problems"][0]["file"], "careless/main.js");

    // The same when it is run: at the line of the pipeline.
    stage.file("p.yaml", "steps:\n  - { id: a, plugin: ./none }\n");
    let run = stage.run(&["run", "p.yaml"]);
    run.exits(2).says("p.yaml:2:22").says("the plugin of step `a` cannot be used");
    run.never_says("a: started");
}

#[test]
fn code_is_named_by_its_path() {
    let stage = Stage::new();
    stage.plugin("plugins/p").main("export default () => {\n  let = ;\n};");
    stage.run(&["check", "plugins/p"]).exits(2).says("plugins/p/main.js:2:");
    let json = stage.run(&["check", "plugins/p", "--format", "json"]).exits(2).json();
    assert_eq!(json["plugins"][0]["compile"]["file"], "plugins/p/main.js");
    stage.call("plugins/p", "run").exits(1).says("plugins/p/main.js:2:");
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./plugins/p }]\n");
    stage.run(&["run", "p.yaml"]).exits(1).says("plugins/p/main.js:2:");
    stage.plugin("plugins/p").main("import net from 'net'; export default () => 1;");
    stage.run(&["check", "plugins/p"]).exits(2).says("plugins/p/main.js:1:17");
    let within = stage.aether(&["check", "."]).within("plugins/p").run();
    within.exits(2).says(" main.js:1:17");
}

#[test]
fn a_program_is_told_which_policy_governs() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.file("policy.yaml", "version: 1\n");
    let json = stage.run(&["check", "p", "--policy", "policy.yaml", "--format", "json"]);
    assert_eq!(json.exits(0).json()["plugins"][0]["policy"], "policy.yaml");
    let json = stage.run(&["check", "p", "--format", "json"]).exits(0).json();
    assert!(json["plugins"][0]["policy"].is_null() && json["plugins"][0]["fix"].is_null());
}

#[test]
fn a_program_gets_errors_as_json_too() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.file("bad.yaml", "stepps: []\n");
    let error = |line: &[&str]| {
        let outcome = stage.run(&[line, &["--format", "json"]].concat());
        outcome.exits(2).json()["error"].clone()
    };
    let unknown = error(&["call", "p", "run", "--allow-degraded", "usernss"]);
    assert_eq!(unknown["code"], 2);
    assert_eq!(unknown["help"], "did you mean `userns`?");
    let problems = error(&["run", "bad.yaml"]);
    assert_eq!(problems["problems"][0]["code"], "unknown-key", "{problems}");
    let typed = error(&["call", "p"]);
    assert!(
        typed["message"]
            .as_str()
            .is_some_and(|text| text.contains("required") && text.contains("<METHOD>")),
        "{typed}"
    );
    error(&["call", "none", "run"]);
    let joined = stage.run(&["run", "none.yaml", "--format=json"]);
    assert!(joined.exits(2).json()["error"]["help"].is_string());
    stage.run(&["run", "none.yaml"]).exits(2).prints_nothing();
}

#[test]
fn a_refusal_and_an_error_are_told_once() {
    let stage = Stage::new();
    stage.plugin("wants").reads(&["/etc/shadow"]).main("export default () => 1;");
    stage.plugin("throws").main("export default () => { throw new Error('on purpose'); };");
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./throws }]\n");
    stage.file("q.yaml", "steps: [{ id: a, plugin: ./wants }]\n");
    let once = |line: &[&str], words: &str| {
        let outcome = stage.run(line);
        let said = outcome.stderr.matches(words).count();
        assert_eq!(said, 1, "{words:?} in {outcome}");
        outcome
    };
    once(&["call", "wants", "run"], "\"/etc/shadow\"]").never_says("started");
    once(&["run", "q.yaml"], "\"/etc/shadow\"]").never_says("started");
    once(&["call", "throws", "run"], "on purpose");
    once(&["run", "p.yaml"], "on purpose");
}
