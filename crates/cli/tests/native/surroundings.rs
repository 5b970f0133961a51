//! Machines on which something is missing: clear errors, and nothing left behind.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use aether_testkit::{Outcome, Signal, skip};

use crate::Stage;

/// Names in a folder that begin so.
fn left_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| name.starts_with("aether-") || name.starts_with(".tmp")).collect()
}

/// `aether` after a script has changed a namespace of its own; nothing where there is none.
fn within(stage: &Stage, script: &str, arguments: &[&str]) -> Option<Outcome> {
    let script = format!("{{ {script}; }} || exit 99; exec \"$@\"");
    let line = ["--user", "--map-root-user", "--mount", "--", "sh", "-c", &script, "sh"];
    let temporary = stage.aside("temporary");
    std::fs::create_dir_all(&temporary).expect("a folder");
    let program = env!("CARGO_BIN_EXE_aether");
    let line = stage.command("unshare").args(line).arg(program).args(arguments);
    let outcome = line.env("TMPDIR", &temporary).run();
    if outcome.code == Some(99) || outcome.stderr.contains("unshare:") {
        skip("native surroundings", "namespaces cannot be changed here");
        return None;
    }
    assert!(left_in(&temporary).is_empty(), "{outcome}: {:?}", left_in(&temporary));
    Some(outcome)
}

const ECHO: [&str; 4] = ["exec", "--", "echo", "ran"];

#[test]
fn nothing_is_left_behind() {
    let stage = Stage::new();
    stage.file("d/a", "a");
    let temporary = stage.aside("temporary");
    std::fs::create_dir(&temporary).expect("a folder");
    for script in ["true", "exit 3", "kill -9 $$"] {
        let line = stage.script(&["--write", "d", "--write", "n/"], script);
        line.env("TMPDIR", &temporary).run();
        assert!(left_in(&temporary).is_empty(), "{:?}", left_in(&temporary));
    }
    let line = stage.script(&["--write", "d"], "echo armed >&2; sleep 1000");
    line.env("TMPDIR", &temporary).run_interrupted_after("armed").exits(130);
    assert!(left_in(&temporary).is_empty(), "{:?}", left_in(&temporary));
}

#[test]
fn what_a_killed_host_left_is_taken_away_by_the_next() {
    let stage = Stage::new();
    let temporary = stage.aside("temporary");
    std::fs::create_dir(&temporary).expect("a folder");
    let line = stage.script(&[], "echo armed >&2; sleep 1000");
    line.env("TMPDIR", &temporary).run_signalled_after("armed", &[Signal::KILL]);
    let [left] = left_in(&temporary).try_into().expect("one folder");
    let mode = std::fs::metadata(temporary.join(&left)).expect("a folder").permissions().mode();
    let is_root = std::fs::metadata(&temporary).expect("a folder").uid() == 0;
    assert_eq!(mode & 0o777, if is_root { 0o711 } else { 0o700 });
    // Somebody else's, by whatever name.
    let kept = temporary.join("aether-shelf-of-somebody");
    std::fs::create_dir(&kept).expect("a folder");
    stage.script(&[], "true").env("TMPDIR", &temporary).run().exits(0);
    assert_eq!(left_in(&temporary), ["aether-shelf-of-somebody"]);
}

#[test]
fn no_user_namespace_is_left() {
    let stage = Stage::new();
    let none = "echo 0 > /proc/sys/user/max_user_namespaces";
    let Some(outcome) = within(&stage, none, &ECHO) else { return };
    outcome.exits(7).prints_nothing().says("userns").says("max_user_namespaces");
}

#[test]
fn a_disk_that_is_full() {
    let stage = Stage::new();
    stage.file("d/a", "a");
    let (temporary, state) = (stage.aside("temporary"), stage.state());
    // For the files that a program finds in its root.
    let script = format!("mount -t tmpfs -o size=4k,nr_inodes=1 none '{}'", temporary.display());
    let Some(outcome) = within(&stage, &script, &ECHO) else { return };
    outcome.exits(2).prints_nothing().says("No space left on device").says("temporary");
    // For what is kept of the run.
    let script = format!("mount -t tmpfs -o size=4k,nr_inodes=2 none '{}'", state.display());
    let Some(outcome) = within(&stage, &script, &ECHO) else { return };
    outcome.exits(2).says("No space left on device");
    let script = format!("mount -t tmpfs -o size=64k none '{}'", state.display());
    let writes =
        ["exec", "--write", "d", "--", "sh", "-c", "head -c 300000 /dev/urandom > d/b; echo done"];
    let Some(outcome) = within(&stage, &script, &writes) else { return };
    outcome.exits(2).prints("done").says("No space left on device");
    assert_eq!(stage.text("d/a"), "a");
}

