//! The schema and the parser say the same, as far as a schema can say it.

mod support;

use std::collections::BTreeSet;

use aether_manifest::{parse, schema};
use aether_source::Source;
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
    let parsed = parse(Source::new("aether-plugin.json", text));
    let value: Value = serde_json::from_str(text).unwrap();
    let by_schema = support::valid(&schema(), &value);
    let (parser, by_rules) = match expect {
        Valid => (true, true),
        Invalid => (false, false),
        ParserOnly => (false, true),
    };
    let problems = parsed.as_ref().err().map(|all| all[0].to_string());
    assert_eq!(parsed.is_ok(), parser, "parser, {text}: {problems:?}");
    assert_eq!(by_schema, by_rules, "schema, {text}");
}

/// A manifest with this beside the least it needs.
fn with(rest: &str, expect: &Expect) {
    check(&format!("{{ \"permissions\": {{}}, {rest} }}"), expect);
}

fn permissions(inner: &str, expect: &Expect) {
    check(&format!("{{ \"permissions\": {{ {inner} }} }}"), expect);
}

#[test]
fn whole_manifests() {
    check(include_str!("data/founding.json"), &Valid);
    check(include_str!("data/full.json"), &Valid);
    check("{ \"permissions\": {} }", &Valid);
    check("{}", &Invalid);
    check("[]", &Invalid);
    check("null", &Invalid);
    check("{ \"permissions\": null }", &Invalid);
    check("{ \"permissions\": {}, \"$schema\": \"x.json\" }", &Valid);
    check("{ \"permissions\": {}, \"nmae\": \"x\" }", &Invalid);
}

