//! The `aether` command on Windows: what it refuses where the system does not hold what it takes, what it
//! says of that, and that the main job runs there.
//!
//! Wine takes nearly everything and holds little, which makes it a good liar to test against. What only
//! Windows itself can show says so, and is not run.
#![cfg(windows)]

#[path = "../../container/tests/wine/mod.rs"]
mod wine;

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use wine::is_wine;

/// What Wine does not hold: nothing of it may be claimed.
const NOT_HELD: [&str; 16] = [
    "memory",
    "cpu",
    "processes",
    "write-xor-execute",
    "app-container",
    "lpac",
    "network",
    "token",
    "kill-tree",
    "child-processes",
    "ui",
    "aslr",
    "strict-handles",
    "extension-points",
    "image-load",
    "win32k",
];

/// A folder to work in, another for what is kept, and the project's examples.
struct Scene {
    work: tempfile::TempDir,
    state: tempfile::TempDir,
    examples: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let folder = || tempfile::tempdir().expect("a folder");
        // Where it was built its name may have no drive.
        let own = std::path::absolute(env!("CARGO_MANIFEST_DIR")).expect("a folder");
        let examples = own.ancestors().nth(2).expect("the project").join("examples");
        Self { work: folder(), state: folder(), examples }
    }

    fn aether(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aether"));
        command.args(arguments).current_dir(self.work.path());
        command.env("AETHER_STATE_DIR", self.state.path()).env("NO_COLOR", "1");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.aether(arguments).output().expect("the command")
    }

    /// The main job, on the logs that come with it, with these words more.
    fn triage(&self, more: &[&str]) -> Output {
        let pipeline = self.examples.join("log-triage/pipeline.yaml");
        let logs = format!("logs={}", self.examples.join("log-triage/sample-logs").display());
        let words = [
            "run",
            pipeline.to_str().expect("a path"),
            "--set",
            &logs,
            "--inspect-security=report",
        ];
        self.run(&[&words, more].concat())
    }

    /// The protections of the first cell of the last run, by state.
    fn posture(&self, state: &str) -> Vec<(String, String)> {
        let text = std::fs::read(self.work.path().join("report/report.json")).expect("a report");
        let report: Value = serde_json::from_slice(&text).expect("JSON");
        let lines = report["cells"][0]["posture"].as_array().expect("a posture").iter();
        let text = |line: &Value, name: &str| line[name].as_str().expect("a text").to_owned();
        lines
            .filter(|line| line["state"] == state)
            .map(|line| (text(line, "name"), text(line, "detail")))
            .collect()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn names(lines: &[(String, String)]) -> Vec<&str> {
    lines.iter().map(|(name, _)| &**name).collect()
}

/// The words that name these as what can be done without.
fn without<'a>(protections: &[&'a str]) -> Vec<&'a str> {
    protections.iter().flat_map(|name| ["--allow-degraded", name]).collect()
}

/// The same for all that this system does not hold.
fn lenient() -> Vec<&'static str> {
    without(if is_wine() { &NOT_HELD } else { &[] })
}

#[test]
fn what_is_required_and_not_held_is_refused_and_each_is_told() {
    if !is_wine() {
        eprintln!("SKIPPED: needs Wine, which holds little");
        return;
    }
    let scene = Scene::new();
    let output = scene.triage(&[]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(7), "{said}");
    assert!(output.stdout.is_empty(), "{said}");
    assert!(said.contains("the protection `app-container` cannot be had"), "{said}");
    assert!(said.contains("--allow-degraded app-container"), "{said}");
    let refused = scene.posture("refused");
    assert_eq!(names(&refused), NOT_HELD, "{refused:?}");
    assert!(refused.iter().all(|(_, why)| !why.is_empty()), "{refused:?}");
    assert_eq!(names(&scene.posture("enforced")), ["descriptors", "environment", "session", "dep"]);
    assert!(!scene.work.path().join("out").exists());
}

#[test]
fn the_main_job_runs_without_what_is_named_and_says_so() {
    let scene = Scene::new();
    let output = scene.triage(&lenient());
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let result: Value = serde_json::from_slice(&output.stdout).expect("a result");
    assert_eq!(result["files"][0], "./out/log-triage.md", "{result}");
    assert!(result["headline"].as_str().expect("a headline").contains("203.0.113.77"), "{result}");
    let degraded = scene.posture("degraded");
    assert_eq!(names(&degraded), if is_wine() { &NOT_HELD[..] } else { &[] }, "{degraded:?}");
    assert!(scene.posture("refused").is_empty());
    for file in ["report.html", "violations.sarif", "audit.jsonl"] {
        assert!(scene.work.path().join("report").join(file).exists(), "{file}");
    }
    // What it would change waits; then it is there.
    let report = scene.work.path().join("out").join("log-triage.md");
    assert!(!report.exists());
    let applied = scene.run(&["apply"]);
    assert_eq!(applied.status.code(), Some(0), "{}", self::said(&applied));
    assert!(std::fs::read_to_string(report).expect("a report").contains("203.0.113.77"));
    let log = scene.work.path().join("report/audit.jsonl");
    let verified = scene.run(&["audit", "verify", log.to_str().expect("a path")]);
    assert_eq!(verified.status.code(), Some(0), "{}", self::said(&verified));
}

