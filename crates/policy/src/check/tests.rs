//! Bundles and what the check says of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use aether_manifest::parse;
use aether_source::Source;

use super::check_bundle;

/// The bundle's manifest and files, and the codes said, each with its file and place.
fn check(manifest: &str, files: &[(&str, &str)], expect: &[&str]) {
    let manifest = parse(Source::new("aether-plugin.json", manifest)).unwrap();
    let files: BTreeMap<String, Arc<[u8]>> =
        files.iter().map(|(name, text)| ((*name).to_owned(), Arc::from(text.as_bytes()))).collect();
    let said: Vec<String> = check_bundle(&manifest, &files)
        .iter()
        // Most cases are about something else, and have no use for an export.
        .filter(|diagnostic| diagnostic.code != "exports-nothing")
        .map(|diagnostic| {
            let place = diagnostic.place().map(|place| format!(":{place}")).unwrap_or_default();
            format!(
                "{}{place} {} {}",
                diagnostic.source.name(),
                diagnostic.severity.as_str(),
                diagnostic.code
            )
        })
        .collect();
    assert_eq!(said, expect);
}

const NOTHING: &str = r#"{ "permissions": {} }"#;

#[test]
fn a_plain_plugin_is_clean() {
    let files = [
        (
            "main.js",
            "import log from 'aether:log'\nimport { a } from './lib/a.js'\nexport default () => a",
        ),
        ("lib/a.js", "export { a } from '../b.mjs'"),
        ("b.mjs", "export const a = 1"),
    ];
    check(NOTHING, &files, &[]);
    let reads = r#"{ "permissions": { "filesystem": { "read": ["/var/log/**"] } } }"#;
    check(reads, &[("main.js", "import { lines } from 'aether:fs'")], &[]);
}

#[test]
fn a_panel_is_a_file_of_the_bundle() {
    let asks = r#"{ "permissions": {}, "panel": "ui/panel.html" }"#;
    let main = ("main.js", "export default () => 1");
    check(asks, &[main], &["aether-plugin.json:1:31 error panel-missing"]);
    check(asks, &[main, ("ui/panel.html", "<p>")], &[]);
}

#[test]
fn imports_are_followed() {
    check(NOTHING, &[], &["aether-plugin.json error entry-missing"]);
    check(
        r#"{ "permissions": {}, "entry": "mian.js" }"#,
        &[("main.js", "")],
        &["aether-plugin.json:1:31 error entry-missing"],
    );
    check(
        NOTHING,
        &[("main.js", "import './a.js'"), ("a.js", "import 'net'")],
        &["a.js:1:8 error module-blocked"],
    );
    check(
        NOTHING,
        &[("main.js", "import './main.js'\nimport './a.js'"), ("a.js", "import './main.js'")],
        &[],
    );
    check(NOTHING, &[("main.js", ""), ("unused.js", "import 'net'")], &[]);
    check(
        NOTHING,
        &[("main.js", "import(x)"), ("hidden.js", "import 'net'")],
        &["hidden.js:1:8 error module-blocked", "main.js:1:1 warning import-computed"],
    );
    check(
        NOTHING,
        &[("main.js", "import './a'\nimport('./b.js')"), ("a.js", "")],
        &["main.js:1:8 error import-missing", "main.js:2:8 warning import-missing"],
    );
    check(NOTHING, &[("main.js", "import '../a.js'")], &["main.js:1:8 error import-outside"]);
    check(
        NOTHING,
        &[
            ("main.js", "import d from './d.json' with { type: 'json' }"),
            ("d.json", "{ not script"),
        ],
        &[],
    );
}

