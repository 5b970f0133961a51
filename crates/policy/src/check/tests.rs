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

const INSTALLED: (&str, &str) = ("node_modules/left-pad/index.js", "module.exports = 1");

#[test]
fn a_package_of_the_bundle_is_no_unknown_module() {
    let main = |code| ("main.js", code);
    let all = [
        main("import 'left-pad'; import '@s/a'; import '@s/a/sub'; import('left-pad/x.js')"),
        INSTALLED,
        ("node_modules/@s/a/package.json", "{}"),
    ];
    check(NOTHING, &all, &[]);
    check(
        NOTHING,
        &[main("import './lib/a.js'"), ("lib/a.js", "import 'left-pad'"), INSTALLED],
        &[],
    );
    // As Node does, from the file's own folder upwards.
    let below = ("lib/node_modules/left-pad/index.js", "");
    check(NOTHING, &[main("import './lib/a.js'"), ("lib/a.js", "import 'left-pad'"), below], &[]);
    check(NOTHING, &[main("import 'left-pad'"), below], &["main.js:1:8 error module-unknown"]);
    check(
        NOTHING,
        &[main("import 'left-pad'\nimport('@s/b').catch(String); import '@s'")],
        &[
            "main.js:1:8 error module-unknown",
            "main.js:2:8 warning module-unknown",
            "main.js:2:38 error module-unknown",
        ],
    );
    // A package can name itself, where it says what it exports.
    let itself = r#"{ "name": "me", "exports": { ".": "./main.js", "./*": "./lib/*.js" } }"#;
    let files = [main("import 'me/a'"), ("lib/a.js", "eval(1)"), ("package.json", itself)];
    check(NOTHING, &files, &["lib/a.js:1:1 warning dynamic-code"]);
}

