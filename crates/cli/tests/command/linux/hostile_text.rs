//! Whatever a plugin, a manifest or a pipeline calls itself or says: it is text on the terminal and
//! nothing else.

use aether_testkit::Session;

use crate::Stage;

/// Clears the screen, sets the title, rings, moves up, reorders, hides.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}[1A\u{9b}31m\u{202e}drow\u{2066}\u{200b}\r\u{8}\u{7f}\u{feff}";

/// The same as a JavaScript or JSON string.
fn literal() -> String {
    serde_json::to_string(HOSTILE).expect("a string")
}

#[test]
fn messages_of_a_plugin() {
    let stage = Stage::new();
    stage.plugin("p").main(&format!(
        "import log from 'aether:log';
         const evil = {};
         export default async (input, ctx) => {{
           console.log(evil); log.warn(evil + '\\nerror: forged', {{ [evil]: evil }}); ctx.progress(0.5, evil);
           const error = new Error(evil + '\\nDone'); error.name = evil; error.code = evil; error.fix = evil;
           throw error;
         }}
         export const result = () => ({{ [evil]: evil }});
         export const denied = async () => {{
           const fs = await import('aether:fs'); await fs.readText('/' + evil.replaceAll(/[\\r\\x07\\x08]/g, ''));
         }};
         export const module = () => import('./' + evil);",
        literal()
    ));
    for method in ["run", "denied", "module", HOSTILE] {
        let outcome = stage.run(&["call", "p", method, "--inspect-security=report"]);
        outcome.exits(if method == HOSTILE { 2 } else { 1 }).prints_nothing().is_inert();
        assert!(!outcome.stderr.lines().any(|line| line.starts_with("error: forged")), "{outcome}");
        stage.run(&["audit", "show", "report/audit.jsonl"]).exits(0).is_inert();
        for file in ["report.html", "report.json", "violations.sarif", "audit.jsonl"] {
            let text = stage.text(format!("report/{file}"));
            let bad = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
            assert!(
                !text.contains(bad),
                "{file} of {method} has {:?}",
                text.chars().find(|c| bad(*c))
            );
        }
    }
    // A result is data: a program gets every character as it was returned.
    let outcome = stage.call("p", "result");
    assert_eq!(outcome.exits(0).json(), serde_json::json!({ HOSTILE: HOSTILE }));
}

#[test]
fn messages_of_a_plugin_in_a_terminal() {
    let stage = Stage::new();
    stage.plugin("p").main(&format!(
        "export default (input, ctx) => {{ console.log({0}); ctx.progress(0.5, {0}); throw new Error({0}); }};
         export const result = () => ({{ [{0}]: {0} }});",
        literal()
    ));
    stage.file("p.yaml", "steps: [{ id: a, plugin: ./p }]\n");
    let result =
        "steps: [{ id: a, plugin: ./p, method: result }]\noutput: \"${{ steps.a.result }}\"\n";
    stage.file("result.yaml", result);
    for (line, code) in [
        (&["call", "p", "run"][..], 1),
        (&["run", "p.yaml"], 1),
        (&["call", "p", "result"], 0),
        (&["call", "p", "result", "--format", "json"], 0),
        (&["run", "result.yaml"], 0),
        (&["run", "result.yaml", "--format", "json"], 0),
    ] {
        let outcome = Session::start(&stage.aether(line)).end();
        outcome.exits(code);
        for sequence in
            ["\u{1b}]0;", "\u{7}", "\u{9b}", "\u{202e}", "\u{2066}", "\u{200b}", "\u{8}"]
        {
            assert!(!outcome.stderr.contains(sequence), "{sequence:?} in {:?}", outcome.stderr);
        }
    }
}

#[test]
fn manifests_policies_and_pipelines() {
    let stage = Stage::new();
    let (evil, yaml) = (literal(), literal());
    stage.file("p/main.js", "export default () => 1;");
    for manifest in [
        format!("{{ \"permissions\": {{}}, {evil}: 1 }}"),
        format!("{{ \"permissions\": {{}}, \"name\": {evil} }}"),
        format!("{{ \"permissions\": {{}}, \"entry\": {evil} }}"),
        format!("{{ \"permissions\": {{ \"filesystem\": {{ \"read\": [{evil}] }} }} }}"),
        format!("{{ \"permissions\": {{}}, \"version\": {evil} }}"),
        format!("{{ \"permissions\": {{}}, \"description\": \"{HOSTILE}\" }}"),
    ] {
        stage.file("p/aether-plugin.json", &manifest);
        stage.run(&["check", "p"]).exits(2).is_inert();
        stage.call("p", "run").exits(2).is_inert();
    }
    for pipeline in [
        format!("steps: [{{ id: {yaml}, plugin: ./p }}]\n"),
        format!("steps: [{{ id: a, plugin: {yaml} }}]\n"),
        format!("steps: [{{ id: a, plugin: ./p, mounts: {{ {yaml}: x }} }}]\n"),
        format!("steps: [{{ id: a, plugin: ./none, {yaml}: x }}]\n"),
        format!("policy: {yaml}\nsteps: [{{ id: a, plugin: ./p }}]\n"),
        format!("# {HOSTILE}\nsteps: [{{ id: a, plugin: ./p, x: y }}]\n"),
    ] {
        stage.file("p.yaml", &pipeline);
        for command in ["check", "run"] {
            stage.run(&[command, "p.yaml"]).exits(2).is_inert();
        }
    }
}

