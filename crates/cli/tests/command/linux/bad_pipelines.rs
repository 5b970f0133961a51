//! Pipelines that cannot be used, and pipelines of which a part fails.

use serde_json::Value;

use crate::Stage;

#[track_caller]
fn pipeline(text: &str, words: &[&str]) {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.file("p.yaml", text);
    for command in ["run", "check"] {
        let outcome = stage.run(&[command, "p.yaml"]);
        outcome.exits(2).prints_nothing().is_inert();
        words.iter().for_each(|words| {
            outcome.says(words);
        });
    }
}

#[test]
fn files_that_are_broken() {
    pipeline("", &["p.yaml"]);
    pipeline("steps: [", &["p.yaml:1:"]);
    pipeline("steps:\n  - id: a\n   plugin: ./p\n", &["p.yaml:3:"]);
    pipeline("steps: []\n", &["at least one step", "p.yaml:1:1"]);
    pipeline("stepps: []\n", &["unknown key `stepps`", "did you mean `steps`?", "1:1"]);
    pipeline("steps: [{ id: a, plugin: ./p, metod: x }]\n", &["did you mean `method`?"]);
    pipeline("steps: [{ id: a }]\n", &["plugin"]);
    pipeline("steps: [{ plugin: ./p }]\n", &["id"]);
    pipeline("steps: { id: a }\n", &["expected a list, found an object"]);
    pipeline("steps: [{ id: a, plugin: [./p] }]\n", &["expected a string, found a list"]);
    pipeline(
        "steps:\n  - { id: a, plugin: ./p }\n  - { id: a, plugin: ./p }\n",
        &["two steps `a`", "2:11"],
    );
    pipeline("steps: [{ id: a, plugin: ./p, needs: [b] }]\n", &["there is no step `b`"]);
    pipeline("steps: [{ id: one, plugin: ./p, needs: [oen] }]\n", &["did you mean `one`?"]);
    pipeline("steps: [{ id: a, plugin: ./p, needs: [a] }]\n", &["itself"]);
    pipeline(
        "steps:\n  - { id: a, plugin: ./p, needs: [b] }\n  - { id: b, plugin: ./p, needs: [a] }\n",
        &["p.yaml:"],
    );
    pipeline("steps: [{ id: a, plugin: ./p, with: { x: \"${{ steps.b.result }}\" } }]\n", &["b"]);
    pipeline("steps: [{ id: a, plugin: ./p, with: { x: \"${{ inputs.b }}\" } }]\n", &["b"]);
    pipeline("steps: [{ id: a, plugin: ./p, with: { x: \"${{ 1 + }}\" } }]\n", &["1:"]);
    pipeline("steps: [{ id: a, plugin: ./p, with: { x: \"${{\" } }]\n", &["1:"]);
    pipeline("steps: [{ id: a, plugin: ./p, timeout: 2 weeks }]\n", &["2 weeks"]);
    pipeline("steps: [{ id: a, plugin: ./p, mounts: { x: ./y } }]\n", &["x"]);
    pipeline("steps: [{ id: a, plugin: ./p, mounts: { /a/../b: ./y } }]\n", &["`..`"]);
    pipeline(
        "inputs: { a: { type: strin } }\nsteps: [{ id: a, plugin: ./p }]\n",
        &["did you mean `string`?"],
    );
    pipeline(
        "inputs: { a: { type: number, default: x } }\nsteps: [{ id: a, plugin: ./p }]\n",
        &["1:"],
    );
    pipeline(
        "nmae: x\nsteps:\n  - { id: \"a b\", plugin: ./p }\n  - { id: c, plugin: 5, methd: x }\n",
        &["did you mean `name`?", "`a b`", "found a number", "did you mean `method`?", "4 errors"],
    );
}

