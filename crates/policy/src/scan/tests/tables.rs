//! Tables of code and what the scan says of it.

use aether_source::Source;

use crate::scan::{Format, How, MAX_KEPT, MAX_SCRIPT, MAX_TOKENS, scan, scan_as};

/// The codes of the diagnostics, with their places.
fn check(code: &str, expect: &[&str]) {
    check_file("a.js", Format::Module, code, expect);
}

/// The same for a file of another name, which its `package.json` says to be run so.
fn check_file(name: &str, format: Format, code: &str, expect: &[&str]) {
    let found = scan_as(&Source::new(name, code), format);
    let said: Vec<String> = found
        .diagnostics
        .iter()
        .map(|diagnostic| match diagnostic.place() {
            Some(place) => format!("{} {place}", diagnostic.code),
            None => diagnostic.code.to_owned(),
        })
        .collect();
    assert_eq!(said, expect, "{code}");
    assert!(found.complete);
}

/// The imports, in a short notation.
fn check_imports(code: &str, expect: &[&str]) {
    check_imports_of("a.js", code, expect);
}

fn check_imports_of(name: &str, code: &str, expect: &[&str]) {
    let found = scan(&Source::new(name, code));
    let notation = |how: How| match how {
        How::Static => "static",
        How::Dynamic => "dynamic",
        How::Require => "require",
    };
    let imports: Vec<String> = found
        .imports
        .iter()
        .map(|import| {
            format!("{} {}", notation(import.how), import.specifier.as_deref().unwrap_or("?"))
        })
        .collect();
    assert_eq!(imports, expect, "{code}");
}

/// The summary, as the words of what is used.
fn check_uses(code: &str, expect: &str) {
    let uses = scan(&Source::new("a.js", code)).uses;
    let flags = [
        (uses.network, "network"),
        (uses.files, "files"),
        (uses.environment, "environment"),
        (uses.kv, "kv"),
        (uses.wasm, "wasm"),
        (uses.dynamic_code, "dynamic-code"),
        (uses.computed_import, "computed-import"),
    ];
    let words: Vec<&str> = flags.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
    assert_eq!(words.join(" "), expect, "{code}");
}

#[test]
fn every_form_of_import_is_seen() {
    check_imports("import './a.js'", &["static ./a.js"]);
    check_imports(
        "import a from \"./a.js\"; import * as b from './b.js'",
        &["static ./a.js", "static ./b.js"],
    );
    check_imports(
        "import a, { b as c, default as d, 'x y' as e } from './a.js'",
        &["static ./a.js"],
    );
    check_imports(
        "import {\n a,\n b,\n} from './a.js'\nimport './b.js'",
        &["static ./a.js", "static ./b.js"],
    );
    check_imports("import from from './a.js'", &["static ./a.js"]);
    check_imports("import d from './d.json' with { type: 'json' }", &["static ./d.json"]);
    check_imports("import defer * as d from './d.js'", &["static ./d.js"]);
    check_imports(
        "export * from './a.js'; export * as b from './b.js'",
        &["static ./a.js", "static ./b.js"],
    );
    check_imports("export { a as b } from './a.js'", &["static ./a.js"]);
    check_imports("const a = 1; export { a }\nimport b from './b.js'", &["static ./b.js"]);
    check_imports("export default function from() {} ; import './b.js'", &["static ./b.js"]);
    check_imports(
        "await import('./a.js'); import(`./b.js`, {})",
        &["dynamic ./a.js", "dynamic ./b.js"],
    );
    check_imports("import.source('./a.wasm')", &["dynamic ./a.wasm"]);
    check_imports("import('./' + name); import(name)", &["dynamic ?", "dynamic ?"]);
    check_imports("import(`./${name}.js`)", &["dynamic ?"]);
    check_imports(
        "require('./a.js'); module.require('./b.js'); require(x)",
        &["require ./a.js", "require ./b.js", "require ?"],
    );
    check_imports(
        "import './\\u0061.js'; im\\u0070ort('./b.js')",
        &["static ./a.js", "dynamic ./b.js"],
    );
    check_imports(
        "import.meta.url; a.import('./x.js'); const o = { import(x) {}, require(y) {} }; o.require('z')",
        &[],
    );
    check_imports("function require(x) {} require('./a.js')", &[]);
}

