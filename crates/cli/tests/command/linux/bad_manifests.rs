//! Manifests and policies that cannot be used: each problem with its place and what to do, all at
//! once.

use crate::Stage;

/// Both `call` and `check` refuse the manifest with exactly these words.
#[track_caller]
fn manifest(text: &str, words: &[&str]) {
    let stage = Stage::new();
    stage.file("p/aether-plugin.json", text);
    stage.file("p/main.js", "export default () => 1;");
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./p }]\n");
    for line in
        [&["call", "p", "run"][..], &["check", "p"], &["check", "p.yaml"], &["run", "p.yaml"]]
    {
        let outcome = stage.run(line);
        outcome.exits(2).prints_nothing().is_inert();
        words.iter().for_each(|words| {
            outcome.says(words);
        });
    }
}

#[track_caller]
fn policy(text: &str, words: &[&str]) {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.file("policy.yaml", text);
    let outcome = stage.run(&["call", "p", "run", "--policy", "policy.yaml"]);
    outcome.exits(2).prints_nothing().is_inert();
    words.iter().for_each(|words| {
        outcome.says(words);
    });
}

#[test]
fn json_that_is_broken() {
    manifest("{ \"permissions\": { }", &["p/aether-plugin.json:1:"]);
    manifest(
        "{\n  \"name\": \"p\"\n  \"permissions\": {}\n}",
        &["p/aether-plugin.json:3:3", "3 |"],
    );
    manifest("{\n  \"permissions\": {},\n}", &["p/aether-plugin.json:2:20"]);
    manifest("{ 'permissions': {} }", &["p/aether-plugin.json:1:3"]);
    manifest("{ \"permissions\": {}, // why\n}", &["p/aether-plugin.json:1:"]);
    manifest("{ \"permissions\": {}, \"name\": \"a\\x\" }", &["p/aether-plugin.json:1:"]);
    manifest("{ \"permissions\": {} } more", &["p/aether-plugin.json:1:"]);
    manifest("", &["p/aether-plugin.json"]);
    manifest("\u{feff}{ \"permissions\": [] }", &["p/aether-plugin.json:1:"]);
    manifest(&"[".repeat(100_000), &["p/aether-plugin.json:1:"]);
    manifest("{ \"permissions\": {}, \"permissions\": {} }", &["permissions", "1:22"]);
    manifest("[]", &["expected an object", "p/aether-plugin.json:1:1"]);
    manifest("null", &["expected an object"]);
}

