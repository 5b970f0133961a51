//! Manifests: what is read, and what is said about what is wrong.

use std::time::Duration;

use aether_manifest::{
    API_VERSION, Compat, Entry, JsEngine, Limit, Manifest, Permission, Priority, Runtime,
    manifest_line, parse,
};
use aether_source::{Diagnostic, Source};

fn good(text: &str) -> Manifest {
    parse(Source::new("aether-plugin.json", text)).unwrap_or_else(|all| panic!("{}", show(&all)))
}

fn show(all: &[Diagnostic]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// `expect` is every message with its help, in order.
fn bad(text: &str, expect: &[&str]) {
    let problems = parse(Source::new("m", text)).expect_err("must be refused");
    assert_eq!(show(&problems), expect.join("\n"), "for {text}");
}

fn warned(text: &str, expect: &[&str]) {
    assert_eq!(show(&parse(Source::new("m", text)).unwrap().warnings), expect.join("\n"));
}

#[test]
fn the_founding_fragment() {
    let manifest = good(include_str!("data/founding.json"));
    let permissions = &manifest.permissions;
    assert_eq!(permissions.read[0].value.as_str(), "/var/logs/temp/*");
    assert_eq!(permissions.read[0].pointer, "/permissions/filesystem/read/0");
    assert_eq!(manifest.source.slice(permissions.read[0].span), "\"/var/logs/temp/*\"");
    assert!(permissions.write[0].value.is_tree());
    assert_eq!(permissions.domains[0].value.as_str(), "api.trusted-service.com");
    assert!(manifest.name.is_none() && manifest.runtime.is_none() && manifest.entry.is_none());
    assert_eq!(manifest.api, API_VERSION);
    assert_eq!(manifest.runtime_or_default(), Runtime::Javascript);
    assert_eq!(manifest.entry_or_default(), Entry::File("main.js".into()));
    assert_eq!(manifest.resources.memory, 256 << 20);
    assert_eq!(manifest.resources.timeout, Duration::from_secs(30));
    assert_eq!(manifest.resources.cpu_millis, 1000);
    assert_eq!(manifest.resources.disk, 64 << 20);
    assert_eq!(manifest.resources.processes, 16);
    assert!(Limit::ALL.into_iter().all(|limit| !manifest.resources.is_requested(limit)));
    assert!(manifest.warnings.is_empty());
}

#[test]
fn the_full_example() {
    let manifest = good(include_str!("data/full.json"));
    assert_eq!(manifest.name.as_ref().unwrap().value.as_str(), "log-triage");
    assert_eq!(manifest.version.as_ref().unwrap().value, "0.1.0");
    assert_eq!(manifest.permissions.domains.len(), 2);
    assert_eq!(manifest.permissions.plugins[0].value, "geoip.lookup");
    assert!(Limit::ALL.into_iter().all(|limit| manifest.resources.is_requested(limit)));
    assert_eq!(
        manifest.exports["triage"].params.as_ref().unwrap().value.to_json()["type"],
        "object"
    );
    assert!(manifest.warnings.is_empty(), "{}", show(&manifest.warnings));
    for (limit, text) in Limit::ALL.into_iter().zip(["256MB", "30s", "1", "64MB", "16"]) {
        assert_eq!(manifest.resources.show(limit), text);
    }
}

#[test]
fn the_runtime_follows_from_the_entry() {
    let runtime =
        |fields: &str| good(&format!("{{ \"permissions\": {{}}, {fields} }}")).runtime_or_default();
    for entry in ["a/b.mjs", "a.cjs", "a.ts", "a/b.mts", "c.cts"] {
        assert_eq!(runtime(&format!(r#""entry": "{entry}""#)), Runtime::Javascript);
    }
    assert_eq!(runtime(r#""entry": "plugin.wasm""#), Runtime::Wasm);
    assert_eq!(runtime(r#""entry": ["python3", "main.py"]"#), Runtime::Native);
    assert_eq!(runtime(r#""entry": "bin/tool", "runtime": "native""#), Runtime::Native);
    let wasm = good(r#"{ "permissions": {}, "runtime": "wasm" }"#);
    assert_eq!(wasm.entry_or_default(), Entry::File("main.wasm".into()));
    let tidy = good(r#"{ "permissions": {}, "entry": "./src//main.js" }"#);
    assert_eq!(tidy.entry_or_default(), Entry::File("src/main.js".into()));
    let modest = good(r#"{ "permissions": {}, "priority": "low", "optional": ["secrets"] }"#);
    assert_eq!(modest.priority, Some(Priority::Low));
    assert_eq!(modest.optional[0].value, Permission::Secrets);
    let compat = good(r#"{ "permissions": {}, "compat": ["node:fs"] }"#);
    assert!(compat.has_compat(Compat::NodeFs));
}

#[test]
fn a_javascript_plugin_names_its_engine_or_none() {
    let engine = |fields: &str| {
        let manifest = good(&format!("{{ \"permissions\": {{}}{fields} }}"));
        manifest.engine.map(|engine| (engine.value, engine.pointer))
    };
    let named = |engine| Some((engine, "/engine".to_owned()));
    assert_eq!(engine(""), None);
    assert_eq!(engine(r#", "engine": "quickjs""#), named(JsEngine::QuickJs));
    assert_eq!(engine(r#", "engine": "v8", "entry": "a.mjs""#), named(JsEngine::V8));
    assert_eq!(engine(r#", "engine": "v8", "runtime": "javascript""#), named(JsEngine::V8));
    for (word, engine) in JsEngine::WORDS {
        assert_eq!((engine.as_str(), engine.to_string().as_str()), (word, word));
    }
    let manifest = good("{ \"permissions\": {},\n  \"engine\": \"v8\" }");
    let at = manifest.engine.unwrap().span;
    assert_eq!(manifest.source.slice(at), "\"v8\"");
    bad(
        r#"{ "permissions": {}, "engine": "quickj" }"#,
        &[
            "m:1:32: error: `quickj` is not one of `quickjs` or `v8`\n  help: did you mean `quickjs`?",
        ],
    );
    bad(
        r#"{ "permissions": {}, "engine": ["v8"] }"#,
        &["m:1:32: error: expected a string, found a list"],
    );
    for (runtime, rest) in [
        ("wasm", r#""runtime": "wasm""#),
        ("wasm", r#""entry": "main.wasm""#),
        ("native", r#""entry": ["./run"]"#),
    ] {
        let said = format!(
            "m:1:32: error: a plugin of the runtime `{runtime}` has no engine to choose\n  help: leave `engine` out"
        );
        bad(&format!("{{ \"permissions\": {{}}, \"engine\": \"v8\", {rest} }}"), &[&said]);
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    bad(
        r#"{
  "nmae": "x",
  "name": "Log Triage",
  "version": "1",
  "api": 2,
  "runtime": "wasm",
  "entry": "main.js",
  "permissions": {
    "filesystem": { "raed": [], "read": ["/a/../b", 5, "[x]"], "write": "out" },
    "netwrok": {},
    "network": { "domains": ["https://a.com", "*", "10.0.0.1"], "inbound": [0, "80"] },
    "environment": ["LC_*"],
    "process": ["git status"],
    "plugins": ["geoip"],
    "secrets": ["Deploy Key", "secret://deploy-key"],
    "events": { "emit": ["build done", "*"], "on": ["*.done"], "off": [] }
  },
  "resources": { "memory": 256, "timeout": "30", "cpu": 0, "disk": "0B", "processes": 100000 },
  "exports": { "a-b": {}, "run": { "params": [] } },
  "compat": ["node:net"]
}"#,
        &[
            "m:2:3: error: unknown key `nmae`\n  help: did you mean `name`?",
            "m:3:11: error: `Log Triage` is not a plugin name: a plugin name is 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`, and begins with a letter or digit\n  help: write \"log-triage\"",
            "m:4:14: error: `1` is not a version\n  help: write three numbers, such as \"1.0.0\" or \"1.0.0-beta.1\"",
            "m:5:10: error: the plugin needs API version 2; this Aether has 1 and none above it\n  help: update Aether",
            "m:7:12: error: the runtime is `wasm`, but this entry is not a `.wasm` file\n  help: change `entry` or `runtime`",
            "m:9:21: error: unknown key `raed` in `permissions.filesystem`\n  help: did you mean `read`?",
            "m:9:42: error: pattern `/a/../b` has a `..` component\n  help: write the folder's absolute path",
            "m:9:53: error: expected a string, found a number\n  help: put it in quotes: \"5\"",
            "m:9:56: error: pattern `[x]` has the character `[`, which other glob languages give a meaning and this one does not\n  help: write one pattern per alternative, or `?` for such a character in a name",
            "m:9:73: error: expected a list of strings, found a string\n  help: write [\"out\"]",
            "m:10:5: error: unknown key `netwrok` in `permissions`\n  help: did you mean `network`?",
            "m:11:30: error: `https://a.com` has a scheme\n  help: write the host without `https://`",
            "m:11:47: error: `*` asks for every host\n  help: name the hosts, or one domain as `*.example.com`",
            "m:11:52: error: `10.0.0.1` is an IP address\n  help: name a host; addresses cannot be checked against what DNS says",
            "m:11:77: error: a port is a number from 1 to 65535",
            "m:11:80: error: expected a whole number, found a string\n  help: write it without quotes",
            "m:12:21: error: `LC_*` is not a variable name\n  help: a variable name is 1 to 128 of `A-Z`, `a-z`, `0-9` and `_`, and does not begin with a digit",
            "m:13:17: error: `git status` is not a program name or absolute path\n  help: name the program alone, without arguments",
            "m:14:17: error: `geoip` does not name a method of a plugin\n  help: write `plugin.method`, such as \"geoip.lookup\"",
            "m:15:17: error: `Deploy Key` is not the name of a secret\n  help: a secret's name is 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`, and begins with a letter or digit",
            "m:15:31: error: `secret://deploy-key` is not the name of a secret\n  help: write \"deploy-key\"",
            "m:16:26: error: `build done` has a character that no topic has\n  help: write words of `a-z`, `0-9`, `_` and `-`, joined by `.`, such as \"build.done\"",
            "m:16:40: error: `*` asks for every topic\n  help: name the topics, or those below one as \"build.*\"",
            "m:16:53: error: `*.done` has a `*` that is not the whole of its end\n  help: write `build.*` for every topic below `build`",
            "m:16:64: error: unknown key `off` in `permissions.events`\n  help: known here: `emit` or `on`",
            "m:18:28: error: expected a size with a unit, found a number\n  help: write \"256MB\", or whichever unit is meant",
            "m:18:44: error: `30` has no unit\n  help: write a number and a unit, such as \"500ms\", \"30s\" or \"2m\"",
            "m:18:57: error: `cpu` must be from 0.01 to 256\n  help: leave the key out for the default",
            "m:18:68: error: `disk` must be from 1B to 64GB\n  help: leave the key out for the default",
            "m:18:87: error: `processes` must be from 1 to 4096\n  help: leave the key out for the default",
            "m:19:16: error: `a-b` cannot be the name of a method\n  help: a method is an exported function: write its name",
            "m:19:46: error: expected a JSON Schema object, found a list",
            "m:20:14: error: `node:net` is not one of `node:fs`\n  help: write `node:fs`",
        ],
    );
}

#[test]
fn what_is_missing() {
    bad(
        "{}",
        &[
            "m:1:1: error: the key `permissions` is missing\n  help: write `\"permissions\": {}` if the plugin needs none",
        ],
    );
    bad(
        r#"{ "permissions": {}, "runtime": "native" }"#,
        &[
            "m:1:33: error: a native plugin must say what to run\n  help: add `\"entry\": [\"./program\"]`",
        ],
    );
    bad(
        r#"{ "permissions": {}, "entry": "main.tsx" }"#,
        &[
            "m:1:31: error: the runtime does not follow from this entry\n  help: add `\"runtime\": \"javascript\"`, `\"wasm\"` or `\"native\"`",
        ],
    );
}

#[test]
fn entries_stay_inside_the_plugin() {
    for entry in [
        r#""/etc/passwd""#,
        r#""a/../../b.js""#,
        r#""a\\b.js""#,
        r#"".""#,
        r#""""#,
        r#"["../x"]"#,
        r#"[""]"#,
    ] {
        let text =
            format!("{{ \"permissions\": {{}}, \"runtime\": \"native\", \"entry\": {entry} }}");
        let problems = parse(Source::new("m", text.as_str())).expect_err(&text);
        assert_eq!(problems[0].code, "bad-entry", "{text}");
    }
}

#[test]
fn what_is_odd_is_a_warning() {
    warned(
        r#"{ "permissions": {
  "filesystem": { "read": ["/var/log/**", "/var/log/a.txt", "/etc/hosts", "/etc/hosts"] },
  "network": { "domains": ["*.a.com", "GET x.a.com"], "inbound": [80, 80] },
  "environment": ["LANG", "LANG"],
  "secrets": ["key", "key"],
  "events": { "emit": ["a.b", "a.*"] } } }"#,
        &[
            "m:2:43: warning: `/var/log/a.txt` is already covered by `/var/log/**`\n  help: remove it, or narrow `/var/log/**` at 2:28",
            "m:2:75: warning: `/etc/hosts` is listed twice\n  help: it is first listed at 2:61",
            "m:3:39: warning: `GET x.a.com` is already covered by `*.a.com`\n  help: remove it, or narrow `*.a.com` at 3:28",
            "m:3:71: warning: `80` is listed twice\n  help: it is first listed at 3:67",
            "m:4:27: warning: `LANG` is listed twice\n  help: it is first listed at 4:19",
            "m:5:22: warning: `key` is listed twice\n  help: it is first listed at 5:15",
            "m:6:24: warning: `a.b` is already covered by `a.*`\n  help: remove it, or narrow `a.*` at 6:31",
        ],
    );
    // Two spellings of the same: the later one is superfluous.
    warned(
        r#"{ "permissions": { "filesystem": { "write": ["./out/", "out/**"] } } }"#,
        &[
            "m:1:56: warning: `out/**` is already covered by `./out/`\n  help: remove it, or narrow `./out/` at 1:46",
        ],
    );
    let manifest = good(r#"{ "permissions": { "network": { "inbound": [80, 80] } } }"#);
    assert_eq!(manifest.permissions.inbound.len(), 1);
}

#[test]
fn a_report_can_point_at_the_line() {
    let manifest = good(
        "{ \"permissions\": {\n \"filesystem\": {\n  \"read\": [\"/a\"] },\n \"environment\": [] } }",
    );
    let place = |permission| {
        let place = manifest.permissions.place_of(permission);
        assert_eq!(place.value, permission);
        format!("{} {}", manifest.source.place(place.span.start), place.pointer)
    };
    assert_eq!(place(Permission::FilesystemRead), "3:3 /permissions/filesystem/read");
    assert_eq!(place(Permission::FilesystemWrite), "2:2 /permissions/filesystem");
    assert_eq!(place(Permission::NetworkDomains), "1:3 /permissions");
    assert_eq!(place(Permission::Environment), "4:2 /permissions/environment");
    assert_eq!(place(Permission::Process), "1:3 /permissions");
    assert_eq!(place(Permission::EventsOn), "1:3 /permissions");
}

#[test]
fn the_line_that_would_allow_it() {
    let check = |permission: &str, resource: &str, expect: &str| {
        let permission = Permission::from_name(permission).unwrap();
        let line = manifest_line(permission, resource);
        assert_eq!(line, expect);
        let manifest = good(&format!("{{ {line} }}"));
        let entries = manifest.permissions.entries(permission);
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].value, resource);
        assert!(!manifest.permissions.is_empty());
    };
    check(
        "filesystem.read",
        "/etc/shadow",
        r#""permissions": { "filesystem": { "read": ["/etc/shadow"] } }"#,
    );
    check(
        "filesystem.write",
        "./out/",
        r#""permissions": { "filesystem": { "write": ["./out/"] } }"#,
    );
    check("network.domains", "a.com", r#""permissions": { "network": { "domains": ["a.com"] } }"#);
    check("network.inbound", "8080", r#""permissions": { "network": { "inbound": [8080] } }"#);
    check("environment", "LANG", r#""permissions": { "environment": ["LANG"] }"#);
    check("process", "git", r#""permissions": { "process": ["git"] }"#);
    check("plugins", "geoip.lookup", r#""permissions": { "plugins": ["geoip.lookup"] }"#);
    check("secrets", "deploy-key", r#""permissions": { "secrets": ["deploy-key"] }"#);
    check("events.emit", "a.b", r#""permissions": { "events": { "emit": ["a.b"] } }"#);
    check("events.on", "a.*", r#""permissions": { "events": { "on": ["a.*"] } }"#);
    assert_eq!(Permission::from_name("filesystem.exec"), None);
    assert_eq!(
        manifest_line(Permission::FilesystemRead, "/a\"b\n"),
        r#""permissions": { "filesystem": { "read": ["/a\"b\n"] } }"#
    );
}

#[test]
fn one_forbidden_character_hides_nothing_else() {
    let text =
        r#"{ "name": "a\u0000b", "nmae": "x", "name": "c", "permissions": { "process": "git" } }"#;
    let problems = parse(Source::new("m", text)).unwrap_err();
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert!(codes.contains(&"nul-character"), "{codes:?}");
    for code in ["unknown-key", "duplicate-key", "wrong-type"] {
        assert!(codes.contains(&code), "{code} is not in {codes:?}");
    }
}
