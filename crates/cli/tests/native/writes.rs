//! What a program writes stays aside until it is applied, and is then what it saw.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use crate::{Stage, as_each_user};

/// Every file of a folder with its permissions where they are not the usual ones and its content;
/// symlinks with what they lead to; folders by name.
fn tree(top: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![top.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(top).expect("below").display().to_string();
            let meta = path.symlink_metadata().expect("what is there");
            if meta.is_dir() {
                found.push(format!("{name}/"));
                open.push(path);
            } else if meta.is_symlink() {
                let target = std::fs::read_link(&path).expect("a symlink");
                found.push(format!("{name} -> {}", target.display()));
            } else {
                let mark = match meta.mode() & 0o7777 {
                    0o644 => String::new(),
                    0o755 => "*".to_owned(),
                    mode => format!("({mode:o})"),
                };
                let text = std::fs::read_to_string(&path).expect("text");
                found.push(format!("{name}{mark}={text}"));
            }
        }
    }
    found.sort();
    found
}

const ACTS: &str = "set -e; cd d
    printf new > n; printf other > a; printf more >> b; rm c; mv e moved
    mkdir -p k/l; printf deep > k/l/f; chmod +x a; chmod -x run
    rm -r old; mkdir old; printf again > old/x; rm -r gone; : > empty
    ln -s k/l/f link; ln -s ../same k/up; chmod 600 same";

#[test]
fn everything_that_is_done_to_a_folder_waits_and_is_made() {
    as_each_user(|stage, exec| {
        for name in ["a", "b", "c", "e", "run", "old/x", "old/y", "gone/z", "same"] {
            stage.file(format!("d/{name}"), name);
        }
        let run = stage.path("d/run");
        std::fs::set_permissions(run, std::fs::Permissions::from_mode(0o755)).expect("rights");
        std::fs::create_dir(stage.path("plain")).expect("a folder");
        stage.command("cp").args(["-rp", "d", "plain/d"]).run().exits(0);
        let before = tree(&stage.path("d"));
        exec(&["--write", "d/"], ACTS).exits(0).prints_nothing().says("changes wait");
        assert_eq!(tree(&stage.path("d")), before, "nothing is on disk yet");
        let diff = stage.run(&["diff"]);
        diff.exits(0).prints_some("d/n: new file").prints_some("d/c: deleted");
        diff.prints_some("d/k/l/f: new file").prints_some("d/run: no longer executable");
        diff.prints_some("d/a: changed, executable now").prints_some("d/gone: removed folder");
        diff.prints_some("d/link: new symlink to k/l/f")
            .prints_some("d/k/up: new symlink to ../same");
        diff.prints_some("d/same: other permissions").prints_some("! permissions 0644→0600");
        stage.run(&["apply"]).exits(0);
        stage.command("sh").args(["-c", ACTS]).within("plain").run().exits(0);
        assert_eq!(tree(&stage.path("d")), tree(&stage.path("plain/d")));
        stage.run(&["diff"]).exits(2).says("no run has changes that wait");
    });
}

#[test]
fn what_is_discarded_never_was() {
    as_each_user(|stage, exec| {
        stage.file("d/a", "a");
        exec(&["--write", "d"], "rm d/a; echo x > d/b").exits(0);
        stage.run(&["discard"]).exits(0).says("Dropped 2 change(s)");
        assert_eq!(tree(&stage.path("d")), ["a=a"]);
    });
}

#[test]
fn what_went_well_is_applied_at_once_where_that_is_asked_for() {
    let stage = Stage::new();
    stage.file("d/a", "a");
    stage.exec(&["--write", "d", "--apply"], "echo x > d/a").exits(0);
    assert_eq!(stage.text("d/a"), "x\n");
    stage.exec(&["--write", "d", "--apply"], "echo y > d/a; exit 3").exits(1);
    assert_eq!(stage.text("d/a"), "x\n");
}

#[test]
fn new_folders_and_new_files_come_to_exist() {
    as_each_user(|stage, exec| {
        let grants = ["--write", "new/", "--write", "deep/er/folder/", "--write", "f.txt"];
        let script = "ls -A new; echo a > new/a; echo b > deep/er/folder/b; echo c > f.txt";
        exec(&grants, script).exits(0).prints_nothing();
        assert!(!stage.has("new") && !stage.has("deep") && !stage.has("f.txt"));
        stage.run(&["apply"]).exits(0);
        let found = ["new/a", "deep/er/folder/b", "f.txt"].map(|name| stage.text(name));
        assert_eq!(found, ["a\n", "b\n", "c\n"]);
    });
}

#[test]
fn what_nobody_touched_is_no_change() {
    as_each_user(|stage, exec| {
        stage.file("d/a", "a");
        stage.file("script", "#!/bin/sh\n");
        let run = stage.path("script");
        std::fs::set_permissions(run, std::fs::Permissions::from_mode(0o755)).expect("rights");
        let grants = [
            "--write", "new/", "--write", "n.txt", "--write", "d/n", "--write", "d", "--write",
            "script",
        ];
        exec(&grants, "ls d; cat script > /dev/null").exits(0).prints("a\nn").never_says("wait");
        let touched = exec(&grants, ": > n.txt; : > d/n; touch script");
        touched.exits(0).says("2 changes wait");
        stage.run(&["apply"]).exits(0);
        assert_eq!((stage.text("n.txt"), stage.text("d/n")), (String::new(), String::new()));
    });
}

