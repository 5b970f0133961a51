//! What is in the root of a command, and what it is to itself: `docs/expectations.md` says whose
//! expectations these are.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use aether_testkit::{Session, Signal};

use crate::{Stage, as_each_user};

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("its rights");
}

#[test]
fn devices_are_those_that_hold_nothing() {
    as_each_user(|_, exec| {
        let all = "fd\nfull\nnull\nrandom\nshm\nstderr\nstdin\nstdout\nurandom\nzero";
        exec(&[], "ls -A /dev").exits(0).prints(all);
        let uses = "echo x > /dev/null; head -c 3 /dev/zero | od -An -tx1; head -c 9 /dev/urandom | wc -c; \
                    (echo out > /dev/stdout; echo more > /dev/fd/1) | cat; echo in | cat /dev/stdin; echo x > /dev/full";
        let outcome = exec(&[], uses);
        outcome.exits(1).prints(" 00 00 00\n9\nout\nmore\nin").says("I/O error");
        exec(&[], "rm /dev/null").exits(1);
        exec(&[], "echo x > /dev/new").exits(1);
    });
}

#[test]
fn streams_can_be_opened_by_name() {
    as_each_user(|_, exec| {
        let script = "echo out > /dev/stdout; echo more | tee /dev/fd/1; echo err > /dev/stderr";
        exec(&[], script).exits(0).prints("out\nmore\nmore").says("err");
    });
}

#[test]
fn the_root_and_what_leads_to_grants_can_only_be_read() {
    as_each_user(|stage, exec| {
        stage.file("far/down/f", "f\n");
        let tries = "for at in / /etc /usr /bin /proc /dev /proc/sys/kernel; do \
                     (: > $at/new) 2>/dev/null && echo made in $at; mkdir $at/new 2>/dev/null && echo made in $at; \
                     done; rm -f /etc/hosts 2>/dev/null; cat far/down/f";
        exec(&["--read", "far/down/f"], tries).exits(0).prints("f");
        assert_eq!(stage.text("far/down/f"), "f\n");
        // Nothing is seen of how the root was made.
        let outcome = exec(&["--write", "out/"], "ls -A /; ls -A /tmp /dev/shm");
        for word in [".aether", "oldroot", "newroot", "put_old"] {
            assert!(!outcome.stdout.contains(word), "{outcome}");
        }
        outcome.prints_some("/dev/shm:\n\n/tmp:");
    });
}

#[test]
fn folders_have_the_rights_that_they_have() {
    as_each_user(|stage, exec| {
        stage.file("all/kept/f", "f");
        stage.file("all/shared/f", "f");
        mode(&stage.path("all"), 0o750);
        mode(&stage.path("all/kept"), 0o710);
        mode(&stage.path("all/kept/f"), 0o640);
        mode(&stage.path("all/shared"), 0o1777);
        stage.file("on/the/way/f", "f");
        mode(&stage.path("on"), 0o700);
        let script = "stat -c %a all all/kept all/kept/f all/shared on on/the/way new; umask; \
                      : > new/f; mkdir new/d; stat -c %a new/f new/d";
        for way in ["--read", "--write"] {
            let grants = [way, "all", "--read", "on/the/way/f", "--write", "new/"];
            // What leads to a grant is not the host's folder, and can be passed.
            let expect = "750\n710\n640\n1777\n755\n755\n755\n0022\n644\n755";
            exec(&grants, script).exits(0).prints(expect);
            stage.run(&["discard"]).exits(0);
        }
        assert_eq!(stage.path("on").metadata().expect("it is there").mode() & 0o7777, 0o700);
    });
}