#[test]
fn inputs_that_are_wrong() {
    let stage = Stage::new();
    stage.plugin("p").main("export default (input) => input;");
    stage.file(
        "p.yaml",
        "inputs:\n  count: { type: number }\n  deep: { type: boolean, default: false }\n  logs: { type: folder, default: . }\nsteps:\n  - { id: a, plugin: ./p, with: { n: \"${{ inputs.count }}\", b: \"${{ inputs.deep }}\" } }\noutput: \"${{ steps.a.result }}\"\n",
    );
    let check = |arguments: &[&str], words: &[&str]| {
        let outcome = stage.run(&[&["run", "p.yaml"], arguments].concat());
        outcome.exits(2).prints_nothing();
        words.iter().for_each(|words| {
            outcome.says(words);
        });
    };
    check(&[], &["no value for the input `count`", "p.yaml:2:3", "--set count="]);
    check(&["--set", "cuont=1"], &["no input `cuont`", "did you mean `count`?"]);
    check(&["--set", "xyzzy=1"], &["it takes count, deep, logs"]);
    check(&["--set", "count"], &["`--set count` has no value", "--set NAME=VALUE"]);
    check(&["--set", "count=many"], &["`many` is not a value for the input `count`", "a number"]);
    check(&["--set", "count=1", "--set", "deep=yes"], &["`true` or `false`"]);
    check(&["--set", "count=1", "--set", "logs="], &["logs"]);
    check(&["--set", "=1"], &["input"]);
    stage
        .run(&["run", "p.yaml", "--set", "count=7", "--set", "deep=true"])
        .exits(0)
        .prints(r#"{"n":7,"b":true}"#);
    stage.run(&["run", "p", "--set", "a=1"]).exits(2).says("is for pipelines");
}

#[test]
fn an_expression_that_fails_while_it_runs_is_shown_with_its_place() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => ({ a: 1 });");
    stage.file(
        "p.yaml",
        "steps:\n  - { id: a, plugin: ./p }\n  - id: b\n    plugin: ./p\n    with: { x: \"${{ steps.a.result.none.deeper }}\" }\n",
    );
    let outcome = stage.run(&["run", "p.yaml"]);
    outcome.exits(2).prints_nothing().says("p.yaml:5:").says("a: done").says("b: failed");
    stage
        .file("p.yaml", "steps: [{ id: a, plugin: ./p }]\noutput: \"${{ steps.a.result.b.c }}\"\n");
    stage.run(&["run", "p.yaml"]).exits(2).prints_nothing().says("p.yaml:2:");
}

/// `bad` fails; `after` and `last` need it, `other` does not.
const TREE: &str = "
name: tree
steps:
  - { id: bad, plugin: ./bad }
  - { id: after, plugin: ./good, needs: [bad] }
  - { id: last, plugin: ./good, needs: [after, other] }
  - { id: other, plugin: ./good }
output: \"${{ steps.other.result }}\"
";

#[test]
fn one_step_fails_and_the_independent_ones_still_run() {
    let check = |make: &dyn Fn(&Stage), code: i32, words: &str, kind: &str| {
        let stage = Stage::new();
        stage.plugin("good").main("export default () => 'good';");
        make(&stage);
        stage.file("p.yaml", TREE);
        let outcome = stage.run(&["run", "p.yaml", "--inspect-security=report", "--jobs", "1"]);
        outcome.exits(code).says(words).says("bad: failed").says("other: done");
        outcome.says("after: skipped: ").says("last: skipped: ");
        let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
        let cells = report["cells"].as_array().expect("cells");
        let exit = |step: &str| {
            let cell = cells.iter().find(|cell| cell["step"] == step);
            cell.unwrap_or_else(|| panic!("no {step} in {report}"))["exit"]["kind"].clone()
        };
        assert_eq!(exit("bad"), kind, "{report}");
        assert_eq!(exit("other"), "done");
        assert_eq!(exit("after"), "not-started");
        assert_eq!(exit("last"), "not-started");
        assert_eq!(report["outcome"]["exit_code"], code);
        assert!(stage.text("report/report.html").contains("other"));
        stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0);
    };
    let plugin = |code: &'static str| {
        move |stage: &Stage| {
            stage.plugin("bad").resources(r#"{ "timeout": "500ms", "memory": "32MB" }"#).main(code);
        }
    };
    check(
        &plugin("export default () => { throw new Error('bad luck'); };"),
        1,
        "bad luck",
        "error",
    );
    check(&plugin("export default () => 10n;"), 1, "no JSON form", "error");
    check(&plugin("export default () => {;"), 1, "main.js:1:", "error");
    check(&plugin("export default () => new Promise(() => {});"), 1, "never", "error");
    check(&plugin("export default () => { for (;;); };"), 5, "its time limit", "limit");
    check(
        &plugin("export default () => { const a = []; for (;;) a.push({}); };"),
        5,
        "its memory limit",
        "limit",
    );
    check(&|_| {}, 2, "bad: No such file", "not-started");
    let no_manifest = |stage: &Stage| {
        stage.file("bad/aether-plugin.json", "{ \"permisions\": {} }");
    };
    check(&no_manifest, 2, "did you mean `permissions`?", "not-started");
}