#[test]
fn a_single_file_is_written_and_nothing_beside_it() {
    as_each_user(|stage, exec| {
        stage.file("a", "a\n");
        stage.file("b", "b\n");
        stage.file("run", "#!/bin/sh\necho ran");
        let run = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(stage.path("run"), run).expect("its rights");
        let script = "echo more >> a; ./run; chmod -x run; echo x > b; ls; rm a";
        let outcome =
            exec(&["--write", "a", "--write", "run", "--run", "run", "--read", "b"], script);
        // What is mounted cannot be removed.
        outcome.exits(1).says("Read-only file system").says("Device or resource busy");
        outcome.prints("ran\na\nb\nrun");
        stage.run(&["diff"]).prints_some("run: no longer executable").prints_some("+more");
        stage.run(&["apply"]).exits(0);
        assert_eq!(tree(&stage.path("")), ["a=a\nmore\n", "b=b\n", "run=#!/bin/sh\necho ran"]);
    });
}

#[test]
fn files_that_their_owner_may_not_write_are_not_written() {
    let stage = Stage::new();
    stage.file("a", "a");
    let rights = std::fs::Permissions::from_mode(0o444);
    std::fs::set_permissions(stage.path("a"), rights).expect("its rights");
    stage.exec(&["--write", "a"], "cat a; echo x > a").says("Permission denied").prints_some("a");
    // A copy has an owner like any file.
    stage.exec(&["--write", "a"], "chmod u+w a; echo x > a").exits(0);
    stage.run(&["apply"]).exits(0);
    assert_eq!(stage.text("a"), "x\n");
}

#[test]
fn grants_lie_within_each_other() {
    as_each_user(|stage, exec| {
        for name in ["r/a", "r/w/b", "r/w/r2/c", "r/f"] {
            stage.file(name, name);
        }
        let grants = [
            "--read", "r", "--write", "r/w", "--write", "r/w/new/", "--write", "r/one", "--write",
            "r/sub/", "--write", "r/f", "--read", "r/a",
        ];
        let script =
            "cd r; for f in a w/b w/r2/c w/new/d one sub/e f other; do echo x >> $f; done; true";
        let outcome = exec(&grants, script);
        outcome.exits(0).says("cannot create a").says("cannot create other");
        stage.run(&["apply"]).exits(0);
        let changed = ["w/b", "w/r2/c", "w/new/d", "one", "sub/e", "f"];
        let all = tree(&stage.path("r"));
        for name in changed {
            assert!(
                all.iter().any(|line| line.starts_with(name) && line.ends_with("x\n")),
                "{all:?}"
            );
        }
        assert_eq!(stage.text("r/a"), "r/a");
        assert!(!stage.has("r/other"));
    });
}

#[test]
fn grants_overlap_and_the_wider_right_counts() {
    as_each_user(|stage, exec| {
        stage.file("d/s/a", "a");
        let script = "echo x > d/s/a; echo y > d/b; rm d/s/a; echo z > d/s/a";
        for grants in [
            &["--write", "d", "--read", "d/s"][..],
            &["--read", "d", "--write", "d"],
            &["--write", "d", "--write", "d/s", "--write", "d/s/", "--write", "d/"],
        ] {
            exec(grants, script).exits(0);
            let diff = stage.run(&["diff"]);
            diff.prints_some("d/s/a: changed").prints_some("d/b: new file");
            stage.run(&["discard"]).exits(0);
        }
    });
}

#[test]
fn what_a_changeset_cannot_hold_is_named() {
    let stage = Stage::new();
    stage.file("d/a", "a");
    let script = "cd d; ln -s /etc/passwd link; chmod 700 a; echo x > ok; mkfifo pipe; true";
    let outcome = stage.exec(&["--write", "d", "--inspect-security=report"], script);
    outcome.exits(0);
    let report = stage.text("report/report.json");
    assert!(report.contains("link: is a symlink"), "{report}");
    stage.run(&["apply"]).exits(0);
    assert!(stage.has("d/ok") && !stage.has("d/link") && !stage.has("d/pipe"));
}

#[test]
fn what_the_host_changed_meanwhile_is_a_conflict() {
    let stage = Stage::new();
    stage.file("d/a", "a");
    stage.file("f", "f");
    stage.exec(&["--write", "d", "--write", "f"], "echo x > d/a; echo x > f").exits(0);
    stage.file("d/a", "mine");
    stage.file("f", "mine");
    stage.run(&["apply"]).exits(1).says("2 change(s) could not be made");
    assert_eq!((stage.text("d/a"), stage.text("f")), ("mine".to_owned(), "mine".to_owned()));
}

#[test]
fn a_full_layer_is_told_to_the_program() {
    let stage = Stage::new();
    stage.file("d/a", "a");
    let script = "head -c 9000000 /dev/zero > $1; code=$?; rm -f $1; exit $code";
    for at in ["d/big", "/tmp/big", "/dev/shm/big"] {
        let script = script.replace("$1", at);
        let outcome = stage.exec(&["--write", "d", "--disk", "4MB"], &script);
        outcome.exits(1).says("No space left on device");
    }
    // Files without content count too.
    let many = "for i in $(seq 2000); do : > d/$i || exit 9; done";
    let outcome = stage.exec(&["--write", "d", "--disk", "1MB", "--pass-code"], many);
    outcome.says("No space left on device");
    assert_ne!(outcome.code, Some(0), "{outcome}");
    stage.run(&["apply"]).exits(0);
    // A hole takes no room, and goes nowhere.
    let hole = stage.exec(&["--write", "d", "--disk", "4MB"], "truncate -s 1T d/hole");
    assert_ne!(hole.code, Some(0), "{hole}");
    assert!(!stage.has("d/hole"));
}