#[test]
fn grants_lie_at_odd_places() {
    as_each_user(|stage, exec| {
        // Letters that mean something in the options of mounts, in patterns, or to a terminal.
        for name in ["a \":,=b", "lower:upper,work=x", "-dash", "'q' $x", "caf\u{e9}", "..."] {
            stage.file(format!("{name}/f"), "f\n");
            let at = format!("{name}/");
            let script = "cd -- \"./$NAME\" && cat f && echo x >> f && : > n && cat f";
            let script = script.replace("$NAME", &name.replace('"', "\\\"").replace('$', "\\$"));
            let outcome = exec(&[&format!("--write=./{at}")], &script);
            outcome.exits(0).prints("f\nf\nx");
            assert_eq!(stage.text(format!("{name}/f")), "f\n");
            let again = exec(&[&format!("--read=./{at}")], &script);
            assert_ne!(again.code, Some(0), "{again}");
            again.prints("f").says("Read-only file system");
            stage.run(&["discard"]).exits(0);
        }
    });
}

#[test]
fn a_grant_in_tmp_lies_in_a_tmp_of_its_own() {
    let stage = Stage::new();
    let folder =
        tempfile::Builder::new().prefix("aether-odd-").tempdir_in("/tmp").expect("a folder");
    std::fs::write(folder.path().join("f"), "f").expect("a file");
    std::fs::write(folder.path().join("beside"), "beside").expect("a file");
    let path = folder.path().to_str().expect("a path");
    let file = format!("{path}/f");
    let script = format!(
        "cat {file}; ls -A {path} /tmp | grep -c beside; echo x > /tmp/own; cat /tmp/own; echo x > {file}"
    );
    for (grants, code) in [(["--read", &file], 2), (["--write", &file], 0)] {
        let outcome = stage.exec(&grants, &script);
        outcome.exits(if code == 0 { 0 } else { 1 }).prints("f0\nx");
    }
    assert!(!Path::new("/tmp/own").exists());
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "f");
}

#[test]
fn a_grant_beside_links_and_over_them() {
    as_each_user(|stage, exec| {
        stage.file("real/f", "real\n");
        symlink("real", stage.path("link")).expect("a link");
        symlink("link", stage.path("second")).expect("a link");
        symlink("nowhere", stage.path("dangling")).expect("a link");
        exec(&["--read", "second"], "cat second/f").exits(0).prints("real");
        exec(&["--read", "link/f"], "cat link/f; ls").exits(0).prints("real\nlink");
        exec(&["--write", "link/"], "echo x > link/f").exits(0);
        stage.run(&["apply"]).exits(0);
        assert_eq!(stage.text("real/f"), "x\n");
        assert!(stage.path("link").symlink_metadata().expect("it is there").is_symlink());
        exec(&["--read", "dangling"], "echo ran").exits(2).prints_nothing();
    });
}

/// Whoever made the folder may have laid links in it: nothing is made, or shown, at the far end of
/// one but what was named.
#[test]
fn a_grant_behind_a_link_of_another_grant() {
    as_each_user(|stage, exec| {
        let secret = stage.aside("secret");
        std::fs::create_dir(&secret).expect("a folder");
        for name in ["f", "beside"] {
            std::fs::write(secret.join(name), "kept\n").expect("a file");
        }
        stage.file("d/a", "a\n");
        symlink("../../secret", stage.path("d/relative")).expect("a link");
        symlink(&secret, stage.path("d/absolute")).expect("a link");
        for link in ["relative", "absolute"] {
            let script = format!("cat d/{link}/f; cat d/{link}/beside; echo x > d/{link}/new/n");
            let file = format!("d/{link}/f");
            for outer in ["--read", "--write"] {
                let outcome = exec(&[outer, "d", "--read", &file], &script);
                outcome.prints("kept").says("beside: No such file").says("Directory nonexistent");
            }
            let new = format!("d/{link}/new/");
            exec(&["--write", "d", "--write", &new], &script).exits(0).prints_nothing();
            stage.run(&["discard"]).exits(0);
            let left = std::fs::read_dir(&secret).expect("it is there").count();
            assert_eq!(left, 2, "nothing is made on the host");
        }
    });
}