#[test]
fn a_newer_api_than_this_one() {
    manifest(
        "{\n  \"permissions\": {},\n  \"api\": 2\n}",
        &[
            "the plugin needs API version 2; this Aether has 1 and none above it",
            "p/aether-plugin.json:3:10",
            "help: update Aether",
        ],
    );
    manifest(r#"{ "permissions": {}, "api": 0 }"#, &["there is no API version 0", "1:29"]);
}

#[test]
fn keys_that_are_unknown_with_the_one_that_was_meant() {
    manifest(
        r#"{ "permisions": {} }"#,
        &["unknown key `permisions`", "did you mean `permissions`?", "1:3"],
    );
    manifest(
        r#"{ "permissions": { "filesytem": { "read": [] } } }"#,
        &["did you mean `filesystem`?", "1:20"],
    );
    manifest(
        r#"{ "permissions": { "filesystem": { "raed": [] } } }"#,
        &["unknown key `raed`", "did you mean `read`?"],
    );
    manifest(
        r#"{ "permissions": {}, "resources": { "memmory": "1MB" } }"#,
        &["did you mean `memory`?"],
    );
    manifest(r#"{ "permissions": {}, "runtime": "javascrpt" }"#, &["did you mean `javascript`?"]);
    manifest(r#"{ "permissions": {}, "xyzzy": 1 }"#, &["unknown key `xyzzy`"]);
}

#[test]
fn schemas_that_cannot_be_used() {
    let export = |schema: &str| {
        format!(
            "{{\n\"permissions\": {{}},\n\"exports\": {{ \"run\": {{ \"params\": {schema} }} }} }}"
        )
    };
    manifest(
        &export(r#"{ "typ": "object" }"#),
        &["unknown key `typ`", "did you mean `type`?", "3:"],
    );
    manifest(&export(r##"{ "$ref": "https://example.com/a" }"##), &["leads out of the schema"]);
    manifest(&export(r#"{ "pattern": "(a)\\1" }"#), &["cannot be used", "back references"]);
}

#[test]
fn values_of_the_wrong_type() {
    manifest(r#"{ "permissions": [] }"#, &["expected an object, found a list"]);
    manifest(
        r#"{ "permissions": { "filesystem": { "read": "x" } } }"#,
        &["expected a list of strings, found a string"],
    );
    manifest(
        r#"{ "permissions": { "filesystem": { "read": [1] } } }"#,
        &["expected a string, found a number", "1:45"],
    );
    manifest(r#"{ "permissions": {}, "name": 5 }"#, &["expected a string, found a number"]);
    manifest(r#"{ "permissions": {}, "name": "Not A Name" }"#, &["Not A Name"]);
    manifest(r#"{ "permissions": {}, "api": 2 }"#, &["api"]);
    manifest(r#"{ "permissions": {}, "entry": "../x.js" }"#, &[".."]);
    manifest(r#"{ "permissions": {}, "resources": { "memory": "lots" } }"#, &["lots"]);
    manifest(r#"{ "permissions": {}, "resources": { "timeout": "-1s" } }"#, &["-1s"]);
    manifest(r#"{ "permissions": {}, "resources": { "memory": "1000000GB" } }"#, &["memory"]);
    manifest(r#"{ "permissions": { "filesystem": { "read": ["../x"] } } }"#, &["`..`"]);
    manifest(r#"{ "permissions": { "filesystem": { "read": ["a\u0000b"] } } }"#, &["a"]);
    manifest(r#"{ "permissions": { "filesystem": { "read": ["{a,b}"] } } }"#, &["{a,b}"]);
    manifest(r#"{ "permissions": { "network": { "domains": ["*"] } } }"#, &["*"]);
    manifest(r#"{ "permissions": { "network": { "domains": ["10.0.0.1"] } } }"#, &["10.0.0.1"]);
    manifest(r#"{ "permissions": { "environment": ["A=B"] } }"#, &["A=B"]);
}

#[test]
fn all_problems_come_at_once() {
    manifest(
        r#"{
  "name": "P",
  "permissions": { "filesystem": { "reed": [], "write": [1, true] } },
  "resources": { "timeout": "soon" },
  "extra": 1
}"#,
        &[
            "2:11",
            "did you mean `read`?",
            "3:58",
            "3:61",
            "soon",
            "unknown key `extra`",
            "6 errors",
        ],
    );
}

#[test]
fn a_problem_is_shown_with_its_line() {
    let stage = Stage::new();
    stage.file("p/aether-plugin.json", "{\n  \"permisions\": {}\n}\n");
    stage.file("p/main.js", "");
    stage.call("p", "run").exits(2).shows(
        "error[unknown-key]: unknown key `permisions`
 --> p/aether-plugin.json:2:3
  |
2 |   \"permisions\": {}
  |   ^^^^^^^^^^^^
  |
  = help: did you mean `permissions`?
...",
    );
}

#[test]
fn a_manifest_that_is_not_text_or_too_large() {
    let stage = Stage::new();
    stage.file("p/main.js", "");
    stage.file("p/aether-plugin.json", [b'{', 0xff, b'}']);
    stage.call("p", "run").exits(2).says("UTF-8");
    stage.file("p/aether-plugin.json", "{\"permissions\":{}}".to_owned() + &" ".repeat(2 << 20));
    stage.call("p", "run").exits(2).prints_nothing();
}

#[test]
fn a_policy_that_is_broken() {
    policy("version: 1\nplugins: [\n", &["policy.yaml:"]);
    policy("version: 1\n\tplugins: {}\n", &["policy.yaml:", "indent with spaces, not tabs"]);
    policy("version: 1\nplugins: {}\nplugins: {}\n", &["plugins", "policy.yaml:3:1"]);
    policy("plugins: {}\n", &["version"]);
    policy("version: 2\n", &["version", "1:10"]);
    policy("version: 1\nplugin: {}\n", &["unknown key `plugin`", "did you mean `plugins`?", "2:1"]);
    policy("version: 1\nunsafe: never\n", &["never", "2:9"]);
    policy("version: 1\nunsafe: no\n", &["2:9"]);
    policy("version: 1\nplugins:\n  p:\n    alow: {}\n", &["did you mean `allow`?", "4:5"]);
    policy("version: 1\nplugins:\n  P: {}\n", &["`P` is no plugin name"]);
    policy("version: 1\nplugins: &a { p: *a }\n", &["policy.yaml:2:"]);
    policy("version: !!int 1\n", &["policy.yaml:1:"]);
    policy("version: 1\n---\nversion: 1\n", &["policy.yaml:2"]);
    policy("version: 1\nlimits: { memory: 5 parsecs }\n", &["5 parsecs"]);
    policy("", &["policy.yaml"]);
    policy(
        "version: 1\nunsafe: perhaps\nplugins:\n  p:\n    digest: x\n    windows: []\n    consent: maybe\n",
        &["perhaps", "`x` is no digest", "never opens", "maybe", "4 errors"],
    );
}

#[test]
fn a_policy_that_cannot_be_read() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.run(&["call", "p", "run", "--policy", "none.yaml"]).exits(2).says("none.yaml");
    stage.run(&["call", "p", "run", "--policy", "p"]).exits(2).says("p");
    stage.file("binary.yaml", [0xff, 0xfe, 0]);
    stage.run(&["call", "p", "run", "--policy", "binary.yaml"]).exits(2).says("binary.yaml");
    stage.file("large.yaml", "#".repeat((1 << 20) + 1));
    stage.run(&["call", "p", "run", "--policy", "large.yaml"]).exits(2).says("1 MiB");
}