#[test]
fn what_the_code_needs_is_held_against_the_request() {
    check(
        NOTHING,
        &[("main.js", "fetch('https://x.example')")],
        &["main.js:1:1 warning network-unrequested"],
    );
    check(
        NOTHING,
        &[("main.js", "import { lines } from 'aether:fs'")],
        &["main.js:1:23 warning files-unrequested"],
    );
    check(
        NOTHING,
        &[("main.js", "import { get } from 'aether:env'")],
        &["main.js:1:21 warning environment-unrequested"],
    );
    check(
        NOTHING,
        &[("main.js", "import fs from 'node:fs'")],
        &["main.js:1:16 error module-blocked", "main.js:1:16 warning files-unrequested"],
    );
    let opted =
        r#"{ "permissions": { "filesystem": { "read": ["./in/"] } }, "compat": ["node:fs"] }"#;
    check(opted, &[("main.js", "import fs from 'node:fs'")], &[]);
    check(
        NOTHING,
        &[("main.js", "fetch(1);".repeat(20).as_str())],
        &[
            "main.js:1:1 warning network-unrequested",
            "main.js:1:10 warning network-unrequested",
            "main.js:1:19 warning network-unrequested",
        ],
    );
}

#[test]
fn requests_without_use_are_found() {
    let all = r#"{ "permissions": {
  "filesystem": { "read": ["./in/", "./more/"], "write": ["./out/"] },
  "network": { "domains": ["api.example.com"] },
  "environment": ["LANG"] },
  "compat": ["node:fs"] }"#;
    let unused = [
        "aether-plugin.json:2:28 warning request-unused",
        "aether-plugin.json:2:59 warning request-unused",
        "aether-plugin.json:3:28 warning request-unused",
        "aether-plugin.json:4:19 warning request-unused",
        "aether-plugin.json:5:14 warning request-unused",
    ];
    check(all, &[("main.js", "export default () => 1")], &unused);
    check(all, &[("main.js", "import 'fs'; import 'aether:env'; fetch(1)")], &[]);
    check(all, &[("main.js", "eval('1')")], &["main.js:1:1 warning dynamic-code"]);
}