#[test]
fn each_that_is_not_named_is_refused_by_its_name() {
    if !is_wine() {
        eprintln!("SKIPPED: needs Wine, which holds little");
        return;
    }
    for missing in ["memory", "network", "ui", "aslr", "kill-tree"] {
        let scene = Scene::new();
        let others: Vec<&str> = NOT_HELD.into_iter().filter(|name| *name != missing).collect();
        let output = scene.triage(&without(&others));
        let said = said(&output);
        assert_eq!(output.status.code(), Some(7), "{missing}: {said}");
        assert!(said.contains(&format!("the protection `{missing}` cannot be had")), "{said}");
        assert_eq!(names(&scene.posture("refused")), [missing]);
    }
}

#[test]
fn doctor_says_what_stands_and_what_does_not() {
    let output = Scene::new().run(&["doctor"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("(windows x86_64), tried just now"), "{text}");
    for name in ["descriptors", "environment", "session", "dep"] {
        assert!(text.contains(&format!("enforced  {name}")), "{text}");
    }
    if is_wine() {
        for name in NOT_HELD {
            assert!(text.contains(&format!("missing   {name}")), "no {name} in {text}");
        }
    }
    assert!(!text.contains("namespace"), "that is said of another system: {text}");
}

/// The native plugin of the test kit, in a folder of its own.
fn native(scene: &Scene) {
    let plugin = scene.work.path().join("native");
    std::fs::create_dir(&plugin).expect("a folder");
    let manifest = r#"{ "name": "tool", "version": "1.0.0", "api": 1, "runtime": "native",
        "entry": ["./tool.exe"],
        "permissions": { "filesystem": { "read": ["./data/"], "write": ["./out/"] } } }"#;
    std::fs::write(plugin.join("aether-plugin.json"), manifest).expect("a manifest");
    std::fs::copy(aether_testkit::acts(), plugin.join("tool.exe")).expect("a program");
    std::fs::create_dir(scene.work.path().join("data")).expect("a folder");
    std::fs::write(scene.work.path().join("data/in.txt"), "hello\n").expect("a file");
}

#[test]
fn a_native_program_runs_without_what_is_named_and_its_changes_wait() {
    let scene = Scene::new();
    native(&scene);
    let acts = r#"[["read", "data/in.txt"], ["write", "out/done.txt", "yes"], ["read", "../x"]]"#;
    let policy = "version: 1\nplugins:\n  tool:\n    allow:\n      filesystem: { read: [./data/], write: [./out/] }\n";
    std::fs::write(scene.work.path().join("aether-policy.yaml"), policy).expect("a policy");
    let words = ["call", "native", "act", "--input", acts, "--policy", "aether-policy.yaml"];
    if is_wine() {
        let refused = scene.run(&words);
        assert_eq!(refused.status.code(), Some(7), "{}", said(&refused));
        assert!(said(&refused).contains("--allow-degraded app-container"), "{}", said(&refused));
    }
    let named = lenient();
    let output = scene.run(&[&words[..], &named].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let done: Value = serde_json::from_slice(&output.stdout).expect("a result");
    assert_eq!(done, serde_json::json!(["hello\n", "done", "failed: NotFound"]));
    let file = scene.work.path().join("out/done.txt");
    assert!(!file.exists());
    let applied = scene.run(&["apply"]);
    assert_eq!(applied.status.code(), Some(0), "{}", said(&applied));
    assert_eq!(std::fs::read_to_string(file).expect("a file"), "yes");
}

#[test]
fn a_program_of_the_system_is_run_by_itself() {
    let scene = Scene::new();
    let named = lenient();
    let command = ["--", "cmd", "/d", "/c", "echo hello& exit 3"];
    let output = scene.run(&[&["exec"], &named[..], &command].concat());
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), "hello", "{}", said(&output));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("it ended with code 3"), "{}", said(&output));
}

#[test]
fn a_program_finds_what_is_named_for_it_and_its_changes_wait() {
    let scene = Scene::new();
    let work = scene.work.path();
    std::fs::create_dir(work.join("texts")).expect("a folder");
    std::fs::write(work.join("texts/a.txt"), "hello\r\n").expect("a file");
    let named = lenient();
    let grants = ["--read", "texts", "--write", "out/"];
    let copy = [&["exec"], &named[..], &grants[..], &["--", "cmd", "/d", "/c"]].concat();
    let output = scene.run(&[&copy[..], &["copy texts\\a.txt out\\b.txt"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!work.join("out").exists(), "{}", said(&output));
    let applied = scene.run(&["apply"]);
    assert_eq!(applied.status.code(), Some(0), "{}", said(&applied));
    assert_eq!(std::fs::read_to_string(work.join("out/b.txt")).expect("a file"), "hello\r\n");
    // From a folder within one that was granted.
    let texts = work.join("texts");
    let words = [&["exec"], &named[..], &["--read", "..", "--", "cmd", "/d", "/c", "type a.txt"]];
    let output = scene.aether(&words.concat()).current_dir(texts).output().expect("the command");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), "hello");
    // What it could not have is refused before it runs.
    let net = [&["exec"], &named[..], &["--net", "example.com", "--", "cmd"]].concat();
    let refused = scene.run(&net);
    assert_eq!(refused.status.code(), Some(7), "{}", said(&refused));
    assert!(said(&refused).contains("reaches no network here"), "{}", said(&refused));
}