#[test]
fn text_that_is_no_code_is_not_read_as_code() {
    check_imports("// import './a.js'\n/* import './b.js' */ 'import \"./c.js\"'", &[]);
    check_imports("#!/usr/bin/env node import('./a.js')\nimport './b.js'", &["static ./b.js"]);
    check_imports(
        "`import './a.js' ${ import('./b.js') } import './c.js' ${ `${import('./d.js')}` }`",
        &["dynamic ./b.js", "dynamic ./d.js"],
    );
    check_imports("const r = /import('.\\/a.js')[/']/g; import './b.js'", &["static ./b.js"]);
    check_imports("'\\\nimport(\"./a.js\")'", &[]);
    check("const eval_ = 'eval(1)'; obj.eval; ({ eval: 1, fetch() {} })", &[]);
    check(
        "class A { fetch() {} static eval = 1; #fetch() {} get process() { return 1 } async *fetch() {} }",
        &[],
    );
}

#[test]
fn a_slash_divides_or_opens_a_regular_expression_by_what_stands_before() {
    // Each hides `eval` in a regular expression, so nothing is found.
    for code in [
        "x = /eval(/",
        "return_(); if (x) /eval(/.test(y)",
        "while (x) /eval(/.test(y)",
        "{ } /eval(/.test(y)",
        "function f() {} /eval(/.test(y)",
        "x => { }\n/eval(/.test(y)",
        "for (const x of /eval(/.exec(y)) ;",
        "return /eval(/",
        "a ? /eval(/ : /eval(/",
        "case_: /eval(/.test(y)",
        "x = [/eval(/, /[/]eval(/]",
        "y = !/eval(/.test(x)",
        "`${/eval(/.test(x)}`",
        "a = b\n++/eval(/.x",
        "do /eval(/.test(x); while (y) /eval(/.test(x)",
        "x = { a: /eval(/ }",
    ] {
        check(code, &[]);
    }
    // Each divides by the result of `eval`.
    for (code, column) in [
        ("x = a / eval(1) / 2", 9),
        ("x = (a) / eval(1) / 2", 11),
        ("x = a[0] / eval(1) / 2", 12),
        ("x = {} / eval(1) / 2", 10),
        ("x = a ? b : {} / eval(1) / 2", 18),
        ("x = function () {} / eval(1) / 2", 22),
        ("x = class {} / eval(1) / 2", 16),
        ("x = class A extends B {} / eval(1) / 2", 28),
        ("x = 1 / eval(1) / 2", 9),
        ("x = `a` / eval(1) / 2", 11),
        ("x = `${a}` / eval(1) / 2", 14),
        ("x = 'a' / eval(1) / 2", 11),
        ("x++ / eval(1) / 2", 7),
        ("x.return / eval(1) / 2", 12),
        ("x = this / eval(1) / 2", 12),
        ("x = of / eval(1) / 2", 10),
        ("x = /a/ / eval(1) / 2", 11),
        ("x = a.if(b) / eval(1) / 2", 15),
        ("x = (() => {}) / eval(1) / 2", 18),
        ("x = 1 / [ eval(1)", 11),
    ] {
        check(code, &[&format!("dynamic-code 1:{column}")]);
    }
}

#[test]
fn code_made_from_text_is_found() {
    for (code, place) in [
        ("eval('1')", "1:1"),
        ("(0, eval)('1')", "1:5"),
        ("const e = eval", "1:11"),
        ("\n  globalThis.eval('1')", "2:3"),
        ("globalThis['ev\\x61l']('1')", "1:1"),
        ("self?.['eval']('1')", "1:1"),
        ("new Function('return 1')", "1:5"),
        ("Function`return 1`", "1:1"),
        ("const F = Function;", "1:11"),
        ("class F extends Function {}", "1:17"),
        ("Function.apply(null, x)", "1:1"),
        ("Reflect.construct(Function, x)", "1:19"),
        ("new AsyncFunction(x)", "1:5"),
        ("x.constructor.constructor('return 1')()", "1:2"),
        ("x['constructor']['constructor']('return 1')()", "1:2"),
        ("x.constructor?.['constructor'](y)", "1:2"),
        ("[].map.constructor('return 1')()", "1:7"),
        ("(() => {}).constructor(x)()", "1:11"),
        ("Object.getPrototypeOf(async function () {}).constructor", "1:8"),
        ("setTimeout('x()', 1)", "1:1"),
        ("setInterval(`x()`, 1)", "1:1"),
        ("setTimeout('x' + y, 1)", "1:1"),
    ] {
        check(code, &[&format!("dynamic-code {place}")]);
        check_uses(code, "dynamic-code");
    }
    check("ev\\u0061l('1')", &["dynamic-code 1:1", "obfuscated-code 1:1"]);
    check("globalThis['ev' + 'al']('1')", &["global-computed 1:1"]);
    for code in [
        "x instanceof Function",
        "typeof eval",
        "Function.prototype.toString.call(x)",
        "Function.call.bind(Object.prototype.hasOwnProperty)",
        "const self = this; self[symbol]; self.eval(1)",
        "function f(self) { return self[symbol] }",
        "setTimeout(() => {}, 1); setTimeout(f, 1)",
        "class A extends B { constructor() { super(); this.constructor('x'); } }",
        "x.constructor.name; x.constructor === Object",
        "new this.constructor(x)",
    ] {
        check(code, &[]);
    }
}

