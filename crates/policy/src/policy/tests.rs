//! Policies and what is read from them, or said of them.

use aether_manifest::{JsEngine, Priority};
use aether_source::Source;
use jiff::tz::TimeZoneDatabase;

use super::{
    CommandValue, ConsentMode, Isolation, Javascript, Measure, Policy, PolicyOrigin, SecretSource,
    UnsafeMode,
};

/// The example of the design, with every key.
const FULL: &str = r#"
version: 1
unsafe: forbid
limits: { memory: 512MB, timeout: 2m, cpu: 2.0, disk: 256MB, processes: 32 }
secrets:
  deploy-key: { from: "env:DEPLOY_KEY", hosts: [api.example.com] }
  signing: { from: "file:/etc/aether/signing" }
commands:
  format:
    run: [rustfmt, --check]
    read: ["./src/**"]
    write: ["./src/**"]
    environment: { LANG: C, KEY: "secret://deploy-key" }
    network: [api.example.com]
    timeout: 10s
    memory: 64MB
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
    callers: [log-triage, acme-*]
    commit: ["./out/reports/**"]
    direct: ["./out/live/**"]
    javascript: { engines: [quickjs, v8], jit: forbid }
    elevation:
      - { right: host-write, below: ./site/, answer: allow, uses: 10, for: 5m }
      - { right: network, host: api.example.com, answer: ask }
      - { right: command, name: format, answer: allow }
      - { right: secret, name: deploy-key, answer: refuse }
      - { right: secret, name: "*", answer: ask }
      - { right: time, most: 5m, answer: allow }
      - { right: memory, most: 512MB, answer: allow }
  acme-*:
    allow: { environment: [LANG] }
javascript: { engine: v8, engines: [v8], jit: allow, debug: allow }
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
    assert_eq!(place.as_deref(), Some("21:28"));
    assert!(rule.allow.compat.as_ref().is_some_and(|compat| compat.len() == 1));
}

#[test]
fn secrets_and_commands_are_read_and_nothing_is_read_for_them() {
    let policy = parse(FULL).unwrap();
    let secret = policy.secret("deploy-key").unwrap();
    assert_eq!(secret.from, SecretSource::Env("DEPLOY_KEY".to_owned()));
    assert_eq!(secret.hosts.first().map(|host| host.value.as_str()), Some("api.example.com"));
    let file = SecretSource::File("/etc/aether/signing".to_owned());
    assert_eq!(policy.secret("signing").map(|secret| &secret.from), Some(&file));
    assert_eq!(
        policy.secrets().map(|(name, _)| name).collect::<Vec<_>>(),
        ["deploy-key", "signing"]
    );
    let command = policy.command("format").unwrap();
    assert_eq!(command.run, ["rustfmt", "--check"]);
    assert_eq!((command.read.len(), command.write.len(), command.network.len()), (1, 1, 1));
    assert_eq!(command.environment["LANG"], CommandValue::Text("C".to_owned()));
    assert_eq!(command.environment["KEY"], CommandValue::Secret("deploy-key".to_owned()));
    assert_eq!(command.timeout, Some(std::time::Duration::from_secs(10)));
    assert_eq!(command.memory, Some(64 << 20));
    assert!(policy.secret("format").is_none() && policy.command("deploy-key").is_none());
    assert_eq!(policy.commands().count(), 1);
    let least = parse("version: 1\nsecrets:\ncommands:\n").unwrap();
    assert_eq!((least.secrets().count(), least.commands().count()), (0, 0));
}

#[test]
fn callers_are_named() {
    let policy = parse(FULL).unwrap();
    let rule = policy.rule_for("log-reader").unwrap();
    let check = |name: &str, expect: bool| assert_eq!(rule.allows_caller(name), expect, "{name}");
    check("log-triage", true);
    check("log-triage-2", false);
    check("acme-x", true);
    check("log-reader", false);
    assert!(!policy.rule_for("acme-x").unwrap().allows_caller("acme-x"));
    // An entry that says who calls is not without effect.
    let only = parse("version: 1\nplugins: { a: { callers: [b] } }").unwrap();
    assert!(only.warnings.is_empty(), "{:?}", only.warnings);
}

