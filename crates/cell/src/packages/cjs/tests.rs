mod hostile;

use super::*;

#[track_caller]
fn check(source: &str, exports: &[&str], reexports: &[&str]) {
    let lexed = lex(source);
    let found = (lexed.exports.as_slice(), lexed.reexports.as_slice(), lexed.module);
    let exports: Vec<String> = exports.iter().map(|&name| name.to_owned()).collect();
    let reexports: Vec<String> = reexports.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(found, (exports.as_slice(), reexports.as_slice(), false), "{source}");
}

#[test]
fn assignments_to_members_are_exports() {
    check("exports.a = 1; exports['b'] = 2; exports [ \"c d\" ] = 3", &["a", "b", "c d"], &[]);
    check("module.exports.a = 1; module . exports['b'] = 2", &["a", "b"], &[]);
    check("exports /* x */ . // y\n a /**/ = 1", &["a"], &[]);
    check("exports.a = exports.b = exports.c = void 0; exports.a = 1", &["a", "b", "c"], &[]);
    check("(function () { if (x) exports.a = 1 })()", &["a"], &[]);
    check("exports.__esModule = true; exports.default = f", &["__esModule", "default"], &[]);
    check(
        "exports.package = 1; exports.var = 2; exports.α = 3; exports.$_1 = 4",
        &["package", "var", "α", "$_1"],
        &[],
    );
    check(
        r"exports['\x61'] = 1; exports['\u{D83C}\u{DF10}'] = 2; exports['\u{D83C}'] = 3",
        &["a", "🌐"],
        &[],
    );
}

#[test]
fn what_looks_like_a_member_and_is_none_is_no_export() {
    for source in [
        "exports.a",
        "exports.a()",
        "exports.a.b = 1",
        "exports[a] = 1",
        "exports['a'].b = 1",
        "exports = 1",
        "x.exports.a = 1",
        "x?.exports.a = 1",
        "myexports.a = 1",
        "exports2.a = 1",
        "#exports.a = 1",
        "x.module.exports.a = 1",
        "module.a.exports.b = 1",
        "exports.1 = 1",
        "exports.\\u0061 = 1",
        "/* exports.a = 1 */",
        "// exports.a = 1",
        "'exports.a = 1'",
        "`exports.a = 1`",
        "/exports.a = 1/",
        "if (x) /exports.a = 1/",
        "exports['a\\u12'] = 1",
        "exports['a'",
        "exports[",
        "exports.",
        "exports",
    ] {
        check(source, &[], &[]);
    }
}

#[test]
fn exports_are_found_between_what_is_passed_by() {
    check("`a${exports.a = 1}b`; x = /'/.exec(y); exports.b = 2 //'", &["a", "b"], &[]);
    check("x = a / b; exports.a = 1 / 2; '/'; exports.b = 1", &["a", "b"], &[]);
    check("const x = `\"${label.replace(/\"/g, \"\\\\\\\"\")}\"`; exports.a = 1", &["a"], &[]);
    check("function f(r){if(g>=0){u=m}else{v=1}/^(DBG|\\'): /.test(r)} exports.a = 1", &["a"], &[]);
    check("tick++/fetti;f=(1)+\")\"; exports.a = 1", &["a"], &[]);
    check("#! a ( {\nexports.a = 1", &["a"], &[]);
}

#[test]
fn defined_properties_are_exports_when_nothing_is_called() {
    let define = |rest: &str| format!("Object.defineProperty(exports, 'a', {{ {rest} }});");
    for rest in [
        "value: 1",
        "enumerable: true, value: f()",
        "get: function () { return q.p; }",
        "get() { return b }",
        "enumerable: true, get: function () { return q['p']; }",
        "get: function get () { return q.p },",
        "get: function () { return q; },",
        "enumerable: true, get () { return q . p ; } ,",
    ] {
        check(&define(rest), &["a"], &[]);
        check(&define(rest).replace("exports", "module . exports"), &["a"], &[]);
    }
    for rest in [
        "",
        "enumerable: false, value: 1",
        "enumerable: true",
        "configurable: true, value: 1",
        "get: () => p",
        "enumerable: false, get () { return p }",
        "get () { return 'a' }",
        "get () { return f() }",
        "get () { return q.p.r }",
        "get () { x; return q }",
        "get: functionget () { return q.p }",
        "get",
        "get () { return q }, set () {}",
        "valued: 1",
        "writable: true",
    ] {
        check(&define(rest), &[], &[]);
    }
    check("Object.defineProperty(exports, '__esModule', { value: true })", &["__esModule"], &[]);
    check("Object.defineProperty(exports, a, { value: true })", &[], &[]);
    check("Object.defineProperty(x, 'a', { value: true })", &[], &[]);
    check("x.Object.defineProperty(exports, 'a', { value: true })", &[], &[]);
    check("Object.defineProperties(exports, { a: { value: 1 } })", &[], &[]);
}

