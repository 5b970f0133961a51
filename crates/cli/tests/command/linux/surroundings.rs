//! Machines and accounts that are not as one would wish.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Stage;

fn plugin() -> Stage {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    stage
}

const LINE: [&str; 3] = ["call", "p", "run"];

#[test]
fn without_any_place_for_records_nothing_runs() {
    let stage = plugin();
    let outcome = stage.aether(&LINE).without("HOME").without("AETHER_STATE_DIR").run();
    outcome.exits(2).prints_nothing().says("set AETHER_STATE_DIR");
    // A folder of its own is enough.
    stage.aether(&LINE).without("HOME").run().exits(0).prints("1");
    let empty = stage.aether(&LINE).env("HOME", "").env("AETHER_STATE_DIR", "");
    empty.run().exits(2).says("set AETHER_STATE_DIR");
    stage.aether(&["--help"]).without("HOME").without("AETHER_STATE_DIR").run().exits(0);
    stage.aether(&["schema", "policy"]).without("HOME").without("AETHER_STATE_DIR").run().exits(0);
}

#[test]
fn records_go_where_the_desktop_wants_them() {
    let stage = plugin();
    stage.aether(&LINE).without("AETHER_STATE_DIR").run().exits(0);
    assert!(stage.home().join(".local/state/aether/runs").is_dir());
    let xdg =
        stage.aether(&LINE).without("AETHER_STATE_DIR").env("XDG_STATE_HOME", stage.aside("xdg"));
    xdg.run().exits(0);
    assert!(stage.aside("xdg/aether/runs").is_dir());
}

#[test]
fn a_state_folder_that_cannot_be_used() {
    let stage = plugin();
    stage.file("taken", "a file");
    let taken = stage.aether(&LINE).env("AETHER_STATE_DIR", stage.path("taken"));
    taken.run().exits(2).prints_nothing().says("taken");
    // Nobody can make a folder there.
    let nowhere = stage.aether(&LINE).env("AETHER_STATE_DIR", "/proc/aether");
    nowhere.run().exits(2).prints_nothing().says("/proc/aether");
}

#[test]
fn a_state_folder_that_may_only_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let stage = plugin();
    let command = stage.aether(&LINE).as_ordinary_user();
    let rights = std::fs::Permissions::from_mode(0o555);
    std::fs::set_permissions(stage.state(), rights).expect("its rights");
    command.run().exits(2).prints_nothing().says("Permission denied");
}

#[test]
fn many_runs_at_once_share_a_state_folder() {
    let stage = plugin();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| stage.run(&LINE).exits(0).prints("1").no_panic().code);
        }
    });
    let runs = std::fs::read_dir(stage.state().join("runs")).expect("runs").count();
    assert_eq!(runs, 8);
}

/// Leaves in a run's folder what a command leaves there that has ended.
fn ended(run: &std::path::Path) {
    std::fs::write(run.join("record.json"), "{}").expect("a record");
}

#[test]
fn old_runs_go_unless_their_changes_wait() {
    let stage = plugin();
    let run = |n: usize| stage.state().join(format!("runs/20200101T000000-00001-{n:03}"));
    for n in 0..60 {
        std::fs::create_dir_all(run(n)).expect("an old run");
        ended(&run(n));
    }
    std::fs::create_dir_all(run(3).join("changes")).expect("changes that wait");
    // Another command may be at work in one without a record; and not all is ours.
    std::fs::remove_file(run(1).join("record.json")).expect("a record");
    let foreign: Vec<_> =
        (0..60).map(|n| stage.state().join(format!("runs/experiment-{n}"))).collect();
    for folder in &foreign {
        std::fs::create_dir_all(folder).expect("somebody else's");
    }
    stage.run(&LINE).exits(0);
    assert!(run(3).exists() && run(59).exists() && !run(0).exists() && !run(9).exists());
    assert!(run(1).exists() && foreign.iter().all(|folder| folder.exists()));
}

#[test]
fn consents_that_cannot_be_read_are_not_taken_for_none() {
    let stage = plugin();
    std::fs::write(stage.state().join("consents.json"), "{ not json").expect("a file");
    let outcome = stage.run(&LINE);
    outcome.exits(2).prints_nothing().says("consents.json").says("remove the file");
    stage.run(&["plugins"]).exits(2).says("consents.json");
}

