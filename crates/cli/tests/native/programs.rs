//! What cannot be run is told before anything is.

use std::os::unix::fs::PermissionsExt;

use crate::Stage;

fn program(stage: &Stage, name: &str, content: &[u8]) {
    let path = stage.file(name, content);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("its rights");
}

#[test]
fn bad_programs() {
    let stage = Stage::new();
    let mut foreign = [0u8; 64];
    foreign[..4].copy_from_slice(b"\x7fELF");
    foreign[18] = 22;
    program(&stage, "p/foreign", &foreign);
    program(&stage, "p/empty", b"");
    program(&stage, "p/cut", b"\x7fELF");
    program(&stage, "p/no-interpreter", b"#!/no/such/interpreter\n");
    program(&stage, "p/windows-lines", b"#!/bin/sh\r\necho\r\n");
    program(&stage, "p/text", b"echo hello\n");
    stage.file("p/plain", "#!/bin/sh\n");
    for (name, why) in [
        ("no-such-program", "no-such-program"),
        ("./p/missing", "p/missing"),
        ("./p/plain", "chmod +x"),
        ("./p/foreign", "another processor"),
        ("./p/empty", "it is empty"),
        ("./p/cut", "it is cut off"),
        ("./p/no-interpreter", "/no/such/interpreter, which is not there"),
        ("./p/windows-lines", "carriage return"),
        ("./p/text", "neither a program"),
        ("./p", "/p"),
        ("/etc", "/etc"),
    ] {
        let outcome = stage.aether(&["exec", "--read", "p", "--", name]).run();
        outcome.exits(2).prints_nothing().says(why);
    }
}

#[test]
fn a_program_that_is_elsewhere_comes_with_the_option_that_lets_it_run() {
    let stage = Stage::new();
    program(&stage, "bin/elsewhere", b"#!/bin/sh\necho ran\n");
    let path = stage.path("bin/elsewhere").display().to_string();
    let command = |arguments: &[&str]| stage.aether(&["exec"]).args(arguments).run();
    let outcome = stage.aether(&["exec", "--", "elsewhere"]).env("PATH", stage.path("bin")).run();
    let option = format!("--run {path}");
    outcome.exits(2).says(&option).never_says("plugin's folder");
    command(&["--", "./bin/elsewhere"]).exits(2).says(&option);
    command(&["--run", &path, "--", &path]).exits(0).prints("ran");
    command(&["--", "no-such-program"]).exits(2).says("--run PATH").never_says("plugin's");
}

#[test]
fn programs_of_ones_own_run_where_they_are_granted() {
    let stage = Stage::new();
    program(&stage, "p/run", b"#!/bin/sh\necho \"$0 $1\"\n");
    let line = ["exec", "--read", "p", "--", "./p/run", "a b"];
    stage.run(&line).exits(0).prints_some("/p/run a b");
    let not_granted = stage.run(&["exec", "--", "./p/run"]);
    not_granted.exits(2).prints_nothing().says("p/run");
    stage.exec(&["--run", "p"], "p/run x").exits(0).prints_some("p/run x");
    // What it writes itself is run where that is granted.
    let script = "printf '#!/bin/sh\\necho made' > out/x; chmod +x out/x; out/x";
    stage.exec(&["--write", "out/"], script).exits(1).says("Permission denied");
    for place in ["out/", "p/"] {
        let script = script.replace("out/", place);
        stage.exec(&["--write", place, "--run", place], &script).exits(0).prints("made");
    }
}

#[test]
fn a_report_names_the_program_and_none_of_its_arguments() {
    let stage = Stage::new();
    let line = ["exec", "--inspect-security=report", "--", "sh", "-c", "cat /etc/none; exit 3"];
    let outcome = stage.aether(&line).args(["--token", "hunter2-on-the-line"]).run();
    outcome.exits(1).says("sh  The program failed").never_says("hunter2");
    let run = std::fs::read_dir(stage.state().join("runs")).expect("runs").next();
    let run = run.expect("a run").expect("a run").path();
    let mut all = vec![run.join("record.json"), run.join("audit.jsonl")];
    let names = ["report.html", "report.json", "violations.sarif", "audit.jsonl"];
    all.extend(names.map(|name| stage.path("report").join(name)));
    for file in all {
        let text = std::fs::read_to_string(&file).expect("a file");
        assert!(!text.contains("hunter2"), "{}", file.display());
    }
    let report: serde_json::Value =
        serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    assert_eq!(report["name"], "sh");
}