#[test]
fn names_of_a_package_of_its_own_are_followed() {
    let main = ("main.js", "import '#a'");
    check(NOTHING, &[main], &["main.js:1:8 error module-unknown"]);
    check(NOTHING, &[main, ("package.json", "{}")], &[]);
    let maps = |imports: &str| format!(r##"{{ "imports": {{ "#*": {imports} }} }}"##);
    let file = maps(r#"{ "aether": "./lib/*.js", "default": ["./*.js"] }"#);
    let evil = ("lib/a.js", "eval(1)");
    check(NOTHING, &[main, ("package.json", &file), evil], &["lib/a.js:1:1 warning dynamic-code"]);
    let package = maps(r#""left-pad""#);
    let evil = ("node_modules/left-pad/x.js", "eval(1)");
    let said = "node_modules/left-pad/x.js:1:1 warning dynamic-code";
    check(NOTHING, &[main, ("package.json", &package), evil], &[said]);
    // A module of the cell counts as used.
    let reads =
        r#"{ "permissions": { "filesystem": { "read": ["./in/"] } }, "compat": ["node:fs"] }"#;
    let module = maps(r#""node:fs""#);
    check(reads, &[main, ("package.json", &module)], &[]);
}

#[test]
fn what_is_not_there_is_said_with_what_to_do() {
    let help = |files: &[(&str, &str)], expect: &str| {
        let manifest = parse(Source::new("aether-plugin.json", NOTHING)).unwrap();
        let files: BTreeMap<String, Arc<[u8]>> = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Arc::from(text.as_bytes())))
            .collect();
        let found = check_bundle(&manifest, &files);
        let found = found.iter().find(|found| found.code != "exports-nothing").unwrap();
        assert_eq!(found.help.as_deref().unwrap_or_default(), expect, "{}", found.message);
    };
    help(
        &[("main.js", "import 'left-pad/x.js'")],
        "a package must be in the plugin's own `node_modules`: `npm install left-pad` in the plugin's folder",
    );
    help(&[("main.js", "import 'left-pda'"), INSTALLED], "did you mean `left-pad`?");
    help(&[("main.js", "import 'aether-fs'")], "did you mean `aether:fs`?");
    help(&[("main.js", "import 'lib/a.js'"), ("lib/a.js", "")], "did you mean `./lib/a.js`?");
    help(
        &[("main.js", "import '#a'")],
        "names with `#` stand under \"imports\" of a `package.json` in the file's folder or above",
    );
    help(&[("main.js", "import './a'"), ("a.ts", "")], "write the whole name: `./a.ts`");
    for (written, file, expect) in [
        ("./x.js", "x.ts", "./x.ts"),
        ("./x.mjs", "x.mts", "./x.mts"),
        ("./x.cjs", "x.cts", "./x.cts"),
    ] {
        let expect = format!("did you mean `{expect}`? names are taken as they are written");
        help(&[("main.js", &format!("import '{written}'")), (file, "")], &expect);
    }
    help(
        &[
            ("main.js", "import 'left-pad'"),
            ("node_modules/left-pad/index.js", "import 'node:net'"),
        ],
        "it matters if the plugin runs this file: plugins open no sockets; use `fetch` for allowed domains",
    );
}

#[test]
fn what_a_package_brings_is_scanned_and_told_once() {
    let main = ("main.js", "import 'a'");
    // All of its scripts, whichever of them are run; of each code the first.
    let files = [
        main,
        ("node_modules/a/package.json", r#"{ "type": "module" }"#),
        ("node_modules/a/index.js", "import 'net'; import 'tls'; eval(1)"),
        ("node_modules/a/lib/node.js", "import 'http'; eval(1); new Function(x)"),
        ("node_modules/a/lib/types.d.ts", "eval(1)"),
        ("node_modules/a/README.md", "eval(1)"),
        ("node_modules/b/index.js", "eval(1)"),
    ];
    let of_a = [
        "node_modules/a/index.js:1:8 warning module-blocked",
        "node_modules/a/index.js:1:29 warning dynamic-code",
    ];
    check(NOTHING, &files, &of_a);
    // A package in it is another, and has its own say when it is imported.
    let files = [
        main,
        ("node_modules/a/index.js", "require('b')"),
        ("node_modules/a/node_modules/b/index.js", "eval(1)"),
        ("node_modules/a/node_modules/c/index.js", "eval(1)"),
        ("node_modules/b/index.js", "eval(1)"),
    ];
    check(NOTHING, &files, &["node_modules/a/node_modules/b/index.js:1:1 warning dynamic-code"]);
    // What it misses, and globals that it tries, are nothing that its user could mend.
    let files = [
        main,
        (
            "node_modules/a/index.js",
            "require('./none'); require('none'); require(x); require('https://x'); process.exit(); new Worker(x); process.env.NODE_ENV",
        ),
        ("node_modules/a/binary.js", "import 'https://x'; import './none'"),
    ];
    check(NOTHING, &files, &[]);
    // What a blocked module would need is not told as well.
    let files = [main, ("node_modules/a/index.js", "require('fs')")];
    check(NOTHING, &files, &["node_modules/a/index.js:1:9 warning module-blocked"]);
    // A file that is imported by its path belongs to its package.
    let files = [
        ("main.js", "import './node_modules/a/x.js'"),
        ("node_modules/a/x.js", "require('net'); eval(1)"),
        ("node_modules/a/y.js", "import 'vm'"),
    ];
    let expect = [
        "node_modules/a/x.js:1:9 warning module-blocked",
        "node_modules/a/x.js:1:17 warning dynamic-code",
    ];
    check(NOTHING, &files, &expect);
}

#[test]
fn what_a_package_uses_counts() {
    let asks = r#"{ "permissions": { "filesystem": { "read": ["./in/"] }, "network": { "domains": ["x.example"] }, "environment": ["LANG"] } }"#;
    let with = |code: &str, expect: &[&str]| {
        check(asks, &[("main.js", "import 'a'"), ("node_modules/a/index.js", code)], expect);
    };
    let unused = |column: u32| format!("aether-plugin.json:1:{column} warning request-unused");
    with("require('aether:fs'); fetch(x); require('aether:env')", &[]);
    with("process.env.NODE_ENV", &[&unused(45), &unused(82), &unused(114)]);
    // What it can do is not to be told where it makes code out of text.
    with("Function('return this')()", &["node_modules/a/index.js:1:1 warning dynamic-code"]);
    check(
        NOTHING,
        &[
            ("main.js", "import 'a'"),
            ("node_modules/a/index.js", "fetch(x); require('aether:env')"),
        ],
        &[
            "node_modules/a/index.js:1:1 warning network-unrequested",
            "node_modules/a/index.js:1:19 warning environment-unrequested",
        ],
    );
}

#[test]
fn what_is_computed_leads_to_every_script_where_it_is_the_plugins_own() {
    let others = [("other.js", "import 'net'"), ("node_modules/b/index.js", "eval(1)")];
    let computed = [("main.js", "import(x)"), others[0], others[1]];
    check(
        NOTHING,
        &computed,
        &[
            "main.js:1:1 warning import-computed",
            "node_modules/b/index.js:1:1 warning dynamic-code",
            "other.js:1:8 error module-blocked",
        ],
    );
    let packaged = [
        ("main.js", "import 'a'"),
        ("node_modules/a/index.js", "require(x)"),
        others[0],
        others[1],
    ];
    check(NOTHING, &packaged, &[]);
}

#[test]
fn small_files_of_packages_go_first() {
    // A package that is too large leaves out none of the plugin's own files, nor small packages.
    let large = " ".repeat(super::MAX_SCANNED_BYTES);
    let files = [
        ("main.js", "import 'a'; import 'b'; import './own.js'"),
        ("own.js", "import 'net'"),
        ("node_modules/a/large.js", &large),
        ("node_modules/a/small.js", "eval(1)"),
        ("node_modules/b/index.js", "eval(1)"),
    ];
    check(
        NOTHING,
        &files,
        &[
            "aether-plugin.json warning check-incomplete",
            "node_modules/a/small.js:1:1 warning dynamic-code",
            "node_modules/b/index.js:1:1 warning dynamic-code",
            "own.js:1:8 error module-blocked",
        ],
    );
}

#[test]
fn which_files_are_commonjs() {
    let code = "require('./b'); exports.a = __dirname";
    let commonjs = |name: &str, config: (&str, &str), expect: bool| {
        let main = format!("import './{name}'");
        let said: Vec<String> = [
            "1:1 warning require-call",
            "1:9 warning import-missing",
            "1:29 warning global-absent",
        ]
        .iter()
        .map(|said| format!("{name}:{said}"))
        .collect();
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        let files = [("main.mjs", &*main), (name, code), ("lib/b.js", ""), ("b.js", ""), config];
        let entry = r#"{ "permissions": {}, "entry": "main.mjs" }"#;
        check(entry, &files, if expect { &[] } else { &said });
    };
    let none = ("README.md", "");
    let typed = |folder: &'static str, kind: &'static str| (folder, kind);
    commonjs("a.cjs", none, true);
    commonjs("a.cts", none, true);
    commonjs("a.mts", typed("package.json", r#"{ "type": "commonjs" }"#), false);
    for name in ["a.js", "a.ts", "lib/a.js"] {
        commonjs(name, none, false);
        commonjs(name, typed("package.json", "{}"), false);
        commonjs(name, typed("package.json", "nonsense"), false);
        commonjs(name, typed("package.json", r#"{ "type": "commonjs" }"#), true);
        commonjs(name, typed("package.json", r#"{ "type": "module" }"#), false);
        commonjs(name, typed("lib/package.json", r#"{ "type": "commonjs" }"#), name == "lib/a.js");
    }
    // What it contains counts for more.
    check(
        NOTHING,
        &[("main.js", "import './a.cjs'"), ("a.cjs", "export {}; require('./b.js')"), ("b.js", "")],
        &["a.cjs:1:12 warning require-call"],
    );
    // Those of packages are CommonJS unless their own `package.json` says otherwise.
    let packaged = |kind: &str, expect: &[&str]| {
        let files = [
            ("package.json", r#"{ "type": "module" }"#),
            ("main.js", "import 'a'"),
            ("node_modules/a/package.json", kind),
            ("node_modules/a/index.js", "require('./node')"),
            ("node_modules/a/node/index.js", "import('net')"),
            ("node_modules/a/node/package.json", "{}"),
        ];
        check(NOTHING, &files, expect);
    };
    packaged("{}", &["node_modules/a/node/index.js:1:8 warning module-blocked"]);
    packaged(
        r#"{ "type": "module" }"#,
        &["node_modules/a/node/index.js:1:8 warning module-blocked"],
    );
}

#[test]
fn require_is_followed_as_node_does() {
    let leads = |name: &str, file: (&str, &str), more: (&str, &str)| {
        let code = format!("require('{name}')");
        let main = ("main.js", "import './lib/a.cjs'");
        let expect = format!("{}:1:1 warning dynamic-code", file.0);
        check(NOTHING, &[main, ("lib/a.cjs", &code), file, more], &[&expect]);
    };
    let none = ("README.md", "");
    for (name, file) in [
        ("./b", "lib/b"),
        ("./b", "lib/b.js"),
        ("./b.js", "lib/b.js"),
        ("./b", "lib/b/index.js"),
        ("./b/", "lib/b/index.js"),
        ("..", "index.js"),
        (".", "lib/index.js"),
        ("../c.cjs", "c.cjs"),
        ("d", "node_modules/d/x.js"),
        ("d", "lib/node_modules/d/x.js"),
        ("d", "node_modules/d.js"),
    ] {
        leads(name, (file, "eval(1)"), none);
    }
    leads(
        "./b",
        ("src/main.js", "eval(1)"),
        ("lib/b/package.json", r#"{ "main": "../../src/main" }"#),
    );
    // Data has no code, and what is not there may stand in a branch that is not taken.
    let files = [
        ("main.js", "import './a.cjs'"),
        (
            "a.cjs",
            "require('./d'); require('./none'); require('none'); require('../x'); require('vm')",
        ),
        ("d.json", "{ not script"),
    ];
    let expect = [
        "a.cjs:1:25 warning import-missing",
        "a.cjs:1:44 warning module-unknown",
        "a.cjs:1:61 warning import-outside",
        "a.cjs:1:78 warning module-blocked",
    ];
    check(NOTHING, &files, &expect);
    // An `import` is taken as it is written, in CommonJS too.
    let files = [("main.js", "import './a.cjs'"), ("a.cjs", "import('./b')"), ("b.js", "")];
    check(NOTHING, &files, &["a.cjs:1:8 warning import-missing"]);
}

#[test]
fn typescript_is_checked_without_its_types() {
    let entry = r#"{ "permissions": {}, "entry": "main.js" }"#;
    let files = [
        ("main.js", "import { a } from './lib/a.ts'\nexport default () => a"),
        (
            "lib/a.ts",
            "import type { T } from './types.ts'\nimport type { Net } from 'net'\nexport const a = fetch_ as unknown as T<Worker>",
        ),
    ];
    check(entry, &files, &[]);
    let files = [
        ("main.js", "import './a.ts'"),
        ("a.ts", "import { type T } from './none.js'\nconst a: Worker = eval(1)"),
    ];
    let expect = ["a.ts:1:24 error import-missing", "a.ts:2:19 warning dynamic-code"];
    check(entry, &files, &expect);
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
    let commonjs = |code: &str| {
        let manifest = parse(Source::new("aether-plugin.json", NOTHING)).unwrap();
        let config: Arc<[u8]> = Arc::from(&br#"{ "type": "commonjs" }"#[..]);
        let files = BTreeMap::from([
            ("main.js".to_owned(), Arc::from(code.as_bytes())),
            ("package.json".to_owned(), config),
        ]);
        check_bundle(&manifest, &files).into_iter().find(|found| found.code == "exports-nothing")
    };
    assert_eq!(commonjs("module.exports = {}"), None);
    assert_eq!(commonjs("exports.run = () => 1"), None);
    let help = commonjs("function run() {}").and_then(|found| found.help).unwrap_or_default();
    assert!(help.contains("exports.run = "), "{help}");
}