#[test]
fn modules_that_a_cell_does_not_load_are_found() {
    check("import x from 'node:child_process'", &["module-blocked 1:15"]);
    check("import 'net'", &["module-blocked 1:8"]);
    check("try { await import('vm') } catch {}", &["module-blocked 1:20"]);
    check("import 'aether:fz'", &["module-unknown 1:8"]);
    check("import 'node:nope'", &["module-unknown 1:8"]);
    // Whether there are these, the bundle tells.
    check("import 'left-pad'; import '@s/a/b.js'; import '#x'", &[]);
    check("import ''", &["module-unknown 1:8"]);
    check("import '/etc/passwd'", &["import-absolute 1:8"]);
    for url in [
        "https://x.example/a.js",
        "data:text/javascript,1",
        "blob:x",
        "file:///etc/passwd",
        "http://x/",
    ] {
        check(&format!("import '{url}'"), &["import-url 1:8"]);
    }
    check("import(x)", &["import-computed 1:1"]);
    check("require('./x.js')", &["require-call 1:1"]);
    check("const fs = require('net')", &["require-call 1:12", "module-blocked 1:20"]);
    for name in [
        "aether:log",
        "aether:fs",
        "aether:env",
        "aether:kv",
        "aether:time",
        "node:path",
        "url",
        "node:fs",
    ] {
        check(&format!("import '{name}'"), &[]);
    }
}

#[test]
fn advice_names_the_alternative() {
    let help = |code: &str, expect: &str| {
        let found = scan(&Source::new("a.js", code));
        let help =
            found.diagnostics.first().and_then(|first| first.help.clone()).unwrap_or_default();
        assert_eq!(help, expect, "{code}");
    };
    help(
        "import 'worker_threads'",
        "every plugin has one thread; split the work into pipeline steps",
    );
    help("import 'aether:fz'", "did you mean `aether:fs`?");
    help("require('./a.js')", "use `import`, or call the file `.cjs`");
    help("process.env.HOME", "use `get` of `aether:env`");
}

#[test]
fn commonjs_has_require_and_the_names_of_its_file() {
    let check = |code: &str, expect: &[&str]| check_file("a.cjs", Format::CommonJs, code, expect);
    check(
        "const a = require('./a'); module.require('b'); exports.where = [__dirname, __filename]",
        &[],
    );
    check("try { require('net') } catch {}", &["module-blocked 1:15"]);
    check("require('aether:fz')", &["module-unknown 1:9"]);
    check("require(x); require('./' + x)", &["import-computed 1:1", "import-computed 1:13"]);
    check("const load = require;", &["import-computed 1:14"]);
    check("typeof require === 'function' && require.main === module", &[]);
    check("(function (require, module) { require('./a') })", &[]);
    check("import('./a.mjs')", &[]);
    // In an ES module they are not there.
    check_file("a.js", Format::Module, "require.cache", &[]);
    check_file("a.js", Format::Module, "const load = require; __dirname", &["global-absent 1:23"]);
}

#[test]
fn what_a_file_contains_may_say_that_it_is_a_module() {
    let check = |code: &str, expect: Format| {
        assert_eq!(scan_as(&Source::new("a.ts", code), Format::CommonJs).format, expect, "{code}");
    };
    for code in [
        "import './a.js'",
        "import a from './a.js'",
        "import { a } from './a.js'",
        "import * as a from './a.js'",
        "import.meta.url",
        "export default 1",
        "export {}",
        "export * from './a.js'",
        "if (a) { b(`${c}`) }\nexport const d = 1",
    ] {
        check(code, Format::Module);
    }
    for code in [
        "",
        "exports.a = 1",
        "import('./a.mjs')",
        "a.import.b; a.export(b)",
        "const a = { import: 1, export: 2 }",
        "`${import.meta}`",
        "// import './a.js'",
        "import type { A } from './a.ts'; export type B = A; require('./c.cjs')",
    ] {
        check(code, Format::CommonJs);
    }
}

