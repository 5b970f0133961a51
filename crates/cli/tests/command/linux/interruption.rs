//! A person who ends the command loses nothing of what was done so far.

use serde_json::Value;

use crate::Stage;

const WRITES_AND_WAITS: &str = "import * as fs from 'aether:fs';
    export default async (_, { log }) => {
      await fs.writeText('./out/x', 'y');
      log.info('armed');
      await new Promise((done) => setTimeout(done, 1e5));
    };";

#[test]
fn a_call_that_is_interrupted_leaves_log_report_and_changes() {
    let stage = Stage::new();
    stage.plugin("p").writes(&["./out/"]).main(WRITES_AND_WAITS);
    let policy = stage.generous();
    let call = ["call", "p", "run", "--policy", &policy, "--inspect-security=report"];
    let outcome = stage.aether(&call).run_interrupted_after("armed");
    outcome.exits(130).prints_nothing().says("Interrupted");
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0);
    let log = stage.text("report/audit.jsonl");
    let end = log.lines().last().expect("its end");
    assert!(end.contains("\"exit_code\":130") && end.contains("interrupted"), "{end}");
    let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    assert_eq!(report["cells"][0]["exit"]["text"], "its host ended it", "{outcome}");
    stage.run(&["diff"]).exits(0).prints_some("/workspace/out/x: new file");
}

#[test]
fn the_steps_that_ended_before_stay_and_the_others_do_not_begin() {
    let stage = Stage::new();
    stage.plugin("quick").writes(&["./out/"]).main(
        "import * as fs from 'aether:fs'; export default () => fs.writeText('./out/q', 'y');",
    );
    stage.plugin("slow").writes(&["./out/"]).main(WRITES_AND_WAITS);
    stage.file(
        "p.yaml",
        "steps:\n  - { id: a, plugin: ./quick }\n  - { id: b, plugin: ./slow, needs: [a] }\n  - { id: c, plugin: ./quick, needs: [b] }\n",
    );
    let policy = stage.generous();
    let run = ["run", "p.yaml", "--policy", &policy, "--inspect-security=report"];
    let outcome = stage.aether(&run).run_interrupted_after("armed");
    outcome.exits(130).says("Interrupted");
    let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    let kinds: Vec<&Value> =
        report["cells"].as_array().expect("cells").iter().map(|c| &c["exit"]["kind"]).collect();
    assert_eq!(kinds, ["done", "error", "not-started"], "{outcome}");
}