/// What is wrong in `secrets` and `commands`, with what to do.
#[test]
fn what_is_wrong_with_secrets_and_commands() {
    let check = |text: &str, expect: &[&str]| {
        let found = parse(&format!("version: 1\n{text}")).unwrap_err();
        assert_eq!(found, expect, "{text}");
    };
    check(
        "secrets: { Key: { from: 'env:A' }, a: {}, b: { from: hunter2 }, c: { from: 'env:1' }, d: { from: 'file:x/y' }, e: { from: 'env:A', host: [] } }",
        &[
            "p.yaml:2:12: error: `Key` is not the name of a secret\n  help: a secret's name is 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`, and begins with a letter or digit",
            "p.yaml:2:36: error: the key `from` is missing\n  help: write \"env:NAME\" for a variable, or \"file:/path\" for a file",
            "p.yaml:2:54: error: this does not say where the secret comes from\n  help: write \"env:NAME\" for a variable, or \"file:/path\" for a file",
            "p.yaml:2:76: error: what follows `env:` is not a variable name\n  help: a variable name is 1 to 128 of `A-Z`, `a-z`, `0-9` and `_`, and does not begin with a digit",
            "p.yaml:2:98: error: what follows `file:` is not the absolute path of a file\n  help: write it from `/` on, without `.`, `..` and `//`",
            "p.yaml:2:132: error: unknown key `host` in `secrets.e`\n  help: did you mean `hosts`?",
        ],
    );
    check(
        "secrets: { deploy-key: { from: 'env:A' } }\ncommands: { A: { run: [git] }, b: {}, c: { run: [] }, d: { run: ['git status'] }, e: { run: [./x] }, f: { run: [x, 'secret://deploy-key'] } }",
        &[
            "p.yaml:3:13: error: `A` is not the name of a command\n  help: a command's name is 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`, and begins with a letter or digit",
            "p.yaml:3:32: error: the key `run` is missing\n  help: write the program and its arguments, such as [\"rustfmt\", \"--check\"]",
            "p.yaml:3:44: error: the command is empty",
            "p.yaml:3:66: error: `git status` is not a program name or absolute path\n  help: write each argument as a word of its own",
            "p.yaml:3:94: error: `./x` is not a program name or absolute path\n  help: write a name such as \"git\" or a path such as \"/usr/bin/git\"",
            "p.yaml:3:116: error: a secret is no argument: every process of the machine can read those\n  help: put it into `environment`",
        ],
    );
    check(
        "secrets: { deploy-key: {} }\ncommands: { a: { run: [x], environment: { A-B: c, KEY: 'secret://deploy-kye', TOKEN: 'secret://deploy-key' }, timeout: 1ms, memory: 1TB } }",
        &[
            "p.yaml:2:12: error: the key `from` is missing\n  help: write \"env:NAME\" for a variable, or \"file:/path\" for a file",
            "p.yaml:3:43: error: `A-B` is not a variable name\n  help: a variable name is 1 to 128 of `A-Z`, `a-z`, `0-9` and `_`, and does not begin with a digit",
            "p.yaml:3:56: error: `deploy-kye` is no secret of this policy\n  help: did you mean `deploy-key`?",
            "p.yaml:3:120: error: `timeout` must be from 10ms to 24h",
            "p.yaml:3:133: error: `memory` must be from 4MB to 64GB",
        ],
    );
    let words = (0..65).map(|_| "x").collect::<Vec<_>>().join(", ");
    for wrong in [
        format!("commands: {{ a: {{ run: [{words}] }} }}"),
        format!("commands: {{ a: {{ run: [x, {}] }} }}", "y".repeat(4097)),
        "commands: { a: { run: [x, \"a\\0b\"] } }".to_owned(),
        "commands: { a: { run: x } }".to_owned(),
        "commands: []".to_owned(),
        "secrets: 7".to_owned(),
    ] {
        assert!(parse(&format!("version: 1\n{wrong}")).is_err(), "{wrong}");
    }
    let many = |section: &str, each: &str| {
        let entries: String = (0..257).map(|index| format!("  n{index}: {each}\n")).collect();
        assert!(parse(&format!("version: 1\n{section}:\n{entries}")).is_err(), "{section}");
    };
    many("secrets", "{ from: 'env:A' }");
    many("commands", "{ run: [x] }");
}