#[test]
fn a_getter_that_may_do_anything_takes_the_name_back() {
    let harmless = "Object.defineProperty(exports, 'a', { get() { return q } });";
    let other = "Object.defineProperty(exports, \"\\x61\", { get() { return f() } });";
    check(&format!("{harmless}{other}"), &[], &[]);
    check(&format!("{other}{harmless} exports.a = 1; exports.b = 1"), &["b"], &[]);
}

#[test]
fn properties_of_an_assigned_object_are_exports() {
    check("module.exports = { a, b: c, 'd': e, \"f\" : g , h }", &["a", "b", "d", "f", "h"], &[]);
    check("module.exports = { a, // x\n ...b, c: d, }", &["a", "c"], &[]);
    check("module.exports = {}", &[], &[]);
    check("module.exports = { a = 5, b }", &["a"], &[]);
    check("module.exports = { a: a, e: require('d'), f: f }", &["a", "e"], &[]);
    check("module.exports = { a, ...b.c, d }", &["a"], &[]);
    check("module.exports = { a, ...f(), d }", &["a"], &[]);
    check("module.exports = { a, [b]: c, d }", &["a"], &[]);
    check("module.exports = { a, b: 'c', d }", &["a"], &[]);
    check("module.exports = { f() {}, a }", &["f"], &[]);
    check("exports = { a }; x.module.exports = { b }", &[], &[]);
    check("module.exports = exports = { a }", &[], &[]);
    check("0 && (module.exports = {a, b}) && __exportStar(require('fs'))", &["a", "b"], &["fs"]);
}

#[test]
fn the_last_assigned_require_is_reexported() {
    check("module.exports = require('./a')", &[], &["./a"]);
    check("module.exports = require('a'); (m => module.exports = require(\"b\"))(x)", &[], &["b"]);
    check("if (x) module.exports = require('a'); else module.exports = require('b')", &[], &["b"]);
    check("exports.x = 1; module.exports = require('a'); module.exports = f", &["x"], &[]);
    check(
        "module.exports = require('i'); module.exports = { ...require('a'), b, ...require('c') }",
        &["b"],
        &["a", "c"],
    );
    check("module.exports = require(x)", &[], &[]);
    check("module.exports = require('a' + b)", &[], &[]);
    check("exports = require('a')", &[], &[]);
    check("module.exports = require('a').b", &[], &["a"]);
}

#[test]
fn compilers_write_stars_as_calls() {
    check("__export(require('a')); __exportStar(require(\"b\"), exports)", &[], &["a", "b"]);
    check(
        "tslib.__export(require('a')); tslib_1 . __exportStar ( require ( 'b' ) , exports)",
        &[],
        &["a", "b"],
    );
    check("__exportStar((0)); __exportStar(x); __exportStars(require('a'))", &[], &[]);
    check("function f() { __exportStar(require('a')) }", &[], &[]);
    check("__exportStar(require('a'), exports); __exportStar(require('a'), exports)", &[], &["a"]);
}

/// The loop of `export *` with this as its body, for a variable that has what was required.
fn star(body: &str) -> String {
    format!("var _a = require(\"a\");\nObject.keys(_a).forEach(function (key) {{\n {body}\n}});")
}

const SKIP: &str = "if (key === \"default\" || key === \"__esModule\") return;";
const COPY: &str = "exports[key] = _a[key];";
const LISTED: &str = "if (Object.prototype.hasOwnProperty.call(_exportNames, key)) return;";
const SAME: &str = "if (key in exports && exports[key] === _a[key]) return;";
const DEFINE: &str = "Object.defineProperty(exports, key, { enumerable: true, get: function () { return _a[key]; } });";

