//! Methods that do not return what can be passed on.

use crate::Stage;

/// The call fails as the plugin's own error, with these words and no result.
#[track_caller]
fn fails(code: &str, words: &[&str]) {
    let stage = Stage::new();
    stage.plugin("p").main(&format!("export default (input, ctx) => {{\n  {code}\n}};\n"));
    let outcome = stage.call("p", "run");
    outcome.exits(1).prints_nothing().is_inert();
    words.iter().for_each(|words| {
        outcome.says(words);
    });
    // The state of the run is as good as after any other.
    outcome.says("records, valid");
}

#[test]
fn results_that_are_not_json() {
    fails("return () => 1;", &["JSON", "function"]);
    fails("return Symbol('x');", &["JSON", "symbol"]);
    fails("return 10n;", &["BigInt"]);
    fails("return { deep: [1n] };", &["BigInt"]);
    fails("const a = {}; a.a = a; return a;", &["refers to itself"]);
    fails("return { get x() { throw new Error('in a getter'); } };", &["in a getter"]);
    fails("return { toJSON() { throw new Error('in toJSON'); } };", &["in toJSON"]);
    fails("return { toJSON() { return undefined; } };", &["JSON"]);
    fails("return 'x'.repeat(17 << 20);", &["the result is too large"]);
}

#[test]
fn nothing_is_null() {
    let stage = Stage::new();
    for code in
        ["return undefined;", "", "return Promise.resolve();", "return null;", "return NaN;"]
    {
        stage.plugin("p").main(&format!("export default () => {{ {code} }};"));
        stage.call("p", "run").exits(0).prints("null");
    }
}

#[test]
fn things_that_are_thrown() {
    fails("throw new Error('on purpose');", &["Error: on purpose", "main.js:2"]);
    fails("throw new RangeError('far');", &["RangeError: far", "main.js:2"]);
    fails("throw 'just text';", &["just text"]);
    fails("throw null;", &["null"]);
    fails("throw undefined;", &["undefined"]);
    fails("throw 42;", &["42"]);
    fails("throw { code: 'E_CUSTOM', message: 'an object' };", &["an object"]);
    fails(
        "throw Object.assign(new Error('coded'), { code: 'E_CUSTOM' });",
        &["coded", "[E_CUSTOM]"],
    );
    fails("throw new Proxy({}, { get() { throw new Error('in a trap'); } });", &[]);
    fails("throw { toString() { throw 1; }, get message() { throw 2; } };", &[]);
    fails("throw new Error('x'.repeat(1e6));", &["xxx"]);
    fails("null.property;", &["TypeError", "main.js:2"]);
    fails("return Promise.reject(new Error('rejected'));", &["rejected"]);
    fails("return { then(yes, no) { no(new Error('thenable')); } };", &["thenable"]);
    fails("throw new AggregateError([new Error('one'), new Error('two')], 'both');", &["both"]);
}

#[test]
fn promises_that_never_settle() {
    fails("return new Promise(() => {});", &["never"]);
    fails("return (async () => { await new Promise(() => {}); })();", &["never"]);
    fails("return { then() {} };", &["never"]);
}

#[test]
fn there_is_no_way_to_leave_but_to_return() {
    fails("process.exit(0);", &["process"]);
    fails("return quit();", &["quit"]);
    fails("return Deno.exit();", &["Deno"]);
    fails("require('process').exit();", &["require"]);
}

#[test]
fn a_promise_that_is_rejected_unheard_does_not_decide() {
    let stage = Stage::new();
    stage
        .plugin("p")
        .main("export default () => { Promise.reject(new Error('unheard')); return 1; };");
    stage.call("p", "run").exits(0).prints("1");
}

#[test]
fn results_and_inputs_that_are_not_what_is_declared() {
    let stage = Stage::new();
    let exports =
        r#"{ "run": { "params": { "required": ["n"] }, "result": { "type": "number" } } }"#;
    stage.plugin("p").with("exports", exports).main("export default ({ n }) => n;");
    stage.plugin("giver").main("export default () => ({});");
    let outcome = stage.run(&["call", "p", "run", "--input", "{ \"n\": \"a\" }"]);
    outcome.exits(1).prints_nothing().is_inert().says("records, valid");
    outcome.says("the result of `run` does not fit what the plugin's manifest declares");
    let outcome = stage.call("p", "run");
    outcome.exits(2).prints_nothing().is_inert();
    outcome.says("the input of `run` does not fit what the plugin's manifest declares");
    // What one step gives another is held to the same.
    stage.file(
        "p.yaml",
        "steps:\n  - { id: a, plugin: ./giver }\n  - { id: b, plugin: ./p, with: { m: \"${{ steps.a.result }}\" } }\n",
    );
    let outcome = stage.run(&["run", "p.yaml"]);
    outcome.exits(2).is_inert().says("step `b`: the input of `run` does not fit");
}
