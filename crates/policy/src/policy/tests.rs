//! Policies and what is read from them, or said of them.

use aether_source::Source;
use jiff::tz::TimeZoneDatabase;

use super::{ConsentMode, Policy, PolicyOrigin, UnsafeMode};

/// The example of the design, with every key.
const FULL: &str = r#"
version: 1
unsafe: forbid
limits: { memory: 512MB, timeout: 2m, cpu: 2.0, disk: 256MB, processes: 32 }
plugins:
  log-reader:
    digest: "b3:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    allow:
      filesystem: { read: ["/var/log/**"], write: ["./out/"] }
      network: { domains: ["GET api.example.com/v1/**", "*.cdn.example.com"], inbound: [8080] }
      environment: [LANG]
      process: [git]
      plugins: [geoip.lookup]
      secrets: [deploy-key]
      events: { emit: [build.done], on: ["*"] }
      compat: ["node:fs"]
    limits: { memory: 256MB }
    windows: [ { days: [mon, tue, wed-fri], from: "22:00", to: "06:00", timezone: "Europe/Berlin" } ]
    consent: ask
    degraded: [userns]
  acme-*:
    allow: { environment: [LANG] }
"#;

fn parse(text: &str) -> Result<Policy, Vec<String>> {
    let source = Source::new("p.yaml", text);
    let zones = TimeZoneDatabase::bundled();
    Policy::parse(source, PolicyOrigin::Named, &zones)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

#[test]
fn the_full_example_is_read() {
    let policy = parse(FULL).unwrap();
    assert!(policy.warnings.is_empty(), "{:?}", policy.warnings);
    assert_eq!(policy.unsafe_mode, UnsafeMode::Forbid);
    let rule = policy.rule_for("log-reader").unwrap();
    assert_eq!(rule.consent, ConsentMode::Ask);
    assert!(rule.digest.is_some() && rule.windows.is_some());
    assert_eq!(rule.degraded.first().map(|name| name.value.as_str()), Some("userns"));
    let allow = &rule.allow.permissions;
    let counts = [allow.read.len(), allow.write.len(), allow.domains.len(), allow.inbound.len()];
    assert_eq!(counts, [1, 1, 2, 1]);
    assert_eq!(
        allow.read.first().map(|read| read.pointer.as_str()),
        Some("/plugins/log-reader/allow/filesystem/read/0")
    );
    let place = allow.read.first().map(|read| policy.source.place(read.span.start).to_string());
    assert_eq!(place.as_deref(), Some("9:28"));
    assert!(rule.allow.compat.as_ref().is_some_and(|compat| compat.len() == 1));
}

#[test]
fn places_inside_are_the_owners_to_open() {
    let text = "version: 1\nplugins:\n  a: { allow: { network: { private: [\"10.0.0.0/8\"] } } }";
    let policy = parse(text).unwrap();
    assert!(policy.warnings.is_empty(), "{:?}", policy.warnings);
    let private = &policy.rule_for("a").unwrap().allow.private;
    assert_eq!(private.first().map(|target| target.value.as_str()), Some("10.0.0.0/8"));
    let pointer = private.first().map(|target| target.pointer.as_str());
    assert_eq!(pointer, Some("/plugins/a/allow/network/private/0"));
    let wrong = "version: 1\nplugins:\n  a: { allow: { network: { private: [7], privat: [] } } }";
    assert_eq!(parse(wrong).unwrap_err().len(), 2);
}

#[test]
fn the_least_policy_allows_nothing() {
    let policy = parse("version: 1").unwrap();
    assert_eq!(policy.unsafe_mode, UnsafeMode::Allow);
    assert!(policy.rule_for("a").is_none());
    assert!(parse("version: 1\nplugins:\n").unwrap().rules.is_empty());
}

#[test]
fn one_entry_governs_a_plugin() {
    let rules = ["a-*", "*", "a-b", "a-b-*", "a-"].map(|name| {
        format!("  \"{name}\": {{ degraded: [cpu], digest: \"b3:{}\" }}\n", "0".repeat(64))
    });
    let policy = parse(&format!("version: 1\nplugins:\n{}", rules.concat())).unwrap();
    let check = |plugin: &str, expect: &str| {
        let rule = policy.rule_for(plugin).map(|rule| rule.name.value.to_string());
        assert_eq!(rule.as_deref(), Some(expect), "{plugin}");
    };
    check("a-b", "a-b");
    check("a-b-c", "a-b-*");
    check("a-bc", "a-*");
    check("a-", "a-");
    check("b", "*");
}

#[test]
fn every_problem_comes_at_once_with_its_place() {
    let check = |text: &str, expect: &[&str]| {
        assert_eq!(parse(text).unwrap_err(), expect, "{text}");
    };
    check("{}", &["p.yaml:1:1: error: the key `version` is missing\n  help: write version: 1"]);
    check(
        "version: 2",
        &["p.yaml:1:10: error: this is version 2 of the policy format\n  help: write version: 1"],
    );
    check(
        "version: 1\nplugin:\n  a: {}\nunsafe: never",
        &[
            "p.yaml:2:1: error: unknown key `plugin`\n  help: did you mean `plugins`?",
            "p.yaml:4:9: error: `never` is not one of `allow` or `forbid`\n  help: write `allow` or `forbid`",
        ],
    );
    check(
        "version: 1\nplugins:\n  A B: { alow: {}, digest: b3:12, consent: aks, degraded: [\"X Y\", usernss] }",
        &[
            "p.yaml:3:3: error: `A B` is no plugin name\n  help: write small letters, digits, `.`, `_` and `-`, with `*` only at the end",
            "p.yaml:3:10: error: unknown key `alow` in `plugins.A B`\n  help: did you mean `allow`?",
            "p.yaml:3:28: error: `b3:12` is no digest\n  help: write `b3:` and 64 hexadecimal digits",
            "p.yaml:3:44: error: `aks` is not one of `granted` or `ask`\n  help: did you mean `ask`?",
            &format!(
                "p.yaml:3:60: error: `X Y` is no name of a protection\n  help: there are {}",
                crate::policy::PROTECTIONS.join(", ")
            ),
            "p.yaml:3:67: error: `usernss` is no name of a protection\n  help: did you mean `userns`?",
        ],
    );
    check(
        "version: 1\nplugins:\n  a:\n    allow:\n      filesytem: {}\n      environment: [\"LC_*\"]\n      compat: [\"node:net\"]\n    limits: { memroy: 5MB }",
        &[
            "p.yaml:5:7: error: unknown key `filesytem`\n  help: did you mean `filesystem`?",
            "p.yaml:6:21: error: `LC_*` is not a variable name\n  help: a variable name is 1 to 128 of `A-Z`, `a-z`, `0-9` and `_`, and does not begin with a digit",
            "p.yaml:7:16: error: `node:net` is not one of `node:fs`\n  help: write `node:fs`",
            "p.yaml:8:15: error: unknown key `memroy` in `plugins.a.limits`\n  help: did you mean `memory`?",
        ],
    );
    for text in [
        "",
        "[]",
        "version: 1\nplugins: []",
        "version: 1\nplugins: { a: [] }",
        "version: 1\nplugins: { a: { windows: {} } }",
        "&a version: 1",
        "version: 1\nversion: 1",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn rates_stand_in_an_entry() {
    let policy =
        parse("version: 1\nplugins: { a: { rates: { writes: 10/s, bytes: 8MB/s } } }").unwrap();
    assert!(policy.warnings.is_empty());
    assert_eq!(policy.rules[0].rates.to_string(), "{ bytes: 8MB/s, writes: 10/s }");
    let check = |text: &str, expect: &[&str]| {
        let text = format!("version: 1\nplugins: {{ a: {{ {text} }} }}");
        let mut found = parse(&text).unwrap_err();
        // An entry of which nothing is left is warned of too.
        found.retain(|one| one.contains(": error: "));
        assert_eq!(found, expect, "{text}");
    };
    check(
        "rates: { reeds: 1/s }",
        &[
            "p.yaml:2:26: error: unknown key `reeds` in `plugins.a.rates`\n  help: did you mean `reads`?",
        ],
    );
    check(
        "rates: { reads: 10 }",
        &["p.yaml:2:33: error: expected a rate such as \"100/s\" or \"600/10m\", found a number"],
    );
    check(
        "rates: { reads: ten/s }",
        &[
            "p.yaml:2:33: error: `ten/s` is not a rate\n  help: write how many, and in what time, such as \"100/s\" or \"600/10m\"",
        ],
    );
    check(
        "rates: { bytes: 1MB/s }",
        &[
            "p.yaml:2:33: error: a rate of `bytes` has at least 2MB\n  help: leave the key out for the default",
        ],
    );
    // They are no ceilings.
    check(
        "limits: { rates: {} }",
        &[
            "p.yaml:2:27: error: unknown key `rates` in `plugins.a.limits`\n  help: known here: `memory`, `timeout`, `cpu`, `disk` or `processes`",
        ],
    );
}

#[test]
fn an_entry_without_effect_is_a_warning() {
    let policy = parse("version: 1\nplugins:\n  a: { consent: ask }\n").unwrap();
    let said: Vec<String> = policy.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["p.yaml:3:6: warning: nothing is allowed to `a`"]);
}

#[test]
fn too_many_entries_are_refused() {
    let rules: String = (0..=super::MAX_RULES).map(|index| format!("  p{index}: {{}}\n")).collect();
    assert!(parse(&format!("version: 1\nplugins:\n{rules}")).is_err());
}

/// The keys that the schema knows are those that the reader knows.
#[test]
fn the_schema_has_the_keys_of_the_reader() {
    let schema = Policy::schema();
    let check = |pointer: &str, expect: &[&str]| {
        let properties = schema
            .pointer(pointer)
            .and_then(|part| part.as_object())
            .unwrap_or_else(|| panic!("{pointer}"));
        let mut keys: Vec<&str> = properties.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, expect, "{pointer}");
    };
    check("/properties", &["limits", "plugins", "unsafe", "version"]);
    check(
        "/$defs/Plugin/properties",
        &["allow", "consent", "degraded", "digest", "limits", "rates", "windows"],
    );
    check(
        "/$defs/Allow/properties",
        &[
            "compat",
            "environment",
            "events",
            "filesystem",
            "network",
            "plugins",
            "process",
            "secrets",
        ],
    );
    check("/$defs/Window/properties", &["days", "from", "timezone", "to"]);
    check("/$defs/Filesystem/properties", &["read", "write"]);
    check("/$defs/Events/properties", &["emit", "on"]);
    check("/$defs/Network/properties", &["domains", "inbound", "private"]);
    check("/$defs/Resources/properties", &["cpu", "disk", "memory", "processes", "timeout"]);
    assert_eq!(schema.get("title").and_then(|title| title.as_str()), Some("Aether policy"));
    assert_eq!(schema.pointer("/$defs/Plugin/required"), None);
}

/// Every reference in the schema leads somewhere.
#[test]
fn the_schema_is_whole() {
    fn walk(part: &serde_json::Value, root: &serde_json::Value) {
        match part {
            serde_json::Value::Object(object) => {
                if let Some(target) = object.get("$ref").and_then(|target| target.as_str()) {
                    assert!(root.pointer(target.trim_start_matches('#')).is_some(), "{target}");
                }
                object.values().for_each(|part| walk(part, root));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|part| walk(part, root)),
            _ => {}
        }
    }
    let schema = Policy::schema();
    walk(&schema, &schema);
    assert!(!schema.to_string().contains("\"limits\":true"));
}