#[test]
fn what_the_user_may_not_read_is_not_given() {
    let stage = Stage::new();
    if std::fs::File::open("/etc/shadow").is_err() {
        let outcome = stage.exec(&["--read", "/etc/shadow"], "cat /etc/shadow");
        assert!(!outcome.stdout.contains("root:"), "{outcome}");
        return;
    }
    // The tests are run by root: somebody else asks.
    let folder = tempfile::tempdir_in("/var/tmp").expect("a folder");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "only root's").expect("a file");
    mode(&secret, 0o600);
    let secret = secret.to_str().expect("a path");
    for (closed, at) in [(0o755, secret), (0o700, folder.path().to_str().expect("a path"))] {
        mode(folder.path(), closed);
        let script = format!("cat {secret}; ls -l {at}");
        let outcome = stage.script(&["--read", at], &script).as_ordinary_user().run();
        assert!(!outcome.stdout.contains("only root's"), "{outcome}");
        // The same reaches root.
        stage.exec(&["--read", at], &script).exits(0).prints_some("only root's");
    }
}

#[test]
fn it_has_no_rights_and_one_user() {
    as_each_user(|_, exec| {
        let outcome =
            exec(&[], "grep -E '^(Cap|NoNew|Secc)' /proc/self/status; wc -l < /proc/self/uid_map");
        let none = "0000000000000000";
        let all = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]
            .map(|set| format!("{set}:\t{none}\n"));
        outcome.exits(0).prints_some(&all.concat());
        outcome.prints_some("NoNewPrivs:\t1\nSeccomp:\t2\n").prints_some("\n1");
        for denied in [
            "echo '0 0 1' > /proc/self/uid_map",
            "unshare --user true",
            "unshare --mount true",
            "echo 1000 > /proc/sys/user/max_user_namespaces; unshare --user true",
            "mount -t tmpfs none /tmp",
            "chroot / true",
            "hostname other",
            "su nobody -s /bin/true",
        ] {
            let outcome = exec(&[], denied);
            assert_ne!(outcome.code, Some(0), "{denied}: {outcome}");
        }
    });
}

#[test]
fn its_namespaces_are_its_own() {
    let stage = Stage::new();
    let names = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];
    let script = names.map(|name| format!("readlink /proc/self/ns/{name}")).join("; ");
    let inside = stage.exec(&[], &script);
    inside.exits(0);
    let lines: Vec<&str> = inside.stdout.lines().collect();
    assert_eq!(lines.len(), names.len(), "{inside}");
    for (name, line) in names.iter().zip(lines) {
        let outside = std::fs::read_link(format!("/proc/self/ns/{name}")).expect("a namespace");
        assert!(line.starts_with(&format!("{name}:[")), "{inside}");
        assert_ne!(Path::new(line), outside);
    }
    // Two commands are not in each other's.
    let again = stage.exec(&[], &script);
    for (one, two) in inside.stdout.lines().zip(again.stdout.lines()) {
        // A number may be used again once its namespace is gone: compared while both are there.
        assert!(one.len() == two.len() || one != two);
    }
}

#[test]
fn a_first_process_takes_care_of_orphans_and_cannot_be_ended() {
    as_each_user(|_, exec| {
        let orphans = "(sleep 0.1 &); (sh -c 'sleep 0.1 & sleep 0.1 &' &); \
                       for i in $(seq 200); do sleep 0.1; grep -qsx sleep /proc/[0-9]*/comm || break; done; \
                       grep -c '^State:.Z' /proc/[0-9]*/status | grep -v ':0'; \
                       ls /proc | grep -c '^[0-9]'; echo $$";
        // The first one, the shell, `ls` and `grep`.
        exec(&[], orphans).exits(0).prints("4\n2");
        let ends = "for s in KILL TERM INT HUP QUIT STOP SEGV; do kill -$s 1 2>/dev/null; done; sleep 0.2; echo lives";
        exec(&[], ends).exits(0).prints("lives");
    });
}

