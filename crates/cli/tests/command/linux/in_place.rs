//! Native programs where no namespace can be had: refused, or on the host's own tree if its owner
//! says so.

use aether_testkit::Outcome;

use crate::Stage;

const ALLOWED: [&str; 3] = ["exec", "--allow-degraded", "userns"];

#[track_caller]
fn run(stage: &Stage, start: &[&str], rest: &[&str]) -> Outcome {
    stage.aether(start).args(rest).without_user_namespaces().run()
}

fn stage() -> Stage {
    let stage = Stage::new();
    stage.file("granted.txt", "given\n");
    stage.file("secret.txt", "kept\n");
    stage
}

#[test]
fn without_a_word_it_is_refused_with_what_would_help() {
    let outcome = run(&stage(), &["exec"], &["--read", "granted.txt", "--", "cat", "granted.txt"]);
    outcome.exits(7).prints_nothing();
    outcome.says("--allow-degraded userns").says("aether doctor").says("userns");
}

#[test]
fn what_is_granted_is_read_and_nothing_else() {
    let stage = stage();
    let script = "cat granted.txt; cat secret.txt; ls .; cat /etc/passwd; cat /proc/version; \
                  echo x > new; echo x > granted.txt; chmod 777 granted.txt; exit 3";
    let rest = ["--pass-code", "--read", "granted.txt", "--", "sh", "-c", script];
    let outcome = run(&stage, &ALLOWED, &rest);
    outcome.exits(3).prints("given").says("root degraded");
    assert_eq!(stage.text("granted.txt"), "given\n");
    assert!(!stage.has("new"));
}

#[test]
fn there_is_a_folder_to_write_to_and_no_network() {
    let script = "echo x > $TMPDIR/x && cat $HOME/x; perl -MSocket -e \
                  'print \"out\" if socket my $s, AF_INET, SOCK_STREAM, 0'";
    let outcome = run(&stage(), &ALLOWED, &["--", "sh", "-c", script]);
    outcome.exits(0).prints("x");
}

#[test]
fn nothing_is_left_of_it() {
    // Seconds that nobody else sleeps for.
    let time = format!("93{:06}", std::process::id());
    let script =
        format!("pwd > $HOME/x; echo $HOME; setsid sleep {time} & (setsid sleep {time} &)");
    let outcome = run(&stage(), &ALLOWED, &["--", "sh", "-c", &script]);
    outcome.exits(0);
    let folder = outcome.stdout.trim();
    assert!(folder.starts_with('/') && !std::path::Path::new(folder).exists(), "{outcome}");
    let all = std::fs::read_dir("/proc").expect("/proc").flatten();
    let left = all.filter(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        line.starts_with(b"sleep") && String::from_utf8_lossy(&line).contains(&time)
    });
    assert_eq!(left.count(), 0, "{outcome}");
}

#[test]
fn grants_that_need_a_root_are_refused_by_name() {
    let stage = stage();
    let outcome = run(&stage, &ALLOWED, &["--write", "out/", "--", "true"]);
    outcome.exits(7).prints_nothing().says("writing to").says("/out\"").says("aether doctor");
    let outcome = run(&stage, &ALLOWED, &["--net", "example.com", "--", "true"]);
    outcome.exits(7).prints_nothing().says("network");
}

#[test]
fn too_much_in_the_folder_ends_it() {
    let script = "cd $HOME; for n in 1 2 3 4 5 6; do head -c 900000 /dev/zero > $n; done; sleep 20";
    let outcome = run(&stage(), &ALLOWED, &["--disk", "1MB", "--", "sh", "-c", script]);
    outcome.exits(5).says("disk limit of 1 MB");
}
