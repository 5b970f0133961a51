//! A person who ends the command loses nothing of what was done so far.

use aether_testkit::{Command, Outcome, Signal};
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

#[test]
fn a_system_that_asks_for_the_end_loses_nothing_either() {
    for signal in [Signal::TERM, Signal::HUP] {
        let stage = stage_that_waits();
        let outcome = call(&stage, &[]).run_signalled_after("armed", &[signal]);
        ended_in_good_order(&stage, &outcome);
    }
}

/// As with `nohup` and what a script starts with `&`. Heard, either would be a first interruption
/// and the next one a second, which leaves at once.
#[test]
fn signals_ignored_from_the_start_stay_ignored_and_the_others_end_it() {
    let stage = stage_that_waits();
    let shell = ["-c", "trap '' INT HUP; exec \"$@\"", "sh"];
    let outcome = call(&stage, &shell)
        .run_signalled_after("armed", &[Signal::INT, Signal::HUP, Signal::TERM]);
    ended_in_good_order(&stage, &outcome);
    let all = ["-c", "trap '' INT TERM; exec \"$@\"", "sh"];
    let outcome =
        call(&stage, &all).run_signalled_after("armed", &[Signal::TERM, Signal::INT, Signal::HUP]);
    ended_in_good_order(&stage, &outcome);
}

/// Nobody ends the run's log, nor makes a record of it: what stands in the log is told, and that it is
/// not all.
#[test]
fn a_run_that_was_killed_is_reported_from_its_log() {
    let stage = Stage::new();
    stage.plugin("p").writes(&["./out/"]).main(
        "import * as fs from 'aether:fs';
         export default async (_, { log }) => {
           for (const one of ['/etc/shadow', '/etc/shadow', '/etc/passwd']) try { await fs.readText(one); } catch {}
           // The log is written a moment later.
           await new Promise((done) => setTimeout(done, 500));
           log.info('armed');
           await new Promise((done) => setTimeout(done, 1e5));
         };",
    );
    let outcome = call(&stage, &[]).run_signalled_after("armed", &[Signal::KILL]);
    outcome.prints_nothing();
    assert!(!stage.has("report/report.json"), "{outcome}");
    let run = std::fs::read_dir(stage.state().join("runs")).expect("runs");
    let run = run.flatten().next().expect("a run").file_name().into_string().expect("a name");
    let log = stage.state().join("runs").join(&run).join("audit.jsonl");
    let told = stage.run(&["report", &run, "--as", "json"]);
    told.exits(0).no_panic().says("has no record");
    let report: Value = told.json();
    assert_eq!(report["outcome"]["kind"], "cut-off");
    assert_eq!(report["outcome"]["exit_code"], 255);
    assert!(report["outcome"]["text"].as_str().expect("a text").contains("no end record"));
    assert_eq!(report["audit"]["verified"]["state"], "unclean");
    let cell = &report["cells"][0];
    assert_eq!((&cell["plugin"]["name"], &cell["exit"]["kind"]), (&"p".into(), &"stopped".into()));
    let refused = |object: &str| {
        let all = cell["violations"].as_array().expect("violations");
        let one = all.iter().find(|one| one["object"] == object).expect("one");
        (one["rule"].clone(), one["count"].clone(), one["occurrences"].as_array().map(Vec::len))
    };
    assert_eq!(refused("/etc/shadow"), ("file-read-denied".into(), 2.into(), Some(2)));
    assert_eq!(refused("/etc/passwd"), ("file-read-denied".into(), 1.into(), Some(1)));
    let posture = cell["posture"].as_array().expect("protections");
    assert!(posture.iter().any(|one| one["name"] == "seccomp" && one["state"] == "enforced"));
    let schema = stage.run(&["schema", "report"]).exits(0).json();
    assert!(aether_testkit::is_valid(&schema, &report), "{report:#}");
    // As a page, of the log alone, and where its last line was written by half.
    let text = std::fs::read(&log).expect("a log");
    stage.file("half.jsonl", &text[..text.len() - 20]);
    stage.run(&["report", "half.jsonl", "--output", "made"]).exits(0).says("has no record");
    let page = stage.text("made/report.html");
    for words in ["Cut off", "no exit code", "no end record", "The log was read up to there"] {
        assert!(page.contains(words), "{words}");
    }
    stage.file("odd/audit.jsonl", "no log\n");
    stage.run(&["report", "odd", "--as", "json"]).no_panic();
    stage
        .run(&["report", &stage.path("").display().to_string()])
        .exits(2)
        .says("no record of a run");
}

fn stage_that_waits() -> Stage {
    let stage = Stage::new();
    stage.plugin("p").writes(&["./out/"]).main(WRITES_AND_WAITS);
    stage
}

/// The call of a plugin that waits, below a shell where one is given.
fn call<'a>(stage: &'a Stage, shell: &[&str]) -> Command<'a> {
    let policy = stage.generous();
    let line = ["call", "p", "run", "--policy", &policy, "--inspect-security=report"];
    match shell {
        [] => stage.aether(&line),
        shell => stage.command("/bin/sh").args(shell).arg(env!("CARGO_BIN_EXE_aether")).args(line),
    }
}

fn ended_in_good_order(stage: &Stage, outcome: &Outcome) {
    outcome.exits(130).prints_nothing().says("Interrupted");
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0);
    stage.run(&["diff"]).exits(0).prints_some("/workspace/out/x: new file");
}

#[test]
fn a_host_that_serves_ends_in_good_order() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let stage = Stage::new();
        let line = ["serve", "--listen", "127.0.0.1:0"];
        let outcome = stage.aether(&line).run_signalled_after("listening on", &[signal]);
        outcome.exits(0);
        assert!(
            !stage.state().join("serve.json").exists(),
            "{signal:?}: nobody is sent there any more"
        );
        let runs = std::fs::read_dir(stage.state().join("runs")).expect("runs");
        let run = runs.flatten().next().expect("a run").path();
        stage.run(&["audit", "verify", &run.join("audit.jsonl").to_string_lossy()]).exits(0);
    }
}