#[test]
fn what_commonjs_does_with_modules_is_told_as_of_imports() {
    let check = |code: &str, expect: &[&str]| {
        let found = scan_as(&Source::new("a.cjs", code), Format::CommonJs);
        let words: Vec<&str> = found.sightings.iter().map(|sighting| &*sighting.word).collect();
        assert_eq!(words, expect, "{code}");
        assert_eq!(found.exports, code.contains("exports"), "{code}");
    };
    check(
        "const fs = require('aether:fs'); exports.run = () => fs.remove('x')",
        &["aether:fs", "remove"],
    );
    check("const { writeText: write, list } = require('aether:fs')", &["writeText", "aether:fs"]);
    check(
        "const { get: g } = require('aether:env'); module.exports = () => g('HOME')",
        &["aether:env", "HOME"],
    );
    check("list.remove(1)", &[]);
}

#[test]
fn types_say_nothing_of_what_code_does() {
    for code in [
        "interface A { fetch(url: string): WebSocket; process: Worker; require(x: string): void }",
        "interface A<T extends Function> extends Function, B<Worker> { new (x: typeof eval): T }",
        "export interface A { [key: string]: () => void\n eval: string }",
        "type A = { eval: string; process?: Deno } | Function | (fetch: WebSocket) => Bun",
        "type A<T> = T extends Function ? Worker : T extends { a: infer U } ? WebSocket[] : never",
        "type F = Function\nconst a = 1",
        "let a: Function = b, c: WebSocket | null = null, d!: Worker[]",
        "const a: Array<Map<string, WebSocket>> = []",
        "for (const a of b as Worker[]) ;",
        "function f<T extends Function = Function>(this: Worker, a?: WebSocket, ...b: Worker[]): a is Bun {}",
        "function f(process: string): void;\nfunction f(a: any) {}",
        "export default function (fetch: string): void;",
        "const f = async <T,>(a: Worker): Promise<WebSocket> => a as unknown as WebSocket",
        "const f = a ? (b: Worker): WebSocket => b : (c: Worker) => c",
        "const o = { m<T>(a: Worker): WebSocket { return a! }, get x(): Worker { return 1 }, [k](a: Bun) {} }",
        "class A<T> extends B<Worker> implements C<WebSocket>, Function { }",
        "abstract class A { private fetch: WebSocket; abstract eval(x: Worker): void; declare process: Bun }",
        "class A { static readonly eval?: Worker\n protected override async fetch(a: Bun): Promise<Deno> {}\n [k: string]: Worker }",
        "class A { x = () => { }\n private fetch(): void\n private fetch(a?: Worker): void {} }",
        "const a = new Map<string, Worker>(); f<WebSocket>(a); b satisfies Worker; c = <T>(d: T) => d",
        "try { } catch (e: Worker) { }",
        "declare const Deno: Bun, Worker: any; declare function fetch(a: Worker): void; declare let process",
        "declare global { interface Window { process: any; fetch: Worker } }\ndeclare module 'x' { export function eval(): void }",
        "import type { Worker } from 'net'; import type A from 'net'; export type { B } from 'net'; export type * from 'vm'",
        "import type A = require('net')",
        "let a: typeof import('net'), b: typeof process.env",
        "const enum_ = a < b && c > (d); switch (a) { case b: f(); default: g() }\nlabel: for (;;) ;",
    ] {
        check_file("a.ts", Format::Module, code, &[]);
        let uses = scan(&Source::new("a.mts", code)).uses;
        assert_eq!(uses, Default::default(), "{code}");
    }
}