#[test]
fn it_is_in_a_session_without_a_terminal() {
    let stage = Stage::new();
    // Session, terminal and its foreground, of the shell itself.
    let script = "cut -d' ' -f6-8 /proc/$$/stat; cat < /dev/tty || echo none";
    let shown = Session::start(&stage.script(&["-q"], script)).end();
    shown.exits(0).says("2 0 -1").says("none");
    stage.exec(&["-q"], script).exits(0).prints("2 0 -1\nnone");
}

#[test]
fn a_command_that_is_killed_takes_everything_with_it() {
    let stage = Stage::new();
    let script =
        "trap '' HUP TERM INT; setsid sleep 98765 & (sleep 98765 &); echo armed >&2; sleep 98765";
    let outcome = stage.script(&[], script).run_signalled_after("armed", &[Signal::KILL]);
    assert_ne!(outcome.code, Some(0), "{outcome}");
    crate::endings::is_gone("98765");
}

#[test]
fn words_behind_the_dashes_are_the_commands() {
    let stage = Stage::new();
    stage.file("bin/--odd", "#!/bin/sh\necho odd \"$@\"\n");
    mode(&stage.path("bin/--odd"), 0o755);
    let line = ["exec", "--run", "bin", "--", "bin/--odd", "--read", "/", "--"];
    stage.run(&line).exits(0).prints("odd --read / --");
    for option in ["--read", "--write", "--unsafe", "--help"] {
        let outcome = stage.run(&["exec", "--", option, "/", "sh", "-c", "echo ran"]);
        outcome.exits(2).prints_nothing().says(option);
    }
    // The name that it is called by is the one that was typed.
    stage.run(&["exec", "--", "sh", "-c", "echo $0"]).exits(0).prints("sh");
    stage.run(&["exec", "--", "/bin/sh", "-c", "echo $0"]).exits(0).prints("/bin/sh");
}

#[test]
fn sizes_that_mean_nothing_are_refused() {
    let stage = Stage::new();
    for option in ["--disk", "--memory"] {
        for size in [
            "0",
            "",
            "123bogus",
            "-1",
            " -12345678",
            "18446744073709551616",
            "9223372036854775809GB",
            "1MB 2MB",
            "0x10",
        ] {
            let line = ["exec", &format!("{option}={size}"), "--", "echo", "ran"];
            stage.run(&line).exits(2).prints_nothing();
        }
    }
    let twice = ["exec", "--disk", "1MB", "--disk", "2MB", "--", "echo", "ran"];
    stage.run(&twice).exits(2).prints_nothing();
    let outcome = stage.exec(&["--disk", "1MB"], "df --output=size --block-size=1K /tmp | tail -1");
    outcome.exits(0);
    let size: u64 = outcome.stdout.trim().parse().expect("a number");
    assert!((976..=1024).contains(&size), "{outcome}");
}

#[test]
fn another_sandbox_within_is_refused_with_its_reason() {
    let stage = Stage::new();
    let program = env!("CARGO_BIN_EXE_aether");
    let line =
        ["exec", "--run", program, "--env", "HOME", "--", program, "exec", "--", "echo", "ran"];
    let outcome = stage.run(&line);
    assert!(matches!(outcome.code, Some(1)), "{outcome}");
    outcome.prints_nothing().no_panic();
}

#[test]
fn a_layer_is_of_one_command() {
    as_each_user(|stage, exec| {
        stage.file("d/f", "1");
        exec(&["--write", "d"], "cat d/f; echo 2 > d/f; cat d/f").exits(0).prints("12");
        // Another begins with what is on disk.
        exec(&["--write", "d"], "cat d/f; echo 3 > d/f; cat d/f").exits(0).prints("13");
        assert_eq!(stage.text("d/f"), "1");
    });
}
