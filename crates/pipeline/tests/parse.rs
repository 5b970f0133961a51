//! Pipeline files: what is read, and what is said about what is wrong.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aether_pipeline::{InputError, InputType, Plan, parse};
use aether_source::{Diagnostic, Source};
use serde_json::json;

fn good(text: &str) -> Plan {
    parse(Source::new("pipeline.yaml", text)).unwrap_or_else(|all| panic!("{}", show(&all)))
}

fn show(all: &[Diagnostic]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// `expect` is every message with its help, in order.
fn bad(text: &str, expect: &[&str]) {
    let problems = parse(Source::new("p", text)).expect_err("must be refused");
    assert_eq!(show(&problems), expect.join("\n"), "for {text}");
}

#[test]
fn the_full_example() {
    let mut plan = good(include_str!("data/full.yaml"));
    assert!(plan.warnings().is_empty(), "{}", show(plan.warnings()));
    assert_eq!(plan.name(), Some("log-triage"));
    assert_eq!(plan.inputs()[0].name, "logs");
    assert_eq!(plan.inputs()[0].kind, InputType::Folder);
    let ids: Vec<&str> =
        plan.order().iter().map(|index| plan.steps()[*index].id.as_str()).collect();
    assert_eq!(ids, ["read", "triage", "report"]);
    let read = plan.step("read").unwrap();
    assert_eq!(read.method, "run");
    assert_eq!(read.timeout, Some(Duration::from_secs(20)));
    assert_eq!(read.mounts[0].at.as_str(), "/var/log");
    assert_eq!(read.with.as_literal(), Some(&json!({ "limit": 100_000 })));
    assert_eq!(read.permissions.as_ref().unwrap().read[0].value.as_str(), "/var/log/**");
    assert!(plan.step("triage").unwrap().continue_on_error);
    assert_eq!(plan.step("report").unwrap().needs.len(), 2);
    assert_eq!(plan.plugin_folder(read), Path::new("./plugins/log-reader"));
    plan.anchor(Path::new("/pipes"), Path::new("/home/me"));
    let read = plan.step("read").unwrap();
    assert_eq!(plan.plugin_folder(read), Path::new("/pipes/./plugins/log-reader"));
    assert_eq!(plan.policy_file(), Some(PathBuf::from("/pipes/./aether-policy.yaml")));
}

#[test]
fn everything_wrong_is_said_at_once() {
    bad(
        r#"
nmae: x
inputs:
  logs: { type: foldr }
  count: { type: number, default: many }
  flag: { type: boolean, default: yes }
  9lives: { type: string }
  bare:
policy: "${{ inputs.logs }}"
steps:
  - id: read
    plugin: ./a
    neds: [triage]
    needs: [triag, 5]
    with: { a: "${{ inputs.lgos }}", b: ["x ${{ steps.triage.output }} y"] }
    timeout: 20
  - id: read
    plugin: ""
  - id: triage
    method: a-b
    mounts: { var: x, /: y, "/ok": "${{ steps.read.result }}" }
    permissions: { filesystem: { raed: [] } }
    continue-on-error: "no"
  - id: "bad id"
    plugin: ./c
    with: "${{ steps.nothing.result }"
output: "${{ steps.reprot.result }}"
"#,
        &[
            "p:2:1: error: unknown key `nmae`\n  help: did you mean `name`?",
            "p:4:17: error: `foldr` is not one of `string`, `number`, `boolean`, `folder` or `file`\n  help: did you mean `folder`?",
            "p:5:35: error: expected a number, found a string",
            "p:6:35: error: expected true or false, found a string\n  help: write `true`",
            "p:7:3: error: `9lives` cannot be the name of an input\n  help: a name is 1 to 64 of `a-z`, `A-Z`, `0-9`, `_` and `-`, and begins with a letter",
            "p:8:3: error: expected an object, found nothing\n  help: give a value or remove the key",
            "p:9:9: error: an expression is not evaluated here\n  help: expressions work in `with`, `mounts` and `output`",
            "p:13:5: error: unknown key `neds` in `steps.0`\n  help: did you mean `needs`?",
            "p:14:13: error: there is no step `triag`\n  help: did you mean `triage`?",
            "p:14:20: error: expected a string, found a number\n  help: put it in quotes: \"5\"",
            "p:15:17: error: there is no input `lgos`\n  help: did you mean `logs`?",
            "p:15:45: error: a step has no `output`\n  help: it has `result` and `outcome`",
            "p:16:14: error: expected a duration with a unit, found a number\n  help: write \"20s\", or whichever unit is meant",
            "p:17:9: error: there are two steps `read`\n  help: the first is at 11:9; rename one",
            "p:18:13: error: the path is empty",
            "p:19:5: error: the key `plugin` is missing",
            "p:20:13: error: `a-b` cannot be the name of a method\n  help: write the name of a function that the plugin exports",
            "p:21:15: error: path `var` does not begin with `/`",
            "p:21:23: error: the root of a cell's files cannot be a mount",
            "p:21:37: error: a mount cannot depend on what step `read` returns\n  help: a plugin would choose the host folder another plugin sees; use an input",
            "p:22:34: error: unknown key `raed` in `steps.2.permissions.filesystem`\n  help: did you mean `read`?",
            "p:23:24: error: expected true or false, found a string\n  help: write `false`",
            "p:24:9: error: `bad id` cannot be the id of a step\n  help: a name is 1 to 64 of `a-z`, `A-Z`, `0-9`, `_` and `-`, and begins with a letter",
            "p:26:12: error: `${{` is not closed\n  help: end the expression with `}}`",
            "p:27:10: error: there is no step `reprot`",
        ],
    );
}

#[test]
fn a_run_has_a_name_that_can_be_seen() {
    for name in ["", " "] {
        bad(
            &format!("name: \"{name}\"\nsteps: [{{ id: a, plugin: ./a }}]\n"),
            &[
                "p:1:7: error: the name is empty\n  help: write one, or remove the key: the file's name stands in for it",
            ],
        );
    }
}

#[test]
fn circles_are_named() {
    let step = |id: &str, rest: &str| format!("  - {{ id: {id}, plugin: ./{id}, {rest} }}\n");
    let text = format!(
        "steps:\n{}{}{}{}",
        step("a", "needs: [c]"),
        step("b", "with: \"${{ steps.a.result }}\""),
        step("c", "with: { x: \"- ${{ steps.b.outcome }}\" }"),
        step("d", "needs: [d]"),
    );
    bad(
        &text,
        &[
            "p:3:34: error: steps wait for each other: `a` needs `c` needs `b` needs `a`\n  help: remove one of these needs",
            "p:5:35: error: step `d` needs itself\n  help: remove one of these needs",
        ],
    );
}

#[test]
fn what_is_missing() {
    bad("{}", &["p:1:1: error: the key `steps` is missing"]);
    bad("steps: []", &["p:1:1: error: a pipeline has at least one step"]);
    bad(
        "steps: [{}]",
        &["p:1:9: error: the key `id` is missing", "p:1:9: error: the key `plugin` is missing"],
    );
    bad("steps: [5]", &["p:1:9: error: expected an object, found a number"]);
    bad("", &["p: error: the file is empty"]);
}

#[test]
fn expressions_are_found_exactly() {
    // In a plain, a quoted and a folded scalar; in the last the whole scalar is shown.
    bad(
        "steps:\n- id: a\n  plugin: x\n  with:\n  - é ${{ inputs.x }}\n  - 'it''s ${{ inputs.y }}'\n  - \"\\t${{ inputs.z }}\"\n  - >\n    one\n    ${{ inputs.w }}\n",
        &[
            "p:5:7: error: there is no input `x`",
            "p:6:12: error: there is no input `y`",
            "p:7:8: error: there is no input `z`",
            "p:10:5: error: there is no input `w`",
        ],
    );
    bad(
        "steps:\n- id: a\n  plugin: x\n  with: \"\\x24{{ inputs.x }}\"\n",
        &["p:4:9: error: there is no input `x`"],
    );
    bad(
        "steps: [{ id: a, plugin: x, with: { \"${{ inputs.x }}\": 1 } }]",
        &["p:1:37: error: an expression in a key is not evaluated"],
    );
}

#[test]
fn what_is_odd_is_a_warning() {
    let plan = good(
        "inputs: { a: { type: string } }\nsteps:\n- { id: x, plugin: p }\n- { id: y, plugin: p, needs: [x, x] }\n",
    );
    assert_eq!(
        show(plan.warnings()),
        "pipeline.yaml:1:11: warning: the input `a` is never used\n\
         pipeline.yaml:4:34: warning: `x` is listed twice"
    );
}

#[test]
fn inputs_are_set_from_text() {
    let text = "inputs:\n  logs: { type: folder, default: ./logs }\n  more: { type: folder }\n  count: { type: number }\n  deep: { type: boolean, default: false }\nsteps:\n- id: a\n  plugin: p\n  with: [\"${{ inputs.logs }}\", \"${{ inputs.more }}\", \"${{ inputs.count }}\", \"${{ inputs.deep }}\"]\n";
    let mut plan = good(text);
    assert_eq!(plan.check_inputs().unwrap_err().to_string(), "no value for `more`, `count`");
    assert_eq!(plan.check_inputs().unwrap_err().help(), "give --set more=… --set count=…");
    let error = plan.set_input("log", "/x").unwrap_err();
    assert_eq!(error.to_string(), "the pipeline has no input `log`");
    assert_eq!(error.help(), "did you mean `logs`?");
    let error = plan.set_input("count", "ten\u{1b}").unwrap_err();
    assert_eq!(error.to_string(), "`ten\\u{1b}` is not a value for the input `count`, a number");
    assert_eq!(error.help(), "give a number, such as 10 or 0.5");
    assert!(matches!(plan.set_input("deep", "yes"), Err(InputError::WrongType { .. })));
    plan.set_input("count", "10").unwrap();
    plan.set_input("more", "sub").unwrap();
    plan.set_input("deep", "true").unwrap();
    assert_eq!(plan.check_inputs(), Ok(()));
    plan.anchor(Path::new("/pipes"), Path::new("/home/me"));
    let values: Vec<_> = plan.inputs().iter().map(|input| input.value.clone().unwrap()).collect();
    let (logs, more) = (Path::new("/pipes").join("./logs"), Path::new("/home/me").join("sub"));
    assert_eq!(values, [json!(logs), json!(more), json!(10), json!(true)]);
    let unknown = good("steps: [{ id: a, plugin: p }]").set_input("x", "1").unwrap_err();
    assert_eq!(unknown.help(), "it takes none");
}

#[test]
fn caps_hold() {
    let code = |text: String| parse(Source::new("p", text)).expect_err("must be refused")[0].code;
    let steps: String = (0..300).map(|n| format!("- {{ id: s{n}, plugin: p }}\n")).collect();
    assert_eq!(code(format!("steps:\n{steps}")), "too-many-entries");
    let inputs: String = (0..70).map(|n| format!("  i{n}: {{ type: string }}\n")).collect();
    assert_eq!(
        code(format!("inputs:\n{inputs}steps: [{{ id: a, plugin: p }}]")),
        "too-many-entries"
    );
    let expressions = "${{ inputs.x }}".repeat(20_000);
    assert_eq!(
        code(format!("steps: [{{ id: a, plugin: p, with: '{expressions}' }}]")),
        "unknown-input"
    );
}