#[test]
fn a_home_that_may_only_be_read() {
    let stage = Stage::new();
    let home = stage.home();
    let script =
        format!("mount --bind '{0}' '{0}' && mount -o remount,bind,ro '{0}'", home.display());
    let line = ["--user", "--map-root-user", "--mount", "--", "sh", "-c"];
    let script = format!("{{ {script}; }} || exit 99; exec \"$@\"");
    let command = || {
        let command = stage.command("unshare").args(line).arg(&script).arg("sh");
        command.arg(env!("CARGO_BIN_EXE_aether")).args(ECHO)
    };
    let outcome = command().without("AETHER_STATE_DIR").run();
    if outcome.code == Some(99) || outcome.stderr.contains("unshare:") {
        return skip("a_home_that_may_only_be_read", "namespaces cannot be changed here");
    }
    outcome.exits(2).prints_nothing().says("Read-only file system").says("home");
    // Another place for it helps.
    let state = stage.state();
    let helped = command().env("AETHER_STATE_DIR", state).run();
    helped.exits(0).prints("ran");
}

#[test]
fn a_temporary_folder_that_is_not_there() {
    let stage = Stage::new();
    let line = stage.aether(&ECHO).env("TMPDIR", stage.aside("none"));
    line.run().exits(2).prints_nothing().says("none").says("No such file");
}

/// Work in the background, as `chrt` and systemd start it. Nobody may leave the idle policy.
#[test]
fn a_host_that_only_runs_when_nobody_else_does() {
    let stage = Stage::new();
    for policy in ["--idle", "--batch", "--other"] {
        let line = ["0", env!("CARGO_BIN_EXE_aether"), "exec", "--", "echo", "ran"];
        let outcome = stage.command("chrt").arg(policy).args(line).run();
        outcome.exits(0).prints("ran");
    }
    // More than its share is not passed on.
    let script = "chrt --fifo 1 \"$0\" exec -q -- grep ^policy /proc/self/sched || exit 99";
    let outcome = stage.command("sh").args(["-c", script, env!("CARGO_BIN_EXE_aether")]).run();
    if outcome.code == Some(99) {
        return skip("a_host_that_only_runs_when_nobody_else_does", "this user has no more");
    }
    outcome.exits(0);
    assert!(outcome.stdout.trim_end().ends_with(" 0"), "{outcome}");
}

/// A shell, a service or a container around the host has limits: what is stricter than a cell's own
/// stays as it is.
#[test]
fn a_host_whose_own_limits_are_lower() {
    let stage = Stage::new();
    for (option, most) in
        [("-d", 900_000), ("-l", 0), ("-l", 16), ("-i", 100), ("-q", 0), ("-n", 200), ("-u", 200)]
    {
        let script = format!(
            "ulimit {option} {most} || exit 99; exec \"$0\" exec -- bash -c 'ulimit -H {option}'"
        );
        let aether = env!("CARGO_BIN_EXE_aether");
        let outcome = stage.command("bash").args(["-c", &script, aether]).run();
        outcome.exits(0);
        let has: u64 = outcome.stdout.trim().parse().expect("a number");
        assert!(has <= most, "{outcome}");
    }
    stage.plugin("p").main("export default () => 1;");
    for limit in ["-d 300000", "-i 10", "-n 40", "-v 3000000"] {
        let script = format!("ulimit {limit} || exit 99; exec \"$0\" call p run");
        let aether = env!("CARGO_BIN_EXE_aether");
        stage.command("bash").args(["-c", &script, aether]).run().exits(0).prints("1");
    }
}

/// Control groups that a process has made and not removed.
fn groups_of(pid: u32) -> Vec<std::path::PathBuf> {
    fn below(folder: &Path, depth: u32, name: &str, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            if entry.file_name().to_string_lossy().starts_with(name) {
                found.push(entry.path());
            } else if depth > 0 {
                below(&entry.path(), depth - 1, name, found);
            }
        }
    }
    let mut found = Vec::new();
    below(Path::new("/sys/fs/cgroup"), 6, &format!("aether-{pid}-"), &mut found);
    found
}

/// A process may have been made ahead that no plugin took.
#[test]
fn no_control_group_is_left_behind() {
    let stage = Stage::new();
    stage.file("p/aether-plugin.json", r#"{ "permissions": {} }"#);
    stage.file("p/main.js", "export default () => 1;");
    stage.file(
        "pipe.yaml",
        "version: 1\nsteps:\n  one: { use: ./p }\n  two: { use: ./p }\n  three: { use: ./p }\n",
    );
    for arguments in [
        &["exec", "--", "true"][..],
        &["exec", "--read", "/no/such/path", "--", "true"],
        &["exec", "--cpu-time", "never", "--", "true"],
        &["call", "p", "run"],
        &["call", "no-such-plugin", "run"],
        &["run", "pipe.yaml"],
    ] {
        let child = std::process::Command::new(env!("CARGO_BIN_EXE_aether"))
            .args(arguments)
            .current_dir(stage.path(""))
            .env("AETHER_STATE_DIR", stage.aside("state"))
            .env("HOME", stage.aside("home"))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("aether");
        let pid = child.id();
        let said = child.wait_with_output().expect("its end");
        let said = String::from_utf8_lossy(&said.stderr);
        assert!(groups_of(pid).is_empty(), "{arguments:?}: {:?}\n{said}", groups_of(pid));
    }
}