#[test]
fn an_ordinary_user_gets_the_same() {
    let stage = plugin();
    stage.file("in/a.txt", "a");
    stage.file("in/private.txt", "private");
    stage.file("policy.yaml", crate::stage::GENEROUS);
    stage.plugin("q").reads(&["./in/**"]).main(
        "import { readText } from 'aether:fs';
         const attempt = async (path) => { try { return await readText(path); } catch ({ code }) { return code; } };
         export default async () => [await attempt('./in/a.txt'), await attempt('./in/private.txt')];",
    );
    let command = stage.aether(&["call", "q", "run", "--policy", "policy.yaml"]).as_ordinary_user();
    use std::os::unix::fs::PermissionsExt;
    let nobody = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(stage.path("in/private.txt"), nobody).expect("its rights");
    let outcome = command.run();
    outcome.exits(0).prints(r#"["a","EACCES"]"#);
    let doctor = stage.aether(&["doctor", "--format", "json"]).as_ordinary_user().run();
    let full = doctor.json()["full"] == true;
    assert_eq!(doctor.code, Some(if full { 0 } else { 7 }), "{doctor}");
}

#[test]
fn a_plugin_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let stage = plugin();
    let command = stage.aether(&LINE).as_ordinary_user();
    let nobody = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(stage.path("p/main.js"), nobody).expect("its rights");
    command.run().exits(2).prints_nothing().says("p/main.js: Permission denied");
}

#[test]
fn a_disk_that_is_full_is_an_error_and_not_a_loss() {
    let stage = plugin();
    std::fs::create_dir(stage.path("report")).expect("a folder");
    let line = ["call", "p", "run", "--inspect-security=report"];
    let Some(outcome) = with_little_room(&stage, &stage.path("report"), 8, &line) else {
        return aether_testkit::skip("a_disk_that_is_full", NO_NAMESPACES);
    };
    outcome.exits(2).says("report/report.html").says("No space left on device");
    // The work was done: its result and what there is to say of it are not lost with the report.
    outcome.prints("1").says("protections");
}

const NO_NAMESPACES: &str = "there are no user and mount namespaces to be had";

/// A program in a mount namespace of its own, in which this folder has room for this many
/// kilobytes.
fn with_little_room(
    stage: &Stage,
    folder: &Path,
    kilobytes: u32,
    arguments: &[&str],
) -> Option<aether_testkit::Outcome> {
    let script =
        "mount -t tmpfs -o size=\"$1\"k,mode=700 none \"$2\" || exit 99; shift 2; exec \"$@\"";
    let (size, program) = (kilobytes.to_string(), env!("CARGO_BIN_EXE_aether"));
    let line = ["--user", "--map-root-user", "--mount", "--", "sh", "-c", script, "sh", &size];
    let line = stage.command("unshare").args(line).arg(folder).arg(program);
    let outcome = line.args(arguments).run();
    let had = outcome.code != Some(99) && !outcome.stderr.contains("unshare:");
    had.then_some(outcome)
}

#[test]
fn what_cannot_be_recorded_does_not_happen() {
    let stage = Stage::new();
    stage.file("policy.yaml", crate::stage::GENEROUS);
    stage.plugin("p").reads(&["./in/**"]).writes(&["./out/"]).main(
        "import * as fs from 'aether:fs';
         export default async () => {
           for (let i = 0; i < 3000; i++) await fs.exists('./in/' + 'x'.repeat(200) + i);
           await fs.writeText('./out/x', 'x');
         };",
    );
    let line = ["call", "p", "run", "--policy", "policy.yaml", "--apply"];
    let Some(outcome) = with_little_room(&stage, &stage.state(), 200, &line) else {
        return aether_testkit::skip("what_cannot_be_recorded_does_not_happen", NO_NAMESPACES);
    };
    outcome.no_panic().prints_nothing();
    assert!(matches!(outcome.code, Some(1 | 2)), "{outcome}");
    outcome.says("audit log");
    assert!(!stage.has("out"), "nothing was applied");
    // Not even a beginning fits.
    let nothing = with_little_room(&stage, &stage.state(), 4, &line).expect("as before");
    nothing.exits(2).prints_nothing().says("No space left on device");
}

/// A plugin that writes two hundred files.
fn writer() -> Stage {
    let stage = Stage::new();
    stage.file("policy.yaml", crate::stage::GENEROUS);
    stage.plugin("p").writes(&["./out/"]).main(
        "import * as fs from 'aether:fs';
         export default async () => { for (let i = 0; i < 200; i++) await fs.writeText('./out/' + i, 'x'); return 'done'; };",
    );
    stage
}

/// Writing beyond so many bytes fails, in every file of this process.
fn with_short_files(stage: &Stage, bytes: usize, arguments: &[&str]) -> aether_testkit::Outcome {
    let script = "trap '' XFSZ; ulimit -S -f \"$1\" || exit 99; shift; exec \"$@\"";
    let (blocks, program) = ((bytes / 512).to_string(), env!("CARGO_BIN_EXE_aether"));
    let line = [&["-c", script, "sh", &blocks, program], arguments].concat();
    stage.command("sh").args(line).run()
}