#[test]
fn broad_requests_are_found() {
    let path = |pattern: &str, expect: Option<&str>| {
        let manifest =
            format!(r#"{{ "permissions": {{ "filesystem": {{ "read": ["{pattern}"] }} }} }}"#);
        let said: Vec<String> =
            expect.iter().map(|code| format!("aether-plugin.json:1:45 warning {code}")).collect();
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        check(&manifest, &[("main.js", "import 'aether:fs'")], &said);
    };
    for pattern in [
        "/**",
        "/",
        "/etc/",
        "/home/",
        "/home/alice/**",
        "/Users/alice/",
        "/root/",
        "/home/*/**",
        "/var/**",
    ] {
        path(pattern, Some("request-broad"));
    }
    for pattern in
        ["/etc/shadow", "/home/alice/.ssh/**", "/proc/cpuinfo", "./certs/*.pem", "/**/.ssh/**"]
    {
        path(pattern, Some("request-sensitive"));
    }
    for pattern in ["/var/log/**", "./", "/etc/hostname", "/home/*/logs/**", "/etc/nginx/"] {
        path(pattern, None);
    }
    let domain = |pattern: &str, broad: bool| {
        let manifest =
            format!(r#"{{ "permissions": {{ "network": {{ "domains": ["{pattern}"] }} }} }}"#);
        let said: &[&str] =
            if broad { &["aether-plugin.json:1:45 warning request-broad"] } else { &[] };
        check(&manifest, &[("main.js", "fetch(1)")], said);
    };
    for pattern in ["*.azure.com", "**.azure.com", "GET *.cloudapp.azure.com"] {
        domain(pattern, true);
    }
    for pattern in ["api.example.com", "*.example.com", "**.example.co.uk", "*.bbc.uk"] {
        domain(pattern, false);
    }
}

#[test]
fn other_runtimes_are_not_scanned() {
    check(
        r#"{ "permissions": { "environment": ["LANG"] }, "entry": "main.wasm" }"#,
        &[("main.js", "eval(1)"), ("main.wasm", "eval(1)")],
        &[],
    );
}

#[test]
fn files_that_are_no_text_are_errors() {
    let manifest = parse(Source::new("aether-plugin.json", NOTHING)).unwrap();
    let files = BTreeMap::from([("main.js".to_owned(), Arc::from(&b"\xff"[..]))]);
    let said: Vec<&str> =
        check_bundle(&manifest, &files).iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(said, ["not-utf8"]);
}

#[test]
fn a_bundle_beyond_the_caps_says_so() {
    let files: Vec<(String, String)> = (0..=super::MAX_SCANNED_FILES)
        .map(|index| (format!("{index}.js"), format!("import './{}.js'", index + 1)))
        .collect();
    let mut files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.push(("main.js", "import './0.js'"));
    check(NOTHING, &files, &["aether-plugin.json warning check-incomplete"]);
}

#[test]
fn use_beyond_the_request_is_told() {
    let reads =
        r#"{ "permissions": { "filesystem": { "read": ["./in/**"] }, "environment": ["LANG"] } }"#;
    let with = |code: &str, expect: &[&str]| {
        let code = format!("import 'aether:env'; import 'aether:fs';\n{code}");
        check(reads, &[("main.js", &code)], expect);
    };
    let files = "main.js:2:10 warning files-unrequested";
    with("import { writeText } from 'aether:fs'", &[files]);
    with(
        "import { readText, mkdir as m } from 'aether:fs'",
        &["main.js:2:20 warning files-unrequested"],
    );
    with(
        "import * as fs from 'aether:fs'; fs.remove('x')",
        &["main.js:2:34 warning files-unrequested"],
    );
    with(
        "import fs from 'aether:fs'; fs['rename'](a, b)",
        &["main.js:2:29 warning files-unrequested"],
    );
    with("import * as fs from 'aether:fs'; fs.readText('x'); list.remove(1); a.fs.remove(1)", &[]);
    let variable = |column: u32| format!("main.js:2:{column} warning environment-unrequested");
    with("import * as env from 'aether:env'; env.get('HOME')", &[&variable(44)]);
    with("import { get as g } from 'aether:env'; g('HOME'); g('LANG')", &[&variable(42)]);
    with("import env from 'aether:env'; env.get('LANG'); env.get(name); map.get('HOME')", &[]);
}

#[test]
fn calls_and_events_are_used_by_their_modules() {
    let asks =
        r#"{ "permissions": { "plugins": ["a.b"], "events": { "emit": ["a"], "on": ["b"] } } }"#;
    let all =
        [32, 61, 74].map(|column| format!("aether-plugin.json:1:{column} warning request-unused"));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    check(asks, &[("main.js", "export default () => 1")], &all);
    let uses = "import { call } from 'aether:plugins'; import { on } from 'aether:events';";
    check(asks, &[("main.js", uses)], &[]);
}

#[test]
fn what_nothing_can_use_is_told() {
    let all = r#"{ "permissions": { "process": ["git"], "plugins": ["a.b"], "network": { "inbound": [80] } } }"#;
    let place = |column: u32| format!("aether-plugin.json:1:{column} warning request-unused");
    let code = [("main.js", "export default () => 1")];
    check(all, &code, &[&place(32), &place(52), &place(85)]);
}

#[test]
fn an_entry_that_exports_nothing_has_no_method() {
    let said = |code: &str| {
        let manifest = parse(Source::new("aether-plugin.json", NOTHING)).unwrap();
        let files = BTreeMap::from([("main.js".to_owned(), Arc::from(code.as_bytes()))]);
        check_bundle(&manifest, &files).iter().any(|found| found.code == "exports-nothing")
    };
    for code in ["", "function run() {}", "module.exports = {}", "({ export: 1 }).export"] {
        assert!(said(code), "{code}");
    }
    for code in ["export default 1", "export * from './a.js'", "export { a }", "export const a = 1"]
    {
        assert!(!said(code), "{code}");
    }
}