#[test]
fn what_is_odd_with_secrets_is_a_warning() {
    let check = |text: &str, expect: &str| {
        let policy = parse(&format!("version: 1\n{text}")).unwrap();
        let said: Vec<String> = policy.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(said, [expect], "{text}");
    };
    check(
        "secrets: { key: { from: 'env:A' } }\nplugins: { a: { allow: { secrets: [keys, key] } } }",
        "p.yaml:3:36: warning: `keys` is allowed, but is no secret of this policy\n  help: did you mean `key`?",
    );
    check(
        "secrets: { key: { from: 'env:A' } }\ncommands: { a: { run: [x], environment: { T: 'Bearer secret://key' } } }",
        "p.yaml:3:46: warning: a secret is put in only where it is the whole value\n  help: write \"secret://name\" and nothing beside it",
    );
}

/// Whoever wrote a pipeline may have laid a policy beside it.
#[test]
fn a_found_policy_defines_no_secrets_and_commands() {
    let text =
        "version: 1\nsecrets: { k: { from: 'file:/etc/shadow' } }\ncommands: { c: { run: [rm] } }";
    let zones = TimeZoneDatabase::bundled();
    let source = Source::new("p.yaml", text);
    let found = Policy::parse(source.clone(), PolicyOrigin::Discovered, &zones).unwrap_err();
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "p.yaml:2:1: error: a policy that was found beside a pipeline defines no `secrets`\n  help: remove them, or review p.yaml and name it: --policy p.yaml",
            "p.yaml:3:1: error: a policy that was found beside a pipeline defines no `commands`\n  help: remove them, or review p.yaml and name it: --policy p.yaml",
        ]
    );
    // Nor does one of which that is only said afterwards.
    let mut policy = Policy::parse(source, PolicyOrigin::Named, &zones).unwrap();
    assert!(policy.secret("k").is_some() && policy.command("c").is_some());
    policy.origin = PolicyOrigin::Discovered;
    assert!(policy.secret("k").is_none() && policy.command("c").is_none());
    assert_eq!((policy.secrets().count(), policy.commands().count()), (0, 0));
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
fn who_runs_in_the_hosts_process_is_named_by_a_person() {
    let text =
        |more: &str| format!("version: 1\nplugins:\n  a: {{ isolation: in-process{more} }}\n");
    let policy = parse(&text("")).unwrap();
    assert_eq!(policy.rules[0].isolation, Isolation::InProcess);
    let said: Vec<_> = policy.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(said, ["in-process-unpinned"]);
    let digest = format!(", digest: \"b3:{}\"", "0".repeat(64));
    assert!(parse(&text(&digest)).unwrap().warnings.is_empty());
    assert!(parse("version: 1\nplugins:\n  a: { isolation: none }\n").is_err());
    let source = Source::new("p.yaml", text(""));
    let found = Policy::parse(source, PolicyOrigin::Discovered, jiff::tz::db()).unwrap_err();
    assert!(found.iter().any(|problem| problem.code == "not-here"), "{found:?}");
    let process = "version: 1\nplugins:\n  a: { isolation: process }\n";
    let source = Source::new("p.yaml", process);
    Policy::parse(source, PolicyOrigin::Discovered, jiff::tz::db()).unwrap();
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
    check(
        "/properties",
        &["commands", "javascript", "limits", "monitor", "plugins", "secrets", "unsafe", "version"],
    );
    check(
        "/$defs/Plugin/properties",
        &[
            "allow",
            "callers",
            "commit",
            "consent",
            "degraded",
            "digest",
            "direct",
            "elevation",
            "isolation",
            "javascript",
            "limits",
            "monitor",
            "priority",
            "rates",
            "windows",
        ],
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
    check("/$defs/Secret/properties", &["from", "hosts"]);
    check(
        "/$defs/Command/properties",
        &["environment", "memory", "network", "read", "run", "timeout", "write"],
    );
    check(
        "/$defs/Elevation/properties",
        &["answer", "below", "for", "host", "most", "name", "port", "right", "uses"],
    );
    check(
        "/$defs/Monitor/properties",
        &[
            "decoys",
            "drops",
            "freeze",
            "half-life",
            "kill",
            "most",
            "narrow",
            "notify",
            "throttle",
            "tokens",
        ],
    );
    check("/$defs/Javascript/properties", &["debug", "engine", "engines", "jit"]);
    check("/$defs/Window/properties", &["days", "from", "timezone", "to"]);
    check("/$defs/Filesystem/properties", &["read", "write"]);
    check("/$defs/Events/properties", &["emit", "on"]);
    check("/$defs/Network/properties", &["domains", "inbound", "private"]);
    check("/$defs/Resources/properties", &["cpu", "disk", "memory", "processes", "timeout"]);
    assert_eq!(schema.get("title").and_then(|title| title.as_str()), Some("Aether policy"));
    assert_eq!(schema.pointer("/$defs/Plugin/required"), None);
    let required = |name: &str| schema.pointer(&format!("/$defs/{name}/required")).cloned();
    assert_eq!(required("Secret"), Some(serde_json::json!(["from"])));
    assert_eq!(required("Command"), Some(serde_json::json!(["run"])));
    assert_eq!(required("Elevation"), Some(serde_json::json!(["right", "answer"])));
    let engines = schema.pointer("/$defs/Engine/oneOf").and_then(|all| all.as_array()).unwrap();
    let engines: Vec<_> = engines.iter().filter_map(|one| one["const"].as_str()).collect();
    assert_eq!(engines, JsEngine::WORDS.map(|(word, _)| word));
    let javascript = |key: &str| schema.pointer(&format!("/$defs/Javascript/properties/{key}"));
    assert_eq!(javascript("engine").unwrap()["$ref"], "#/$defs/Engine");
    assert_eq!(javascript("engines").unwrap()["items"]["$ref"], "#/$defs/Engine");
    // Whoever asks for every topic has not thought; whoever allows it may have.
    let topics = schema.pointer("/$defs/Events/properties/on/items/pattern");
    assert!(topics.is_some_and(|topics| topics.as_str().unwrap().starts_with(r"^\*$|^")));
}

#[test]
fn the_monitor_is_set_by_a_person_alone() {
    let text = |more: &str| {
        format!(
            "version: 1\nmonitor: {{ most: freeze, notify: 10 }}\nplugins: {{ a: {{ {more} }} }}\n"
        )
    };
    let named = parse(&text("monitor: { most: notify, throttle: 20 }, priority: high")).unwrap();
    let rule = &named.rules[0];
    assert_eq!(rule.priority, Some(Priority::High));
    let both = rule.watching.or(&named.watching);
    assert_eq!(both.most, Some(Measure::Notify));
    assert_eq!(both.thresholds, [(Measure::Notify, 10), (Measure::Throttle, 20)]);
    let refused = |text: &str, code: &str| {
        let source = Source::new("p.yaml", text);
        let problems = Policy::parse(source, PolicyOrigin::Named, jiff::tz::db()).unwrap_err();
        assert!(problems.iter().any(|problem| problem.code == code), "{problems:?}");
    };
    refused(&text("monitor: { notify: 30, kill: 30 }"), "monitor-order");
    let inherited =
        "version: 1\nmonitor: { throttle: 30 }\nplugins: { a: { monitor: { notify: 50 } } }\n";
    refused(inherited, "monitor-order");
    refused(&text("monitor: { notify: 0 }"), "range");
    refused(&text("monitor: { kill: 101 }"), "range");
    refused(&text("monitor: { half-life: 0s }"), "range");
    refused(&text("monitor: { decoys: [\"./keys/*\"] }"), "decoy-pattern");
    for short in ["short", "with a blank in it, and long", "\u{e4}aaaaaaaaaaaaaaaaaaaaaaaa"] {
        refused(&text(&format!("monitor: {{ tokens: {{ t: \"{short}\" }} }}")), "decoy-token");
    }
    let many: Vec<String> =
        (0..17).map(|number| format!("t{number}: AKIAQ7XMPLE2DECOY3KX")).collect();
    let many = format!("monitor: {{ tokens: {{ {} }} }}", many.join(", "));
    refused(&text(&many), "too-many-tokens");
    let token = parse(&text("monitor: { tokens: { wallet: AKIAQ7XMPLE2DECOY3KX } }")).unwrap();
    let tokens = &token.rules[0].watching.or(&token.watching).tokens;
    assert_eq!(*tokens, [("wallet".to_owned(), "AKIAQ7XMPLE2DECOY3KX".to_owned())]);
    assert!(parse(&text("monitor: { most: everything }")).is_err());
    assert!(parse(&text("monitor: { drops: [network] }")).is_err());
    let found = |text: &str| {
        let source = Source::new("aether-policy.yaml", text);
        Policy::parse(source, PolicyOrigin::Discovered, jiff::tz::db())
    };
    for wider in ["monitor: { most: observe }", "priority: high"] {
        let text = format!("version: 1\nplugins: {{ a: {{ {wider} }} }}\n");
        let problems = found(&text).unwrap_err();
        assert!(problems.iter().any(|problem| problem.code == "not-here"), "{wider}");
    }
    assert!(found("version: 1\nplugins: { a: { priority: low } }\n").is_ok());
    assert_eq!(found("version: 1\nmonitor: {}\n").unwrap_err()[0].code, "not-here");
}

#[test]
fn what_runs_javascript_is_said_for_all_and_for_one() {
    let policy = parse(FULL).unwrap();
    let all = &policy.javascript;
    let engines = |said: &Javascript| said.engines.clone().map(|engines| engines.value);
    assert_eq!(all.engine.as_ref().map(|engine| engine.value), Some(JsEngine::V8));
    assert_eq!(engines(all), Some(vec![JsEngine::V8]));
    assert_eq!((all.jit, all.debug), (Some(true), Some(true)));
    let own = &policy.rule_for("log-reader").unwrap().javascript;
    assert_eq!((own.engine.as_ref(), own.jit, own.debug), (None, Some(false), None));
    // What is left out is as for every plugin.
    let both = own.or(all);
    assert_eq!(both.engine_or_default(), JsEngine::V8);
    assert_eq!(engines(&both), Some(vec![JsEngine::QuickJs, JsEngine::V8]));
    assert_eq!((both.jit, both.debug), (Some(false), Some(true)));
    let shown = "{ engine: v8, engines: [quickjs, v8], jit: forbid, debug: allow }";
    assert_eq!(both.to_string(), shown);
    let least = parse("version: 1\njavascript: {}").unwrap().javascript;
    assert_eq!(least, Javascript::default());
    assert_eq!(least.engine_or_default(), JsEngine::QuickJs);
    assert!(least.allows(JsEngine::QuickJs) && least.allows(JsEngine::V8));
    // An entry that says what runs a plugin is not without effect.
    let only = parse("version: 1\nplugins: { a: { javascript: { engine: v8 } } }").unwrap();
    assert!(only.warnings.is_empty(), "{:?}", only.warnings);
    let twice = parse("version: 1\njavascript: { engines: [v8, quickjs, v8] }").unwrap();
    assert_eq!(engines(&twice.javascript), Some(vec![JsEngine::QuickJs, JsEngine::V8]));
}

#[test]
fn what_is_wrong_with_what_runs_javascript() {
    let check = |text: &str, expect: &[&str]| {
        let found = parse(&format!("version: 1\n{text}")).unwrap_err();
        assert_eq!(found, expect, "{text}");
    };
    check(
        "javascript: { engin: v8, jitt: allow }",
        &[
            "p.yaml:2:15: error: unknown key `engin` in `javascript`\n  help: did you mean `engine`?",
            "p.yaml:2:26: error: unknown key `jitt` in `javascript`\n  help: did you mean `jit`?",
        ],
    );
    check(
        "javascript: { engine: quickj, engines: [v9], jit: alow, debug: true }",
        &[
            "p.yaml:2:23: error: `quickj` is not one of `quickjs` or `v8`\n  help: did you mean `quickjs`?",
            "p.yaml:2:41: error: `v9` is not one of `quickjs` or `v8`\n  help: did you mean `v8`?",
            "p.yaml:2:51: error: `alow` is not one of `allow` or `forbid`\n  help: did you mean `allow`?",
            "p.yaml:2:64: error: expected a string, found true or false\n  help: put it in quotes: \"true\"",
        ],
    );
    check(
        "javascript: { engines: [] }",
        &[
            "p.yaml:2:15: error: no engine is listed\n  help: name those that may be had, or leave `engines` out",
        ],
    );
    for wrong in ["javascript: v8", "javascript: { engines: v8 }", "javascript: { engine: [v8] }"] {
        assert!(parse(&format!("version: 1\n{wrong}")).is_err(), "{wrong}");
    }
}

#[test]
fn the_engine_of_plugins_that_name_none_may_be_had() {
    let check = |all: &str, entry: &str, expect: &[&str]| {
        let text = format!(
            "version: 1\njavascript: {{ {all} }}\nplugins:\n  a: {{ callers: [b], javascript: {{ {entry} }} }}"
        );
        let found = parse(&text).err().unwrap_or_default();
        assert_eq!(found, expect, "{text}");
    };
    let is = |place: &str, engine: &str, other: &str| {
        format!(
            "p.yaml:{place}: error: the engine of plugins that name none is `{engine}`, which is not among `engines`\n  help: write `engine: {other}`, or add `{engine}` to `engines`"
        )
    };
    check("engine: v8, engines: [v8]", "", &[]);
    check("engine: v8", "engines: [quickjs, v8]", &[]);
    check("engines: [quickjs]", "engine: v8, engines: [v8]", &[]);
    check("engine: v8, engines: [quickjs]", "", &[&is("2:23", "v8", "quickjs")]);
    check("engines: [v8]", "", &[&is("2:15", "quickjs", "v8")]);
    check("", "engine: v8, engines: [quickjs]", &[&is("4:44", "v8", "quickjs")]);
    check("", "engines: [v8]", &[&is("4:36", "quickjs", "v8")]);
    // One of the two stands in the entry, and the other is for every plugin.
    check("engine: v8", "engines: [quickjs]", &[&is("4:36", "v8", "quickjs")]);
    check("engines: [quickjs]", "engine: v8", &[&is("4:44", "v8", "quickjs")]);
    // Nothing is concluded from what is wrong itself.
    let wrong =
        "p.yaml:2:23: error: `v9` is not one of `quickjs` or `v8`\n  help: did you mean `v8`?";
    check("engine: v9, engines: [v8]", "engines: [v8]", &[wrong]);
    let wrong =
        "p.yaml:4:44: error: `v9` is not one of `quickjs` or `v8`\n  help: did you mean `v8`?";
    check("engine: v8", "engine: v9, engines: [quickjs]", &[wrong]);
}

/// Whoever wrote a pipeline may have laid a policy beside it.
#[test]
fn a_found_policy_opens_no_engine() {
    let found = |section: &str, in_entry: bool| {
        let section = format!("javascript: {{ {section} }}");
        let text = match in_entry {
            true => format!("version: 1\nplugins: {{ a: {{ {section} }} }}"),
            false => format!("version: 1\n{section}"),
        };
        let source = Source::new("p.yaml", text);
        let found = Policy::parse(source, PolicyOrigin::Discovered, jiff::tz::db());
        let said = |all: Vec<aether_source::Diagnostic>| {
            all.iter().filter(|one| one.is_error()).map(ToString::to_string).collect::<Vec<_>>()
        };
        found.map(|policy| policy.warnings.len()).map_err(said)
    };
    let is = |key: &str, place: &str| {
        format!(
            "p.yaml:{place}: error: `{key}: allow` holds in a policy that is named on the command line alone\n  help: give the policy with --policy, or leave this out"
        )
    };
    for (key, at) in [("jit", 20), ("debug", 22)] {
        let allow = format!("{key}: allow");
        assert_eq!(found(&allow, false), Err(vec![is(key, &format!("2:{at}"))]));
        assert_eq!(found(&allow, true), Err(vec![is(key, &format!("2:{}", at + 16))]));
        assert_eq!(found(&format!("{key}: forbid"), true), Ok(0));
    }
    assert_eq!(found("engine: v8, engines: [v8], jit: forbid, debug: forbid", false), Ok(0));
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