#[test]
fn code_among_types_is_seen() {
    for (code, place) in [
        ("interface A { }\neval('1')", "2:1"),
        ("type A = B\neval('1')", "2:1"),
        ("let a: string = eval('1')", "1:17"),
        ("f<Worker>(eval('1'))", "1:11"),
        ("(a as Function)(eval('1'))", "1:17"),
        ("const f = (a: Worker = eval('1')): void => {}", "1:24"),
        ("class A { private x: Worker = eval('1') }", "1:31"),
        ("declare const a: Worker\neval('1')", "2:1"),
        ("a! / eval('1') / 2", "1:6"),
        ("a < eval('1') > b", "1:5"),
        ("a << eval('1')", "1:6"),
        ("type = eval('1')", "1:8"),
        ("as\n(eval('1'))", "2:2"),
        ("a ? (b) : eval('1')", "1:11"),
        ("switch (a) { case b: eval('1') }", "1:22"),
        ("{ const a = 1 } x = { b: eval('1') }", "1:26"),
        ("class F extends Function {}", "1:17"),
    ] {
        check_file("a.ts", Format::Module, code, &[&format!("dynamic-code {place}")]);
    }
    check_imports_of(
        "a.ts",
        "import { type A, b as c, type D as E } from './a.ts'; import type from './b.ts'\nimport type, { f } from './c.ts'; export { type G, h } from './d.ts'",
        &["static ./a.ts", "static ./b.ts", "static ./c.ts", "static ./d.ts"],
    );
    check_imports_of("a.js", "import type A from './a.js'", &["static ./a.js"]);
}

#[test]
fn globals_that_reach_out_are_found() {
    check("fetch('https://x.example')", &[]);
    check_uses("fetch('https://x.example')", "network");
    check_uses("globalThis.fetch('https://x.example')", "network");
    check_uses("const { fetch } = globalThis", "network");
    check_uses("new WebSocket(u)", "network");
    check_uses("import 'http'", "network");
    check_uses("import { fetch } from './own.js'; fetch(1)", "");
    check_uses("function fetch() {} fetch(1)", "");
    check_uses("typeof fetch === 'function'", "");
    check_uses("x.fetch(1); ({ fetch: 1 })", "");
    check_uses("import { readText } from 'aether:fs'", "files");
    check_uses("import fs from 'fs'", "files");
    check_uses("import 'aether:env'", "environment");
    check_uses("process.env.HOME", "environment");
    check_uses("process['env']", "environment");
    check_uses("import 'aether:kv'", "kv");
    check_uses("WebAssembly.compile(x)", "wasm");
    check_uses("import(x)", "computed-import");
    check("process.env.HOME", &["global-absent 1:1"]);
    check("process.binding('fs')", &["global-absent 1:1"]);
    check("globalThis.process.exit(1)", &["global-absent 1:1"]);
    check("WebAssembly.compile(x)", &["global-absent 1:1"]);
    check("typeof process !== 'undefined'", &[]);
}

#[test]
fn hidden_text_is_found() {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    check(&format!("let a = 1\nlet b = '{}'", alphabet.repeat(20)), &["obfuscated-code 2:1"]);
    check(&format!("let b = '{}'", alphabet), &[]);
    check(&"x = y + zebra; ".repeat(200), &[]);
    check(&"let _0x4f2a = _0x1b2c\n".repeat(8), &["obfuscated-code 8:15"]);
    check(&format!("let a = '{}'", "\\x41".repeat(40)), &["obfuscated-code 1:9"]);
    check("if (a) { /* \u{202e} */ }", &["invisible-character 1:13"]);
}

#[test]
fn broken_text_is_read_to_its_end() {
    for code in [
        "'",
        "\"a",
        "`",
        "`${",
        "`${`${",
        "/",
        "/a",
        "/[",
        "/*",
        "//",
        "\\",
        "\\u",
        "\\u{",
        "#",
        "#!",
        "\u{feff}#!",
        "}",
        ")",
        "]",
        "1e",
        ".",
        "?.",
    ] {
        check(code, &[]);
        check(&format!("{code}\n"), &[]);
    }
    check("let a = 'unclosed\neval(1)", &["dynamic-code 2:1"]);
    check("} ) ] eval(1)", &["dynamic-code 1:7"]);
    check("x = / 2; eval(1)", &["dynamic-code 1:10"]);
}

#[test]
fn a_flood_of_problems_is_cut() {
    let found = scan(&Source::new("a.js", "eval(1);".repeat(10_000)));
    assert!(found.diagnostics.len() < 100);
    assert!(found.uses.dynamic_code);
}

#[test]
fn what_is_too_large_says_so() {
    let found = scan(&Source::new("a.js", " ".repeat(MAX_SCRIPT + 1)));
    assert!(!found.complete && !found.uses.is_certain());
    assert_eq!(found.diagnostics.first().map(|first| first.code), Some("script-too-large"));
    let found = scan(&Source::new("a.js", ";".repeat(MAX_TOKENS + 1)));
    assert!(!found.complete);
    let found = scan(&Source::new("a.js", "import 'x';".repeat(MAX_KEPT + 1)));
    assert!(!found.complete);
}