#[test]
fn a_pipeline_that_is_named_and_mounted_hostilely() {
    let stage = Stage::new();
    stage.plugin("p").reads(&["/data/**"]).main("export default () => 1;");
    stage.file(
        "p.yaml",
        format!(
            "name: {0}\nsteps: [{{ id: a, plugin: ./p, mounts: {{ /data: {0} }} }}]\n",
            literal()
        ),
    );
    stage.run(&["run", "p.yaml"]).no_panic().is_inert();
    stage.run(&["check", "p.yaml"]).no_panic().is_inert();
    stage.run(&["run", "p.yaml", "--policy", "p.yaml"]).exits(2).is_inert();
    stage.run_generously(&["run", "p.yaml"]).no_panic().is_inert();
}

#[test]
fn what_was_typed() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.file("p.yaml", "inputs: { a: { type: number } }\nsteps: [{ id: a, plugin: ./p }]\n");
    let set = format!("a={HOSTILE}");
    let unknown = format!("{HOSTILE}=1");
    for line in [
        &["run", HOSTILE][..],
        &["call", HOSTILE, "run"],
        &["check", HOSTILE],
        &["new", HOSTILE],
        &["run", "p.yaml", "--set", &set],
        &["run", "p.yaml", "--set", &unknown],
        &["run", "p.yaml", "--set", HOSTILE],
        &["call", "p", "run", "--policy", HOSTILE],
        &["call", "p", "run", "--allow-degraded", HOSTILE],
        &["call", "p", "run", "--workdir", HOSTILE],
        &["diff", HOSTILE],
        &["audit", "verify", HOSTILE],
        &["plugins", "revoke", HOSTILE],
        &["apply", "--only", HOSTILE],
    ] {
        stage.run(line).no_panic().is_inert();
    }
}

#[test]
fn file_names_and_contents_in_a_diff() {
    let stage = Stage::new();
    stage.plugin("p").writes(&["./out/"]).main(&format!(
        "import * as fs from 'aether:fs';
         const evil = {};
         export default async () => {{
           await fs.writeText('./out/' + evil, 'x\\n');
           await fs.writeText('./out/content', evil + '\\n--- forged\\n+tab\\there\\n');
         }};",
        literal()
    ));
    stage.run_generously(&["call", "p", "run"]).exits(0).is_inert();
    stage.run(&["diff"]).exits(0).is_inert().prints_some("\\u{202e}");
    stage.run(&["apply"]).exits(0).is_inert();
    assert!(stage.has(format!("out/{HOSTILE}")), "a name is a name");
}

#[test]
fn a_file_name_adds_no_lines_to_a_diff() {
    let stage = Stage::new();
    stage.plugin("p").writes(&["./out/"]).main(
        "import * as fs from 'aether:fs';
         export default () => fs.writeText('./out/x\\n@@ -1 +1 @@\\n-forged\\n+forged', 'one\\r-forged\\n');",
    );
    stage.run_generously(&["call", "p", "run"]).exits(0).is_inert();
    let diff = stage.run(&["diff"]);
    diff.exits(0).is_inert().prints_some("+one\\r-forged");
    let forged = |line: &str| line.starts_with("-forged") || line.starts_with("+forged");
    assert!(!diff.stdout.lines().any(forged), "{diff}");
}

#[test]
fn names_of_what_waits_for_another_change() {
    let stage = Stage::new();
    stage.file("data/x", "x");
    stage.file("data/a", "a");
    stage.plugin("p").writes(&["./data/**"]).main(&format!(
        "import * as fs from 'aether:fs';
         export default async () => {{
           await fs.rename('./data/x', './data/' + {}); await fs.rename('./data/a', './data/x');
         }};",
        literal()
    ));
    stage.run_generously(&["call", "p", "run"]).exits(0).is_inert();
    // Taken since, so `x` stays where it is, and nothing can take its place.
    stage.file(format!("data/{HOSTILE}"), "taken");
    let applied = stage.run(&["apply"]);
    applied.exits(1).is_inert().says("waits for /workspace/data/\\u{1b}[2J").says("conflict: ");
}

#[test]
fn records_of_a_log_that_somebody_wrote() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage.run(&["call", "p", "run", "--inspect-security=report"]).exits(0);
    let log = stage.text("report/audit.jsonl");
    let line = log.lines().next().expect("a record");
    let mut record: serde_json::Value = serde_json::from_str(line).expect("JSON");
    record["time"] = HOSTILE.into();
    stage.file("forged.jsonl", format!("{record}\n"));
    let shown = stage.run(&["audit", "show", "forged.jsonl"]);
    shown.exits(0).is_inert().prints_some("\\u{1b}[2J");
}

#[test]
fn a_message_of_several_lines_is_shown_in_several() {
    let stage = Stage::new();
    stage.plugin("p").main(
        "export default () => { console.log('first\\nerror: forged\\n\\u001b[2Jlast\\r\\n'); console.log('x\\n'.repeat(500)); };",
    );
    let outcome = stage.call("p", "run");
    outcome.exits(0).is_inert();
    outcome.says("info  p: first\n      | error: forged\n      | \\u{1b}[2Jlast\n");
    assert!(outcome.stderr.lines().count() < 100, "{outcome}");
    outcome.says("more lines");
}