/// A log that cannot be written any more takes nothing with it: the changes wait, the result is
/// printed, and only then the error counts.
#[test]
fn a_log_that_ends_too_early_loses_no_changes() {
    let stage = writer();
    let line = ["call", "p", "run", "--policy", "policy.yaml"];
    stage.run(&[&line[..], &["--inspect-security=report"]].concat()).exits(0);
    stage.run(&["discard"]).exits(0);
    let log = stage.text("report/audit.jsonl");
    let before = log.find("\"kind\":\"changeset\"").expect("changes on record");
    let outcome = with_short_files(&stage, (before + log.len()) / 2, &line);
    outcome.exits(2).prints("\"done\"").says("the audit log cannot be written").says("protections");
    assert!(!stage.has("out"));
    stage.run(&["apply"]).exits(0).says("applied  /workspace/out/199");
    assert_eq!(stage.text("out/199"), "x");
}

/// What was made is told as made, also when that can no longer be recorded.
#[test]
fn a_log_that_ends_while_applying_hides_nothing() {
    let stage = writer();
    let line = ["call", "p", "run", "--policy", "policy.yaml", "--apply"];
    stage.run(&[&line[..], &["--inspect-security=report"]].concat()).exits(0);
    std::fs::remove_dir_all(stage.path("out")).expect("removed");
    let log = stage.text("report/audit.jsonl");
    let made = log.find("\"action\":\"applied\"").expect("what was applied");
    let outcome = with_short_files(&stage, (made + log.len()) / 2, &line);
    outcome.exits(2).prints("\"done\"").says("the audit log cannot be written");
    outcome.says("applied  /workspace/out/199").never_says("Nothing on disk has changed");
    assert_eq!(stage.text("out/199"), "x");
}

/// A run of long ago that has ended, with one file that is only said to be so large.
fn old_run(stage: &Stage, n: usize, file: &str, bytes: u64) -> PathBuf {
    let run = stage.state().join(format!("runs/20200101T000000-00001-{n:03}"));
    let file = run.join(file);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a run");
    std::fs::File::create(file).and_then(|file| file.set_len(bytes)).expect("its length");
    ended(&run);
    run
}

#[test]
fn changes_that_wait_are_not_dropped_for_their_number_or_age() {
    let stage = plugin();
    let runs: Vec<_> = (0..60).map(|n| old_run(&stage, n, "changes/00001/x", 1)).collect();
    stage.run(&LINE).exits(0).prints("1").never_says("dropped");
    assert!(runs.iter().all(|run| run.exists()));
}

#[test]
fn runs_that_take_too_much_go_unless_their_changes_wait() {
    let stage = plugin();
    let large = 400 << 20;
    let waits = old_run(&stage, 0, "changes/00001/blobs/x", large);
    let over: Vec<_> = (1..4).map(|n| old_run(&stage, n, "audit.jsonl", large)).collect();
    stage.run(&LINE).exits(0).prints("1");
    assert!(waits.exists() && over[2].exists());
    assert!(!over[0].exists() && !over[1].exists());
}

#[test]
fn no_run_begins_where_changes_that_wait_take_all_the_room() {
    let stage = plugin();
    let runs: Vec<_> =
        (0..3).map(|n| old_run(&stage, n, "changes/00001/blobs/x", 400 << 20)).collect();
    let outcome = stage.run(&LINE);
    outcome.exits(2).prints_nothing().says("nothing more is run: 3 run(s) whose changes wait");
    outcome.says("1200 MB").says("at most 1024 MB").says("runs").says("00001-002");
    outcome.says("`aether apply RUN`").says("`aether discard RUN`");
    assert!(runs.iter().all(|run| run.join("changes").exists()));
    assert_eq!(std::fs::read_dir(stage.state().join("runs")).expect("runs").count(), 3);
    // What it says helps, even where the changes are no longer what they were.
    stage.run(&["discard", "20200101T000000-00001-001"]).exits(0).says("Dropped");
    stage.run(&LINE).exits(0).prints("1");
    assert!(runs[0].join("changes").exists() && runs[2].join("changes").exists());
}

#[test]
fn a_result_that_nobody_can_take_is_no_fault_of_the_arguments() {
    let stage = plugin();
    let script = "exec \"$@\" > /dev/full";
    let program = env!("CARGO_BIN_EXE_aether");
    let line = [&["-c", script, "sh", program], &LINE[..]].concat();
    let outcome = stage.command("sh").args(line).run();
    outcome.exits(1).says("the result cannot be written to standard output");
}