#[test]
fn fields() {
    with(r#""name": "a.b_c-9""#, &Valid);
    with(r#""name": "Log Triage""#, &Invalid);
    with(r#""name": 3"#, &Invalid);
    with(r#""version": "1.2.3-beta.1+x""#, &Valid);
    with(r#""version": "1.2""#, &Invalid);
    with(r#""version": "1.02.3""#, &Invalid);
    with(r#""api": 1"#, &Valid);
    with(r#""api": 0"#, &Invalid);
    with(r#""api": 2"#, &Invalid);
    with(r#""api": 1.5"#, &Invalid);
    with(r#""api": "1""#, &Invalid);
    with(r#""runtime": "javascript""#, &Valid);
    with(r#""runtime": "wasm""#, &Valid);
    with(r#""runtime": "native", "entry": ["./x"]"#, &Valid);
    with(r#""runtime": "native""#, &ParserOnly);
    with(r#""runtime": "python""#, &Invalid);
    with(r#""entry": "src/main.mjs""#, &Valid);
    with(r#""entry": ["./run", "--fast"]"#, &Valid);
    with(r#""entry": []"#, &Invalid);
    with(r#""entry": [1]"#, &Invalid);
    with(r#""entry": """#, &Invalid);
    with(r#""entry": "/main.js""#, &Invalid);
    with(r#""entry": "a\\b.js""#, &Invalid);
    with(r#""entry": "../main.js""#, &ParserOnly);
    with(r#""entry": "main.py""#, &ParserOnly);
    with(r#""entry": "main.js", "runtime": "wasm""#, &ParserOnly);
    with(r#""engine": "quickjs""#, &Valid);
    with(r#""engine": "v8", "runtime": "javascript""#, &Valid);
    with(r#""engine": "v9""#, &Invalid);
    with(r#""engine": "V8""#, &Invalid);
    with(r#""engine": ["v8"]"#, &Invalid);
    with(r#""engine": null"#, &Invalid);
    with(r#""engine": "v8", "runtime": "wasm""#, &ParserOnly);
    with(r#""engine": "v8", "entry": ["./run"]"#, &ParserOnly);
    with(r#""compat": ["node:fs"]"#, &Valid);
    with(r#""compat": ["node:net"]"#, &Invalid);
    with(r#""priority": "low""#, &Valid);
    with(r#""priority": "highest""#, &Invalid);
    with(r#""panel": "ui/panel.html""#, &Valid);
    with(r#""panel": "/panel.html""#, &Invalid);
    with(r#""panel": "panel.js""#, &Invalid);
    with(r#""panel": ["panel.html"]"#, &Invalid);
    with(r#""optional": ["network.domains", "secrets"]"#, &Valid);
    with(r#""optional": ["network"]"#, &Invalid);
    with(r#""optional": "secrets""#, &Invalid);
    with(r#""compat": "node:fs""#, &Invalid);
    with(r#""description": "one line""#, &Valid);
    with(&format!("\"description\": \"{}\"", "é".repeat(500)), &Valid);
    with(&format!("\"description\": \"{}\"", "é".repeat(501)), &Invalid);
    with(r#""exports": { "run": {}, "$x_1": { "params": { "type": "object" } } }"#, &Valid);
    with(r#""exports": { "run": { "params": 1 } }"#, &Invalid);
    with(r#""exports": { "run": { "parms": {} } }"#, &Invalid);
    with(r#""exports": { "a-b": {} }"#, &Invalid);
}

#[test]
fn resources() {
    for (key, good, bad) in [
        (
            "memory",
            vec!["\"256MB\"", "\"1.5 GiB\"", "\"8192kb\""],
            vec!["256", "\"256\"", "\"lots\"", "null"],
        ),
        ("disk", vec!["\"1B\"", "\"64MiB\""], vec!["\"64 M\"", "true"]),
        ("timeout", vec!["\"30s\"", "\"500ms\"", "\"1.5 h\""], vec!["30", "\"30\"", "\"30 sec\""]),
        ("cpu", vec!["0.5", "2", "256"], vec!["0", "-1", "257", "\"1\""]),
        ("processes", vec!["1", "4096", "2.0"], vec!["0", "4097", "1.5", "\"3\""]),
    ] {
        for value in good {
            with(&format!("\"resources\": {{ \"{key}\": {value} }}"), &Valid);
        }
        for value in bad {
            with(&format!("\"resources\": {{ \"{key}\": {value} }}"), &Invalid);
        }
    }
    with(r#""resources": { "memory": "1KB" }"#, &ParserOnly);
    with(r#""resources": { "memory": "65GB" }"#, &ParserOnly);
    with(r#""resources": { "timeout": "25h" }"#, &ParserOnly);
    with(r#""resources": { "disk": "0B" }"#, &ParserOnly);
    with(r#""resources": { "ram": "1GB" }"#, &Invalid);
}

#[test]
fn permission_lists() {
    permissions(r#""filesystem": { "read": ["/var/log/**", "*.txt"], "write": [] }"#, &Valid);
    permissions(r#""filesystem": { "read": "/var/log" }"#, &Invalid);
    permissions(r#""filesystem": { "read": [""] }"#, &Invalid);
    permissions(r#""filesystem": { "raed": [] }"#, &Invalid);
    permissions(r#""filesystem": { "read": ["/a/../b"] }"#, &ParserOnly);
    permissions(r#""filesystem": ["/a"]"#, &Invalid);
    permissions(r#""network": { "domains": ["GET a.com/x"], "inbound": [8080] }"#, &Valid);
    permissions(r#""network": { "domains": ["*"] }"#, &ParserOnly);
    permissions(r#""network": { "inbound": [0] }"#, &Invalid);
    permissions(r#""network": { "inbound": [65536] }"#, &Invalid);
    permissions(r#""network": { "inbound": ["80"] }"#, &Invalid);
    permissions(r#""environment": ["LANG", "_X1"]"#, &Valid);
    permissions(r#""environment": ["LC_*"]"#, &Invalid);
    permissions(r#""process": ["git", "/usr/bin/git", "/opt/tools/"]"#, &Valid);
    permissions(r#""process": ["/"]"#, &ParserOnly);
    permissions(r#""process": ["//"]"#, &ParserOnly);
    permissions(r#""process": ["./tools/"]"#, &ParserOnly);
    permissions(r#""process": ["/opt/../tools/"]"#, &ParserOnly);
    permissions(r#""process": [""]"#, &Invalid);
    permissions(r#""process": ["git status"]"#, &ParserOnly);
    permissions(r#""plugins": ["geoip.lookup", "a.b.c"]"#, &Valid);
    permissions(r#""plugins": ["geoip"]"#, &Invalid);
    permissions(r#""secrets": ["deploy-key", "0"]"#, &Valid);
    permissions(r#""secrets": ["Key"]"#, &Invalid);
    permissions(r#""secrets": ["-key"]"#, &Invalid);
    permissions(r#""secrets": "key""#, &Invalid);
    permissions(r#""events": { "emit": ["build.done", "a-b_c.*"], "on": [] }"#, &Valid);
    for topic in ["", "*", "a*", "*.a", "a..b", "a.", ".a", "A", "a b", "a.*.b"] {
        permissions(&format!("\"events\": {{ \"on\": [\"{topic}\"] }}"), &Invalid);
        permissions(&format!("\"events\": {{ \"emit\": [\"{topic}\"] }}"), &Invalid);
    }
    permissions(&format!("\"events\": {{ \"on\": [\"{}\"] }}", "x".repeat(128)), &Valid);
    permissions(&format!("\"events\": {{ \"on\": [\"{}\"] }}", "x".repeat(129)), &Invalid);
    permissions(r#""events": ["a"]"#, &Invalid);
    permissions(r#""events": { "of": ["a"] }"#, &Invalid);
    let many = |count: usize| {
        let names: Vec<String> = (0..count).map(|index| format!("\"V{index}\"")).collect();
        format!("\"environment\": [{}]", names.join(","))
    };
    permissions(&many(128), &Valid);
    permissions(&many(129), &Invalid);
}

/// What each object of the schema knows, against what the parser says it knows.
#[test]
fn every_object_has_the_same_keys() {
    let schema = schema();
    for (definition, text) in [
        ("", r#"{ "permissions": {}, "zzzzzzzzzzzzzzzzzzz": 1 }"#),
        ("/$defs/Permissions", r#"{ "permissions": { "zzzzzzzzzzzzzzzzzzz": 1 } }"#),
        ("/$defs/Filesystem", r#"{ "permissions": { "filesystem": { "zzzzzzzzzzzzz": 1 } } }"#),
        ("/$defs/Network", r#"{ "permissions": { "network": { "zzzzzzzzzzzzz": 1 } } }"#),
        ("/$defs/Events", r#"{ "permissions": { "events": { "zzzzzzzzzzzzz": 1 } } }"#),
        ("/$defs/Resources", r#"{ "permissions": {}, "resources": { "zzzzzzzzzzzzz": 1 } }"#),
        ("/$defs/Export", r#"{ "permissions": {}, "exports": { "x": { "zzzzzzzzzzz": 1 } } }"#),
    ] {
        let object = schema.pointer(definition).unwrap();
        assert_eq!(object["additionalProperties"], false, "{definition}");
        let by_schema: BTreeSet<&str> =
            object["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let problems = parse(Source::new("m", text)).unwrap_err();
        let help = problems[0].help.clone().unwrap();
        let by_parser: BTreeSet<&str> = help.split('`').skip(1).step_by(2).collect();
        assert_eq!(by_schema, by_parser, "{definition}");
    }
}

#[test]
fn every_key_is_described() {
    fn described(schema: &Value, path: &str) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            for (key, property) in properties {
                let text = property.get("description").and_then(Value::as_str);
                assert!(text.is_some_and(|text| text.ends_with('.')), "{path}/{key}: {text:?}");
            }
        }
    }
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["title"], "Aether plugin manifest");
    described(&schema, "");
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        described(definition, name);
    }
    assert!(!schema.to_string().contains("\"null\""));
}

#[test]
fn rates() {
    let rates = |inner: &str, expect: &Expect| {
        with(&format!("\"resources\": {{ \"rates\": {{ {inner} }} }}"), expect);
    };
    rates("", &Valid);
    rates(r#""reads": "100/s", "writes": "600/10m", "bytes": "64MB/s""#, &Valid);
    rates(
        r#""requests": "1/h", "starts": "1/500ms", "messages": "5/1.5s", "questions": "1/24h""#,
        &Valid,
    );
    rates(r#""reads": "0/s""#, &Invalid);
    rates(r#""reads": "100""#, &Invalid);
    rates(r#""reads": "100/d""#, &Invalid);
    rates(r#""reads": "64MB/s""#, &Invalid);
    rates(r#""reads": 100"#, &Invalid);
    rates(r#""bytes": "100/s""#, &Invalid);
    rates(r#""wrotes": "100/s""#, &Invalid);
    rates(r#""bytes": "1KB/s""#, &ParserOnly);
    rates(r#""reads": "100/25h""#, &ParserOnly);
}