#[test]
fn compilers_write_stars_as_loops() {
    for body in [
        format!("{SKIP} {COPY}"),
        format!("{SKIP} {DEFINE}"),
        format!("{SKIP} {SAME} {COPY}"),
        format!("{SKIP} {LISTED} {SAME} {DEFINE}"),
        format!("{SKIP} {LISTED} {COPY}"),
        format!("{SKIP} {DEFINE}").replace("function ()", "function get()"),
        format!("{SKIP} {DEFINE}").replace(": function ()", "()"),
        format!("{SKIP} {COPY}").replace(';', "").replace('"', "'"),
        format!("{SKIP} {SAME} {COPY}").replace("exports", "module.exports"),
        format!("if (key !== 'default') {COPY}"),
        format!("if (key !== 'default') {DEFINE}"),
        format!("if (key !== 'default' && !exports.hasOwnProperty(key)) {COPY}"),
        format!("if (key !== 'default' && !Object.hasOwnProperty.call(exports, key)) {COPY}"),
        format!(
            "if (key !== 'default' && !Object.prototype.hasOwnProperty.call(exports, key)) {COPY}"
        ),
        format!("{SKIP} /* {COPY} */ {COPY} // x"),
    ] {
        check(&star(&body), &[], &["a"]);
        check(&star(&body).replace("var", "const"), &[], &["a"]);
        check(&star(&body).replace("_a", "größe😃"), &[], &["a"]);
        check(
            &star(&body).replace("require(\"a\")", "_interopRequireWildcard(require('a'))"),
            &[],
            &["a"],
        );
        check(&format!("{{ {} }}", star(&body)), &[], &[]);
        check(&star(&body).replace("var _a", "_b"), &[], &[]);
        check(&star(&body).replace("keys(_a)", "keys(_b)"), &[], &[]);
    }
}

#[test]
fn loops_that_are_a_little_different_are_no_stars() {
    for body in [
        String::new(),
        COPY.to_owned(),
        "if (true);".to_owned(),
        format!("{SKIP} {COPY} extra;"),
        format!("{SKIP} exports[x] = _a[key];"),
        format!("{SKIP} exports[key] = _b[key];"),
        format!("{SKIP} export[key] = _a[key];"),
        format!("{SKIP} {DEFINE}").replace("true", "false"),
        format!("{SKIP} {COPY}").replace("__esModule", "__esM"),
        format!("if (key !== 'default') return {COPY}"),
        format!("if (key !== 'default' && !a().hasOwnProperty(key)) {COPY}"),
        format!("{SAME} {SKIP} {COPY}"),
    ] {
        check(&star(&body), &[], &[]);
    }
    check("var _a = require('a'); Object.keys(_a); Object.keys(_a).each(function () {})", &[], &[]);
    check("let a = require('a'), b = require('b'); Object.keys(b)", &[], &[]);
}

#[test]
fn a_module_has_no_names_here() {
    for source in [
        "import a from 'a'",
        "import'a'",
        "import{a}from'a'",
        "import * as a from 'a'",
        "export default 1",
        "export{a}",
        "export * from 'a'",
        "export const a = 1",
        "x; import.meta.url",
        "exports.a = 1;\nexport {}",
    ] {
        assert_eq!(lex(source), Lexed { module: true, ..Lexed::default() }, "{source}");
    }
    for source in [
        "import('a')",
        "x.import",
        "x = { import: 1, export: 2 }",
        "class A { import() {} }",
        "'import a'",
        "exporting()",
        "important",
        "x.export = 1",
        "function f() { import('x') }",
    ] {
        assert_eq!(lex(source), Lexed::default(), "{source}");
    }
}

#[test]
fn a_file_that_breaks_off_has_the_names_up_to_there() {
    check("exports.a = 1; 'x\n; exports.b = 1", &["a"], &[]);
    check("exports.a = 1; ) exports.b = 1", &["a"], &[]);
    check("exports.a = 1; `${ exports.b = 1", &["a", "b"], &[]);
    check("exports.a = 1; module.exports = { b, c", &["a", "b", "c"], &[]);
}

#[test]
fn what_is_written_by_esbuild_and_typescript_is_found() {
    check(
        "var __defProp = Object.defineProperty;\nvar __export = (target, all) => {\n for (var name in all)\n \
         __defProp(target, name, { get: all[name], enumerable: true });\n};\nmodule.exports = \
         __toCommonJS(stdin_exports);\n// Annotate the CommonJS export names for ESM import in node:\n0 && \
         (module.exports = {\n  one,\n  two,\n  ...require(\"./three\")\n});\n",
        &["one", "two"],
        &["./three"],
    );
    check(
        "\"use strict\";\nObject.defineProperty(exports, \"__esModule\", { value: true });\nexports.b = exports.a = \
         void 0;\nvar color_1 = require(\"./color\");\nObject.defineProperty(exports, \"color\", { enumerable: \
         true, get: function () { return color_1.color; } });\n__exportStar(require(\"./more\"), exports);\n\
         exports.a = 1;\nexports.b = 2;\n",
        &["__esModule", "b", "a", "color"],
        &["./more"],
    );
}