#[test]
fn a_step_that_may_fail_does_not_decide() {
    let stage = Stage::new();
    stage.plugin("bad").main("export default () => { throw new Error('bad luck'); };");
    stage.plugin("good").main("export default (input) => input;");
    stage.file(
        "p.yaml",
        "steps:\n  - { id: bad, plugin: ./bad, continue-on-error: true }\n  - { id: b, plugin: ./good, needs: [bad], with: { was: \"${{ steps.bad.outcome }}\" } }\noutput: \"${{ steps.b.result }}\"\n",
    );
    let outcome = stage.run(&["run", "p.yaml"]);
    outcome.exits(0).says("bad luck").says("b: done");
    assert!(outcome.stdout.contains("\"was\":\"fail"), "{outcome}");
}

#[test]
fn one_refused_step_keeps_all_from_beginning() {
    let stage = Stage::new();
    stage.plugin("good").main("export default () => 'good';");
    stage.plugin("bad").reads(&["/etc/shadow"]).main("export default () => 1;");
    stage.file("p.yaml", TREE);
    let outcome = stage.run(&["run", "p.yaml"]);
    outcome.exits(3).prints_nothing().never_says("started\n");
}

#[test]
fn steps_run_at_once_and_many() {
    let stage = Stage::new();
    stage.plugin("p").main("export default ({ n }) => n * n;");
    let steps: String =
        (0..30).map(|n| format!("  - {{ id: s{n}, plugin: ./p, with: {{ n: {n} }} }}\n")).collect();
    stage.file("p.yaml", format!("steps:\n{steps}output: \"${{{{ steps.s29.result }}}}\"\n"));
    stage.run(&["run", "p.yaml", "--jobs", "4"]).exits(0).prints("841");
    stage.run(&["run", "p.yaml", "--jobs", "0"]).no_panic();
}

#[test]
fn a_step_may_leave_out_but_never_add() {
    let stage = Stage::new();
    stage.file("in/a.txt", "a");
    stage.file("in/b.txt", "b");
    stage.plugin("p").reads(&["./in/**"]).main(
        "import { readText } from 'aether:fs';
         const attempt = async (path) => { try { return await readText(path); } catch ({ code }) { return code; } };
         export default async () => [await attempt('./in/a.txt'), await attempt('./in/b.txt')];",
    );
    let narrowed = |patterns: &str| {
        let step = format!(
            "{{ id: a, plugin: ./p, permissions: {{ filesystem: {{ read: [{patterns}] }} }} }}"
        );
        stage.file("p.yaml", format!("steps: [{step}]\noutput: \"${{{{ steps.a.result }}}}\"\n"));
        stage.run_generously(&["run", "p.yaml"])
    };
    narrowed("\"./in/a.txt\"").exits(0).prints(r#"["a","ERR_ACCESS_DENIED"]"#);
    narrowed("\"/etc/**\"").exits(0).prints(r#"["ERR_ACCESS_DENIED","ERR_ACCESS_DENIED"]"#);
    stage
        .run_generously(&["check", "p.yaml"])
        .exits(2)
        .says("a step can only leave out, never add");
}
