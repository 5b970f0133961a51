//! Plugins that call each other: `--with`.

use crate::Stage;

const CALLS: &str = "import { call } from 'aether:plugins';
    export default async (input) => await call('b.run', input);";

const CALLED: &str = "import { writeText } from 'aether:fs';
    export default async (input, { caller }) => {
      await writeText('./out.txt', caller); return { input, caller };
    };";

const POLICY: &str = "version: 1
plugins:
  a: { allow: { plugins: [b.run] } }
  b: { allow: { filesystem: { write: [./out.txt] } }, callers: [a] }
";

fn stage() -> Stage {
    let stage = Stage::new();
    stage.plugin("a").permissions(r#"{ "plugins": ["b.run"] }"#).main(CALLS);
    stage.plugin("b").writes(&["./out.txt"]).main(CALLED);
    stage.file("policy.yaml", POLICY);
    stage
}

#[test]
fn a_plugin_calls_one_that_is_offered_and_its_changes_count() {
    let stage = stage();
    let call = ["call", "a", "run", "--input", "[1]", "--policy", "policy.yaml"];
    let outcome = stage.aether(&call).args(["--with", "b", "--apply"]).run();
    outcome.exits(0).prints(r#"{"input":[1],"caller":"a"}"#);
    assert_eq!(stage.text("out.txt"), "a", "what the other wrote is applied too");
    let outcome = stage.aether(&["run", "a", "--policy", "policy.yaml"]).args(["--with", "b"]);
    outcome.run().exits(0).prints(r#"{"input":{},"caller":"a"}"#);
    // Without it there is nothing to call.
    let outcome = stage.run(&call);
    outcome.exits(1).says("there is no plugin `b` to call in this run");
}

#[test]
fn one_that_is_not_let_is_told_which_line_would() {
    let stage = stage();
    stage.file("policy.yaml", POLICY.replace("callers: [a]", "callers: [c]"));
    let call = ["call", "a", "run", "--policy", "policy.yaml", "--with", "b"];
    let outcome = stage.run(&call);
    outcome.exits(1).says("the policy does not let `a` call `b`");
    outcome.says(r#"plugins: { "b": { callers: ["c", "a"] } }"#);
}

#[test]
fn what_is_offered_is_loaded_once_and_refused_before_the_start() {
    let stage = stage();
    let call = ["call", "a", "run", "--policy", "policy.yaml"];
    let twice = stage.aether(&call).args(["--with", "b", "--with", "./b"]).run();
    twice.exits(2).prints_nothing().says("two plugins that are offered are called `b`");
    let missing = stage.aether(&call).args(["--with", "nothing"]).run();
    missing.exits(2).prints_nothing().says("nothing");
    stage
        .file("policy.yaml", POLICY.replace("allow: { filesystem: { write: [./out.txt] } }, ", ""));
    let refused = stage.aether(&call).args(["--with", "b"]).run();
    refused.exits(3).prints_nothing().says("out.txt");
}

#[test]
fn the_steps_of_a_pipeline_call_each_other_and_what_is_beside_them() {
    let stage = stage();
    stage.plugin("c").permissions(r#"{ "plugins": ["a.run"] }"#).main(
        "import { call } from 'aether:plugins'; export default async () => await call('a.run', 5);",
    );
    let policy =
        POLICY.replace("allow: { plugins: [b.run] }", "allow: { plugins: [b.run] }, callers: [c]");
    stage.file("policy.yaml", format!("{policy}  c: {{ allow: {{ plugins: [a.run] }} }}\n"));
    stage.file(
        "p.yaml",
        "steps:\n  - { id: one, plugin: ./a, with: 1 }\n  - { id: two, plugin: ./c }\noutput: \"${{ steps.two.result.input }}\"\n",
    );
    let run = stage.run(&["run", "p.yaml", "--policy", "policy.yaml", "--with", "b"]);
    run.exits(0).prints("5");
}