#[test]
fn the_doctor_tries_and_tells() {
    let stage = Stage::new();
    let outcome = stage.run(&["doctor", "--format", "json"]);
    let found: Value = outcome.json();
    let full = found["full"] == true;
    assert_eq!(outcome.code, Some(if full { 0 } else { 7 }), "{outcome}");
    let protections = found["protections"].as_array().expect("protections");
    for name in
        ["userns", "empty-root", "landlock", "seccomp", "netns", "no-new-privileges", "memory"]
    {
        assert!(protections.iter().any(|one| one["name"] == name), "no {name} in {found}");
    }
    let native = found["native"]["protections"].as_array().expect("those of native programs");
    for name in ["root", "writes", "init", "landlock", "processes"] {
        assert!(native.iter().any(|one| one["name"] == name), "no {name} in {found}");
    }
    assert!(found["advice"].is_array(), "{found}");
    let text = stage.run(&["doctor"]);
    assert_eq!(text.code, outcome.code);
    text.prints_some("seccomp").prints_some(if full {
        "Everything"
    } else {
        "refused here unless"
    });
}

#[test]
fn a_protection_that_cannot_be_had_refuses_unless_it_is_named() {
    let stage = plugin();
    // In a user namespace in which no further one may be made.
    let script = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"";
    let without = |arguments: &[&str]| {
        let program = env!("CARGO_BIN_EXE_aether");
        let line = ["--user", "--map-root-user", "--", "sh", "-c", script, "sh", program];
        stage.command("unshare").args(line).args(arguments).run()
    };
    let tried = stage
        .command("sh")
        .args([
            "-c",
            "unshare --user --map-root-user -- sh -c 'echo 0 > /proc/sys/user/max_user_namespaces'",
        ])
        .run();
    if tried.code != Some(0) {
        let why = "user namespaces cannot be limited here";
        return aether_testkit::skip("a_protection_that_cannot_be_had", why);
    }
    let doctor = without(&["doctor"]);
    doctor.exits(7).prints_some("userns").prints_some("--allow-degraded");
    doctor.prints_some("user namespaces are switched off: user.max_user_namespaces is 0");
    doctor.prints_some("sysctl -w user.max_user_namespaces=15000");
    let refused = without(&LINE);
    refused.exits(7).prints_nothing().says("userns").says("aether doctor");
    let named =
        without(&["call", "p", "run", "--allow-degraded", "userns", "--inspect-security=report"]);
    named.exits(0).prints("1");
    named.says("userns");
    let report: Value = serde_json::from_str(&stage.text("report/report.json")).expect("JSON");
    let posture = report["cells"][0]["posture"].as_array().expect("a posture");
    let userns = posture.iter().find(|line| line["name"] == "userns").expect("userns");
    assert_eq!(userns["state"], "degraded", "{report}");
    // What else a check finds is told all the same, and of the other plugins too.
    stage.plugin("careless").main("import * as fs from 'aether:fs'; export default () => 1;");
    stage.file("two.yaml", "steps: [{ id: a, plugin: ./careless }, { id: b, plugin: ./p }]\n");
    let checked = without(&["check", "two.yaml"]);
    checked.says("files-unrequested").says("whether the code of `careless` compiles could not be");
    checked.says("userns").says("p: 1 error(s)");
    without(&["check", "p"]).exits(7).says("p: 1 error(s)");
    // The owner can name it too, for one plugin.
    stage.file("policy.yaml", "version: 1\nplugins: { p: { allow: {}, degraded: [userns] } }\n");
    without(&["call", "p", "run", "--policy", "policy.yaml"]).exits(0).prints("1");
    // But not whoever laid a policy beside a pipeline.
    stage.file("p.yaml", "policy: ./policy.yaml\nsteps: [{ id: a, plugin: ./p }]\n");
    without(&["run", "p.yaml"]).exits(7);
}

#[test]
fn a_protection_that_is_misspelt() {
    let outcome = plugin().run(&["call", "p", "run", "--allow-degraded", "usernss"]);
    outcome.exits(2).prints_nothing().says("did you mean `userns`?");
}

#[test]
fn another_working_folder() {
    let stage = Stage::new();
    stage.file("elsewhere/in/a.txt", "elsewhere");
    stage
        .plugin("p")
        .reads(&["./in/**"])
        .main("import { readText } from 'aether:fs'; export default () => readText('./in/a.txt');");
    stage
        .run_generously(&["call", "p", "run", "--workdir", "elsewhere"])
        .exits(0)
        .prints(r#""elsewhere""#);
    stage.run_generously(&["call", "p", "run", "--workdir", "none"]).exits(2).says("none");
}
