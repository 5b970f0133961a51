//! What a program is let read, and that nothing else is there.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Stage, as_each_user};

#[test]
fn a_file_is_there_and_what_lies_beside_it_is_not() {
    as_each_user(|stage, exec| {
        stage.file("a.txt", "a");
        stage.file("b.txt", "b");
        let outcome = exec(&["--read", "a.txt"], "cat a.txt; echo; ls; cat b.txt");
        outcome.exits(1).prints("a\na.txt").says("b.txt: No such file");
        exec(&["--read", "a.txt"], "echo more > a.txt").exits(1).says("Read-only file system");
        assert_eq!(stage.text("a.txt"), "a");
    });
}

/// The shell passes such a name on for `./*`; as a pattern it would name everything.
#[test]
fn a_name_that_reads_as_a_pattern_is_refused() {
    let stage = Stage::new();
    for (name, more) in [("d/**", "d/.hid/x"), ("e/g*", "e/gx/y")] {
        stage.file(more, "secret");
        stage.file(name, "a file");
        for flag in ["--read", "--write", "--run"] {
            let outcome = stage.exec(&[flag, name], "true");
            outcome.exits(2).says("cannot be granted");
        }
    }
}

/// A manifest is a stranger's word: a person is asked, or a policy.
#[test]
fn a_manifest_is_agreed_to_or_refused() {
    let stage = Stage::new();
    stage.file("secret", "secret");
    stage.file("m.json", r#"{ "permissions": { "filesystem": { "read": ["./secret"] } } }"#);
    let outcome = stage.exec(&["--manifest", "m.json"], "cat secret");
    outcome.exits(3).says("there is nobody to ask");
}

#[test]
fn a_folder_is_there_with_everything_in_it() {
    as_each_user(|stage, exec| {
        stage.file("d/a", "a");
        stage.file("d/deep/er/b", "b");
        stage.file("e", "e");
        let outcome = exec(&["--read", "d"], "find . -type f | sort; touch d/n");
        outcome.exits(1).prints("./d/a\n./d/deep/er/b").says("Read-only file system");
        let outcome = exec(&["--read", "."], "find . -type f | sort");
        outcome.exits(0).prints("./d/a\n./d/deep/er/b\n./e");
        assert!(!stage.has("d/n"));
    });
}

#[test]
fn a_pattern_names_what_matches_now() {
    as_each_user(|stage, exec| {
        for name in ["a.log", "b.txt", "s/c.log", "s/d.txt"] {
            stage.file(name, name);
        }
        exec(&["--read", "*.log"], "find . -type f").exits(0).prints("./a.log");
        let all = exec(&["--read", "**/*.log"], "find . -type f | sort");
        all.exits(0).prints("./a.log\n./s/c.log");
        exec(&["--read", "*.none"], "ls").exits(0).prints_nothing();
    });
}

#[test]
fn a_link_that_is_typed_is_mounted_where_it_is_typed() {
    as_each_user(|stage, exec| {
        let elsewhere = stage.aside("elsewhere");
        std::fs::create_dir(&elsewhere).expect("a folder");
        std::fs::write(elsewhere.join("f"), "found").expect("a file");
        symlink(&elsewhere, stage.path("folder")).expect("a link");
        symlink(elsewhere.join("f"), stage.path("file")).expect("a link");
        exec(&["--read", "folder"], "cat folder/f").exits(0).prints_some("found");
        exec(&["--read", "file"], "cat file; ls ..").exits(0).prints("foundwork");
        exec(&["--read", "folder/f"], "cat folder/f").exits(0).prints_some("found");
        // In a folder that is granted too it stays a link, and leads somewhere.
        exec(&["--read", ".", "--read", "file"], "cat file").exits(0).prints_some("found");
        exec(&["--read", "."], "cat file").exits(1).says("No such file");
    });
}

#[test]
fn links_within_a_granted_folder_lead_nowhere_outside() {
    as_each_user(|stage, exec| {
        let secret = stage.aside("secret");
        std::fs::create_dir(&secret).expect("a folder");
        std::fs::write(secret.join("s"), "secret").expect("a file");
        stage.file("d/a", "a");
        for (target, name) in [
            (secret.join("s"), "d/file"),
            (secret.clone(), "d/folder"),
            ("../../secret/s".into(), "d/relative"),
            ("a".into(), "d/inside"),
            ("/proc/1/root".into(), "d/root"),
        ] {
            symlink(target, stage.path(name)).expect("a link");
        }
        let script = "cd d; cat inside; for l in file folder/s relative root/etc/passwd; do \
                      cat $l 2>/dev/null && echo $l; echo x > $l; done; true";
        for grants in [&["--read", "d"][..], &["--write", "d"]] {
            let outcome = exec(grants, script);
            outcome.exits(0);
            assert_eq!(outcome.stdout, "a", "{outcome}");
        }
        assert_eq!(std::fs::read_to_string(secret.join("s")).expect("it is there"), "secret");
    });
}

#[test]
fn everything_can_be_read_but_not_the_kernels_own() {
    as_each_user(|stage, exec| {
        stage.file("a", "a");
        let script = "cat a && test -e /etc/passwd && ls /sys /run 2>/dev/null; ls /tmp; \
                      echo x > /etc/x";
        let outcome = exec(&["--read", "/"], script);
        outcome.says("Read-only file system");
        assert!(outcome.stdout.starts_with('a') || outcome.stderr.contains("a: "), "{outcome}");
    });
}

#[test]
fn what_the_runtime_has_anyway_may_be_granted_too() {
    let stage = Stage::new();
    let grants = [
        "--read", "/etc", "--read", "/bin/sh", "--read", "/usr", "--read", "/bin", "--read", "/lib",
    ];
    stage.exec(&grants, "ls /bin/sh /etc/passwd").exits(0).prints("/bin/sh\n/etc/passwd");
    let new =
        stage.exec(&["--write", "/usr/local/aether-test/"], "echo x > /usr/local/aether-test/x");
    new.exits(0).says("2 changes wait");
    stage.run(&["discard"]).exits(0);
}

#[test]
fn what_is_not_there_is_named() {
    as_each_user(|_, exec| {
        let outcome = exec(&["--read", "no/such.txt"], "true");
        outcome.exits(2).prints_nothing().says("no/such.txt").says("No such file");
    });
}

#[test]
fn what_is_neither_file_nor_folder_is_refused() {
    let stage = Stage::new();
    let _socket = UnixListener::bind(stage.path("socket")).expect("a socket");
    stage.command("mkfifo").arg("pipe").run().exits(0);
    for (path, why) in [
        ("socket", "neither a file nor a folder"),
        ("pipe", "neither a file nor a folder"),
        ("/dev/null", "has for itself"),
        ("/dev", "has for itself"),
    ] {
        for flag in ["--read", "--write"] {
            let outcome = stage.exec(&[flag, path], "echo ran");
            outcome.exits(2).prints_nothing().says(why).says(path).says(flag);
        }
    }
    // Beside others they are no trouble, and lead to nobody.
    let script = "ls; timeout 1 sh -c 'echo x > pipe'; echo $?";
    stage.exec(&["--read", "."], script).exits(0).prints("pipe\nsocket\n124");
}

/// Judged, resolved and mounted are one path: a link that comes in between leads nowhere.
#[test]
fn a_folder_that_becomes_a_link_at_any_moment_gives_nothing_else() {
    let stage = Stage::new();
    let secret = stage.aside("secret");
    std::fs::create_dir(&secret).expect("a folder");
    std::fs::write(secret.join("f"), "secret").expect("a file");
    stage.file("d/f", "harmless");
    let (at, folder, link) = (stage.path("d"), stage.path("folder"), stage.path("link"));
    symlink(&secret, &link).expect("a link");
    let policy = stage.aside("policy.yaml");
    let allowed = stage.path("**");
    let text = format!(
        "version: 1\nplugins:\n  \"*\":\n    allow:\n      filesystem: {{ read: [\"{}\"] }}\n    limits: {{ cpu: 256, memory: 1GB, disk: 1GB, processes: 256, timeout: 24h }}\n",
        allowed.display()
    );
    std::fs::write(&policy, text).expect("a policy");
    let policy = policy.to_str().expect("a path");
    let line = ["exec", "--read", "d", "--policy", policy, "--yes-from-policy", "--", "cat", "d/f"];
    stage.run(&line).exits(0);
    let over = AtomicBool::new(false);
    let mut refused = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for (from, to) in [(&at, &folder), (&link, &at), (&at, &link), (&folder, &at)] {
                    std::fs::rename(from, to).expect("another name");
                }
            }
        });
        for _ in 0..40 {
            let outcome = stage.run(&line);
            refused += usize::from(outcome.code != Some(0));
            assert!(["", "harmless"].contains(&outcome.stdout.as_str()), "{outcome}");
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(refused > 0, "it was never a link");
}
