//! What a plugin returns is the result: exactly that, on standard output, and nothing else.

use crate::Stage;

#[test]
fn a_call_prints_exactly_the_json() {
    let stage = Stage::new();
    let check = |code: &str, expect: &str| {
        stage.plugin("p").main(&format!("export default () => ({code});"));
        stage.call("p", "run").exits(0).prints(expect);
    };
    check(
        "{ b: 1, a: [1, 2.5, -3e-7, null, true], z: {} }",
        r#"{"b":1,"a":[1,2.5,-3e-7,null,true],"z":{}}"#,
    );
    check("[]", "[]");
    check("'text with \"quotes\" and \\n lines'", r#""text with \"quotes\" and \n lines""#);
    check("'Grüße 🦀'", r#""Grüße 🦀""#);
    check("42", "42");
    check("0.1 + 0.2", "0.30000000000000004");
    check("null", "null");
    check("false", "false");
    check("new Date(0)", r#""1970-01-01T00:00:00.000Z""#);
    check("({ a: undefined, b: () => 1, c: NaN })", r#"{"c":null}"#);
    check("9007199254740993", "9007199254740992");
    check("'x'.repeat(100000)", &format!("{:?}", "x".repeat(100_000)));
}

#[test]
fn every_exported_function_is_a_method() {
    let stage = Stage::new();
    stage.plugin("p").main(
        "import { twice } from './lib.js';
         export default async (input, ctx) => ctx.method;
         export const two = (input) => twice(input.n);
         export async function three(input, { plugin }) { await null; return [plugin.name, plugin.version]; }",
    );
    stage.file("p/lib.js", "export const twice = (n) => 2 * n;");
    stage.call("p", "run").exits(0).prints(r#""run""#);
    stage.run(&["run", "p"]).exits(0).prints(r#""run""#);
    stage.run(&["call", "p", "two", "--input", "{\"n\": 21}"]).exits(0).prints("42");
    stage.call("p", "three").exits(0).prints(r#"["p","0.1.0"]"#);
    let unknown = stage.call("p", "there");
    unknown.exits(2).prints_nothing().says("no method `there`").says("did you mean `three`?");
}

#[test]
fn an_input_comes_from_the_line_a_file_or_the_standard_input() {
    let stage = Stage::new();
    stage.plugin("p").main("export default (input) => input;");
    stage.file("input.json", " {\"from\": \"a file\"} \n");
    let check = |typed: &str, input: &str, expect: &str| {
        let command = stage.aether(&["call", "p", "run", "--input", typed]).input(input);
        command.run().exits(0).prints(expect);
    };
    check("[1, 2]", "", "[1,2]");
    check("@input.json", "", r#"{"from":"a file"}"#);
    check("-", "\"typed\"", r#""typed""#);
    let refuse = |typed: &str, words: &str| {
        stage.run(&["call", "p", "run", "--input", typed]).exits(2).prints_nothing().says(words);
    };
    refuse("{", "--input is not JSON");
    refuse("", "--input is not JSON");
    refuse("@none.json", "none.json");
    refuse("-", "--input is not JSON");
}

#[test]
fn words_do_not_mix_with_the_result() {
    let stage = Stage::new();
    stage.plugin("p").main(
        "import log from 'aether:log';
         export default (input, ctx) => {
           console.log('to the console'); log.warn('to the log'); ctx.log.error('to the context');
           ctx.progress(0.5, 'half');
           return { ok: true };
         };",
    );
    let outcome = stage.call("p", "run");
    outcome.exits(0).prints(r#"{"ok":true}"#);
    outcome.says("to the console").says("to the log").says("to the context");
}

#[test]
fn json_for_programs_holds_output_and_record() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => ({ answer: 42 });");
    let json = stage.run(&["call", "p", "run", "--format", "json"]).exits(0).json();
    assert_eq!(json["output"]["answer"], 42);
    assert_eq!(json["record"]["cells"][0]["plugin"]["name"], "p");
    assert_eq!(json["record"]["outcome"]["exit_code"], 0);
    stage.plugin("p").main("export default () => { throw new Error('no') };");
    let json = stage.run(&["call", "p", "run", "--format", "json"]).exits(1).json();
    assert!(json["output"].is_null());
    assert_eq!(json["record"]["outcome"]["exit_code"], 1);
}

#[test]
fn a_new_plugin_can_be_called() {
    let stage = Stage::new();
    stage.run(&["new", "hello"]).exits(0);
    let outcome = stage.run(&["call", "hello", "run", "--input", "{\"name\": \"Ada\"}"]);
    outcome.exits(0).prints(r#"{"greeting":"Hello, Ada!"}"#).says("hello runs");
    stage.run(&["check", "hello"]).exits(0).prints_nothing().says("0 error(s), 0 warning(s)");
}

#[test]
fn a_pipeline_passes_results_on() {
    let stage = Stage::new();
    stage.plugin("plugins/one").main("export default (input) => ({ n: input.start + 1 });");
    stage.plugin("plugins/two").main("export const double = (input) => ({ n: input.n * 2 });");
    stage.file(
        "p.yaml",
        "name: sums
inputs: { start: { type: number, default: 1 } }
steps:
  - { id: a, plugin: ./plugins/one, with: { start: \"${{ inputs.start }}\" } }
  - { id: b, plugin: ./plugins/two, method: double, with: \"${{ steps.a.result }}\" }
output: \"${{ steps.b.result.n }}\"
",
    );
    stage.run(&["run", "p.yaml"]).exits(0).prints("4").says("a: done").says("b: done");
    let outcome = stage.run(&["run", "p.yaml", "--set", "start=20"]);
    outcome.exits(0).prints("42");
    outcome.shows(
        "a: started
a: done in [DURATION]
b: started
b: done in [DURATION]
sums  Done  in [DURATION]

  step  plugin     ended   [..]
  a     one 0.1.0  done    [..]
  b     two 0.1.0  done    [..]

  run          [RUN]
  protections  44 of 44 enforced
  audit        [..] records, valid  [SCENE]/state/runs/[RUN]/audit.jsonl",
    );
    let json = stage.run(&["run", "p.yaml", "--format", "json"]).exits(0).json();
    assert_eq!(json["output"], 4);
    assert_eq!(json["record"]["cells"][1]["step"], "b");
}
