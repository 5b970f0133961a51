//! The schema and the parser say the same, as far as a schema can say it.

#[path = "../../manifest/tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;

use aether_pipeline::{parse, schema};
use aether_source::{Source, yaml};
use serde_json::Value;

enum Expect {
    /// Both accept.
    Valid,
    /// Both refuse.
    Invalid,
    /// Only the parser refuses: it takes more than a schema to see it.
    ParserOnly,
}
use Expect::{Invalid, ParserOnly, Valid};

fn check(text: &str, expect: &Expect) {
    let source = Source::new("pipeline.yaml", text);
    let value = yaml(&source).unwrap().to_json();
    let parsed = parse(source);
    let (parser, by_rules) = match expect {
        Valid => (true, true),
        Invalid => (false, false),
        ParserOnly => (false, true),
    };
    let problems = parsed.as_ref().err().map(|all| all[0].to_string());
    assert_eq!(parsed.is_ok(), parser, "parser, {text}: {problems:?}");
    assert_eq!(support::valid(&schema(), &value), by_rules, "schema, {text}");
}

fn step(rest: &str, expect: &Expect) {
    check(&format!("steps: [{{ id: a, plugin: ./p, {rest} }}]"), expect);
}

fn input(rest: &str, expect: &Expect) {
    check(&format!("inputs: {{ x: {{ {rest} }} }}\nsteps: [{{ id: a, plugin: ./p }}]"), expect);
}

#[test]
fn whole_files() {
    check(include_str!("data/full.yaml"), &Valid);
    check("steps: [{ id: a, plugin: p }]", &Valid);
    check("{}", &Invalid);
    check("[]", &Invalid);
    check("steps: []", &Invalid);
    check("steps: {}", &Invalid);
    check("steps: [{ id: a }]", &Invalid);
    check("steps: [{ plugin: a }]", &Invalid);
    check("steps: [{ id: a b, plugin: p }]", &Invalid);
    check("steps: [{ id: a, plugin: '' }]", &Invalid);
    check("steps: [{ id: a, plugin: p }, { id: a, plugin: p }]", &ParserOnly);
    check("step: [{ id: a, plugin: p }]", &Invalid);
    check("name: 1\nsteps: [{ id: a, plugin: p }]", &Invalid);
    check("policy: p.yaml\noutput: [1]\nsteps: [{ id: a, plugin: p }]", &Valid);
}

#[test]
fn steps() {
    step("method: triage", &Valid);
    step("method: a-b", &Invalid);
    step("needs: []", &Valid);
    step("needs: a", &Invalid);
    step("needs: [b]", &ParserOnly);
    step("needs: [a]", &ParserOnly);
    step("with: { any: [1, true, null] }", &Valid);
    step("with: '${{ inputs.x }}'", &ParserOnly);
    step("mounts: { /a: b }", &Valid);
    step("mounts: { a: b }", &Invalid);
    step("mounts: { /: b }", &Invalid);
    step("mounts: { /a: 5 }", &Invalid);
    step("mounts: { /a: '' }", &Invalid);
    step("mounts: { /a/../b: c }", &ParserOnly);
    step("timeout: 20s", &Valid);
    step("timeout: 20", &Invalid);
    step("timeout: 0s", &ParserOnly);
    step("continue-on-error: true", &Valid);
    step("continue-on-error: yes", &Invalid);
    step("permissions: { filesystem: { read: [/a] } }", &Valid);
    step("permissions: { files: {} }", &Invalid);
    step("continue_on_error: true", &Invalid);
}

#[test]
fn inputs() {
    input("type: string", &Valid);
    input("type: number, default: 5, description: d", &Valid);
    input("type: boolean, default: false", &Valid);
    input("type: folder, default: /a", &Valid);
    input("type: file", &Valid);
    input("type: text", &Invalid);
    input("default: 5", &Invalid);
    input("type: number, default: [5]", &Invalid);
    input("type: number, default: five", &ParserOnly);
    input("type: string, defalt: x", &Invalid);
}

/// What each object of the schema knows, against what the parser says it knows.
#[test]
fn every_object_has_the_same_keys() {
    let schema = schema();
    for (definition, text) in [
        ("", "zzzzzzzzzzzzzzzzzzzzz: 1"),
        ("/$defs/Step", "steps: [{ zzzzzzzzzzzzzzzzzzzzzzzz: 1 }]"),
        ("/$defs/Input", "inputs: { a: { zzzzzzzzzzzzzzzzzzzzz: 1 } }"),
    ] {
        let object = schema.pointer(definition).unwrap();
        assert_eq!(object["additionalProperties"], false, "{definition}");
        let by_schema: BTreeSet<&str> =
            object["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let problems = parse(Source::new("p", text)).unwrap_err();
        let unknown = problems.iter().find(|problem| problem.code == "unknown-key").unwrap();
        let help = unknown.help.clone().unwrap();
        let by_parser: BTreeSet<&str> = help.split('`').skip(1).step_by(2).collect();
        assert_eq!(by_schema, by_parser, "{definition}");
        for (key, property) in object["properties"].as_object().unwrap() {
            assert!(
                property["description"].as_str().is_some_and(|text| text.ends_with('.')),
                "{key}"
            );
        }
    }
    assert_eq!(schema["title"], "Aether pipeline");
    assert_eq!(schema["$schema"], Value::from("https://json-schema.org/draft/2020-12/schema"));
}
