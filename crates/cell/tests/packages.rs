//! npm packages in the plugin's own `node_modules`, ES modules and CommonJS, resolved in the bundle.

mod harness;

use harness::{PLENTY, Setup, told};
use serde_json::{Value, json};

/// Runs a bundle once.
#[track_caller]
fn check(files: &[(&str, &str)], expect: Value) {
    let got = outcome(files);
    assert_eq!(got, expect, "gave {got}");
}

fn outcome(files: &[(&str, &str)]) -> Value {
    let mut setup = Setup::new("");
    for (path, text) in files {
        setup = setup.file(path, text);
    }
    let mut cell = setup.greet();
    told(cell.load().and_then(|_| cell.call("run", Value::Null, PLENTY)))
}

/// A CommonJS package of two files, with JSON and a module of Node's.
const SUMS: &[(&str, &str)] = &[
    ("node_modules/sums/package.json", r#"{ "name": "sums", "main": "./lib" }"#),
    (
        "node_modules/sums/lib/index.js",
        "const { scale } = require('./scale'); const path = require('path'); const data = require('../data.json');
         exports.sum = (...all) => scale(all.reduce((a, b) => a + b, 0), data.factor);
         exports.where = [__filename, __dirname, module.id, path.basename(__filename)];
         Object.defineProperty(exports, '__esModule', { value: true });",
    ),
    ("node_modules/sums/lib/scale.js", "module.exports = { scale: (x, by) => x * by };"),
    ("node_modules/sums/data.json", r#"{ "factor": 2 }"#),
];

fn with<'a>(files: &[(&'a str, &'a str)], main: &'a str) -> Vec<(&'a str, &'a str)> {
    files.iter().copied().chain([("main.js", main)]).collect()
}

#[test]
fn a_commonjs_package_is_imported_by_its_names() {
    check(
        &with(
            SUMS,
            "import { sum, where } from 'sums'; import sums from 'sums';
             export default () => [sum(1, 2), sums.sum === sum, where];",
        ),
        json!([
            6,
            true,
            [
                "/node_modules/sums/lib/index.js",
                "/node_modules/sums/lib",
                "/node_modules/sums/lib/index.js",
                "index.js"
            ]
        ]),
    );
    check(&with(SUMS, "export default async () => (await import('sums')).sum(5);"), json!(10));
}

#[test]
fn exports_and_imports_maps_and_conditions() {
    let files = [
        (
            "node_modules/kit/package.json",
            r##"{ "name": "kit", "type": "module",
                 "exports": { ".": { "node": "./node.js", "require": "./kit.cjs", "import": "./kit.js" },
                              "./parts/*": "./src/*.js", "./parts/secret": null },
                 "imports": { "#inner": "./src/inner.js" } }"##,
        ),
        (
            "node_modules/kit/kit.js",
            "import { inner } from '#inner'; export const kind = 'esm ' + inner;",
        ),
        ("node_modules/kit/node.js", "export const kind = 'node';"),
        ("node_modules/kit/kit.cjs", "exports.kind = 'cjs';"),
        ("node_modules/kit/src/inner.js", "export const inner = 'inner';"),
        ("node_modules/kit/src/one.js", "export default 1;"),
        ("node_modules/kit/src/secret.js", "export default 'secret';"),
        ("node_modules/user/package.json", r#"{ "name": "user" }"#),
        ("node_modules/user/index.js", "module.exports = () => require('kit').kind;"),
    ];
    check(
        &with(
            &files,
            "import { kind } from 'kit'; import one from 'kit/parts/one'; import user from 'user';
             const code = (name) => import(name).then(() => 'worked', (error) => error.code);
             export default async () => [kind, one, user(), await code('kit/parts/secret'), await code('kit/src/one.js'), await code('#inner'), await code('nobody')];",
        ),
        json!([
            "esm inner",
            1,
            "cjs",
            "ERR_PACKAGE_PATH_NOT_EXPORTED",
            "ERR_PACKAGE_PATH_NOT_EXPORTED",
            "ERR_PACKAGE_IMPORT_NOT_DEFINED",
            "ERR_MODULE_NOT_FOUND"
        ]),
    );
}

#[test]
fn commonjs_runs_once_in_cycles_and_again_after_it_failed() {
    check(
        &[
            (
                "main.cjs",
                "exports.run = () => {
                   const out = [require('./a.cjs').name, require('./a.cjs') === require('./a'), globalThis.runs];
                   for (let i = 0; i < 2; i++) try { require('./broken.cjs'); } catch (error) { out.push(error.message + globalThis.tries); }
                   return out;
                 };",
            ),
            ("main.js", "export { default as default, run } from './main.cjs';"),
            ("a.cjs", "globalThis.runs = (globalThis.runs ?? 0) + 1; exports.name = 'a'; exports.b = require('./b.cjs').seen;"),
            ("b.cjs", "exports.seen = require('./a.cjs').name;"),
            ("a/package.json", r#"{ "main": "../a.cjs" }"#),
            ("broken.cjs", "globalThis.tries = (globalThis.tries ?? 0) + 1; throw new Error('broken ');"),
        ],
        json!(["a", true, 1, "broken 1", "broken 2"]),
    );
}

#[test]
fn what_a_commonjs_file_exports_again_is_found_without_running_it() {
    check(
        &[
            ("main.js", "import { one, two } from './index.cjs'; export default () => [one, two];"),
            (
                "index.cjs",
                "__exportStar(require('./one.cjs'), exports); function __exportStar(from, to) { Object.assign(to, from); } exports.two = 2;",
            ),
            ("one.cjs", "exports.one = 1;"),
        ],
        json!([1, 2]),
    );
    // A name that only running it would tell of is not there.
    let got = outcome(&[
        ("main.js", "import { late } from './late.cjs'; export default () => late;"),
        ("late.cjs", "exports['la' + 'te'] = 1;"),
    ]);
    assert!(
        got.as_str().is_some_and(|text| text.starts_with("module: ") && text.contains("'late'")),
        "{got}"
    );
}

#[test]
fn a_file_that_is_a_module_is_one_whatever_its_package_says() {
    check(
        &[
            ("package.json", r#"{ "type": "commonjs" }"#),
            (
                "main.js",
                "import { a } from './a.js'; import b from './b.js'; export default () => [a, b.b];",
            ),
            ("a.js", "export const a = 1;"),
            ("b.js", "exports.b = 2;"),
        ],
        json!([1, 2]),
    );
}

#[test]
fn require_says_what_it_cannot_do() {
    check(
        &with(
            SUMS,
            "import run from './all.cjs'; export default run;",
        )
        .into_iter()
        .chain([
            (
                "all.cjs",
                "module.exports = () => {
                   const names = ['nope', './nope', 'node:net', 'node:fs', '../out.cjs', '/etc/passwd', 'file:///etc/passwd', './esm.mjs', 'sums/lib/%2e%2e/x', 'node_modules/../../x', 1, './broken.json', './odd.cjs', 'aether:log', 'node:path'];
                   return names.map((name) => { try { return typeof require(name); } catch (error) { return error.code ?? error.name; } });
                 };",
            ),
            ("esm.mjs", "export default 1;"),
            ("broken.json", "{"),
            ("odd.cjs", "let a = ;"),
        ])
        .collect::<Vec<_>>(),
        json!([
            "MODULE_NOT_FOUND",
            "MODULE_NOT_FOUND",
            "ERR_MODULE_BLOCKED",
            "ERR_MODULE_BLOCKED",
            "ERR_MODULE_BLOCKED",
            "ERR_MODULE_BLOCKED",
            "MODULE_NOT_FOUND",
            "ERR_REQUIRE_ESM",
            "MODULE_NOT_FOUND",
            "ERR_INVALID_MODULE_SPECIFIER",
            "ERR_INVALID_ARG_TYPE",
            "SyntaxError",
            "SyntaxError",
            "object",
            "object"
        ]),
    );
}

#[test]
fn errors_in_packages_come_with_their_place() {
    let mut setup = Setup::new("import thrower from 'thrower'; export default () => thrower();");
    setup = setup.file("node_modules/thrower/package.json", "{}").file(
        "node_modules/thrower/index.js",
        "\nmodule.exports = function thrower() { throw new Error('from within'); };",
    );
    let error = setup.load().run(Value::Null).unwrap_err();
    let stack = error.fact("stack").unwrap();
    let first = stack.lines().next().unwrap();
    assert!(
        first.contains("at thrower (")
            && first.contains("aether://plugin/node_modules/thrower/index.js:2:"),
        "{stack}"
    );
    let syntax = Setup::new("import './odd.cjs'").file("odd.cjs", "\n  let a = ;").load_error();
    assert_eq!(syntax.fact("kind"), Some("syntax"), "{syntax:?}");
    assert_eq!(syntax.data["file"], json!("odd.cjs"));
    assert_eq!(syntax.data["line"], json!(2));
}

#[test]
fn without_a_package_nothing_is_asked_for() {
    let mut cell = Setup::new("import './a.js'; export default () => 1;").file("a.js", "").load();
    assert_eq!(cell.run(Value::Null).unwrap(), json!(1));
    // Beside what V8 made ahead.
    let is_read = |asked: &String| asked == "bundle.read" || asked == "bundle.code";
    assert!(cell.asked.iter().all(is_read), "{:?}", cell.asked);
}

#[test]
fn patched_intrinsics_do_not_reach_into_require() {
    check(
        &with(
            SUMS,
            "import run from './late.cjs';
             Map.prototype.get = Map.prototype.set = Reflect.apply = () => { throw 'map'; };
             String.prototype.lastIndexOf = String.prototype.slice = () => { throw 'string'; };
             export default () => run();",
        )
        .into_iter()
        .chain([
            ("late.cjs", "module.exports = () => [require('sums').sum(1), require('./j.json').a];"),
            ("j.json", "{\"a\":1}"),
        ])
        .collect::<Vec<_>>(),
        json!([2, 1]),
    );
}
