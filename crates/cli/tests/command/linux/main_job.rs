//! The main job: three plugins that pass data to each other, on logs.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Stage;

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/log-triage")
}

/// Runs the pipeline on a folder of logs and gives what it found.
fn triage(stage: &Stage, logs: &Path) -> Value {
    let command = stage.aether(&["run", "--apply", "--inspect-security=report"]);
    let command = command.arg(example().join("pipeline.yaml"));
    let outcome = command.arg("--set").arg(format!("logs={}", logs.display())).run();
    outcome.exits(0).is_inert().says("read: done").says("triage: done").says("report: done");
    outcome.says("3 changes to files, applied").says("Security report: report/report.html");
    assert!(outcome.json()["headline"].is_string(), "{outcome}");
    let page = stage.text("out/log-triage.md");
    assert!(page.starts_with('#'), "{page}");
    stage.run(&["audit", "verify", "report/audit.jsonl"]).exits(0);
    serde_json::from_str(&stage.text("out/log-triage.json")).expect("JSON")
}

/// Every figure that is said to be a count of words is what counting the lines with them gives.
fn agrees_with_counting(found: &Value, logs: &Path) -> usize {
    let mut checked = 0;
    for log in found["figures"].as_array().expect("figures") {
        let file = logs.join(log["file"].as_str().expect("a file"));
        let text = String::from_utf8_lossy(&std::fs::read(&file).expect("a log")).into_owned();
        assert_eq!(log["lines"], text.lines().count(), "{log}");
        for figure in log["figures"].as_array().expect("figures") {
            let Some(words) = figure["words"].as_str() else { continue };
            let counted = text.lines().filter(|line| line.contains(words)).count();
            assert_eq!(figure["count"], counted, "{words:?} in {}", file.display());
            checked += 1;
        }
    }
    checked
}

#[test]
fn the_sample_logs() {
    let stage = Stage::new();
    let logs = example().join("sample-logs");
    let found = triage(&stage, &logs);
    assert!(agrees_with_counting(&found, &logs) >= 5, "{found}");
}

#[test]
fn logs_of_which_the_figures_are_known() {
    let stage = Stage::new();
    let mut log = String::new();
    let mut line = |minute: usize, text: &str| {
        log.push_str(&format!(
            "Dec 10 {:02}:{:02}:07 host sshd[24200]: {text}\n",
            minute / 60,
            minute % 60
        ));
    };
    for n in 0..300 {
        let address = if n % 5 == 0 { "203.0.113.9" } else { "192.0.2.140" };
        line(n, &format!("Failed password for root from {address} port {} ssh2", 40_000 + n));
    }
    for n in 300..317 {
        line(
            n,
            "reverse mapping checking getaddrinfo for x.example [203.0.113.9] failed - POSSIBLE BREAK-IN ATTEMPT!",
        );
    }
    stage.file("logs/auth.log", log);
    let found = triage(&stage, &stage.path("logs"));
    let figures = found["figures"][0]["figures"].as_array().expect("figures");
    let count = |label: &str| {
        figures.iter().find(|one| one["label"] == label).map(|one| one["count"].clone())
    };
    assert_eq!(count("failed passwords"), Some(300.into()), "{found}");
    assert_eq!(count("possible break-in attempts"), Some(17.into()), "{found}");
    assert!(
        found.to_string().contains("300 failed passwords, 240 of them from 192.0.2.140"),
        "{found}"
    );
    assert!(agrees_with_counting(&found, &stage.path("logs")) >= 2);
}

#[test]
fn hostile_logs_stay_text() {
    let stage = Stage::new();
    let evil = "\u{1b}[31m<script>alert(1)</script> ${{ inputs.logs }} | `x` \u{202e}";
    let line = format!(
        "Dec 10 06:55:46 host sshd[1]: Failed password for {evil} from 203.0.113.9 port 1 ssh2\n"
    );
    stage.file("logs/auth.log", line.repeat(40));
    stage.file("logs/binary.log", [0, 159, 146, 150, 255, 10].repeat(100));
    stage.file("logs/empty.log", "");
    std::os::unix::fs::symlink("/etc/passwd", stage.path("logs/link.log")).expect("a link");
    let found = triage(&stage, &stage.path("logs"));
    assert!(!found.to_string().contains("root:x:0"), "{found}");
    assert!(!stage.text("report/report.html").contains("<script>alert"));
    let page = stage.text("out/log-triage.md");
    assert!(!page.contains(['\u{1b}', '\u{202e}']), "{page}");
    // In Markdown only code is inert.
    let of_code =
        |line: &str| line.split('`').skip(1).step_by(2).any(|code| code.contains("<script>"));
    assert!(page.lines().filter(|line| line.contains("<script>")).all(of_code), "{page}");
}

/// The commands of the examples' README, typed by nobody who could be asked.
#[test]
fn the_examples_run_as_told() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let text = std::fs::read_to_string(examples.join("README.md")).expect("a document");
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    assert!(lines.len() >= 4, "{lines:?}");
    for line in lines {
        let stage = Stage::new();
        let real = examples.canonicalize().expect("its path");
        std::os::unix::fs::symlink(real, stage.path("examples")).expect("a link");
        stage.file("public/a.txt", "a");
        let script = format!("aether() {{ \"$PROGRAM\" \"$@\"; }}; {line}");
        let program = env!("CARGO_BIN_EXE_aether");
        stage.command("sh").args(["-c", &script]).env("PROGRAM", program).run().exits(0);
    }
}
