//! What records are taken to tell.

use aether_audit::{Kind, Record, Verdict};
use aether_learn::{MAX_OBJECTS, Observations, Use};
use aether_manifest::Permission;
use aether_manifest::Permission::{
    Environment, FilesystemRead as Read, FilesystemWrite as Write, Process,
};
use aether_policy::given;

use crate::support::{call, denied, record, seen, with};

#[track_caller]
fn check(records: Vec<Record>, expect: &[(Use, &str)]) {
    let seen = seen(records);
    let uses = Permission::ALL.into_iter().map(Use::Of).chain([Use::Look]);
    let objects = |of| seen.objects(of).map(move |(object, _)| (of, object));
    let found: Vec<(Use, &str)> = uses.flat_map(objects).collect();
    assert_eq!(found, expect);
}

fn system_call(action: &str, rest: &str) -> Record {
    record(Kind::SystemCall, action, &format!("{action} {rest}"), Verdict::Noted)
}

#[test]
fn calls_of_the_gateway() {
    check(vec![call("fs.read", "/a")], &[(Use::Of(Read), "/a")]);
    check(vec![call("fs.mkdir", "/a")], &[(Use::Of(Write), "/a")]);
    check(vec![call("fs.stat", "/a")], &[(Use::Look, "/a")]);
    check(vec![call("env.get", "LANG")], &[(Use::Of(Environment), "LANG")]);
    check(vec![call("fs.rename", "/a -> /b")], &[(Use::Of(Write), "/a"), (Use::Of(Write), "/b")]);
    check(vec![call("fs.rename", "/a -> /b -> /c")], &[]);
    check(vec![call("kv.get", "a"), call("env.list", ""), call("fs.fstat", "/a")], &[]);
    check(vec![record(Kind::HostCall, "fs.read", "/a", Verdict::Failed)], &[]);
    check(vec![record(Kind::Limit, "rate", "reads", Verdict::Limited)], &[]);
}

#[test]
fn what_a_file_was_opened_for() {
    check(vec![call("fs.open", "/a")], &[(Use::Of(Read), "/a")]);
    check(vec![call("fs.open", "/a"), call("fs.pwrite", "/a")], &[(Use::Of(Write), "/a")]);
    check(vec![call("fs.open", "/a"), call("fs.pread", "/a")], &[(Use::Of(Read), "/a")]);
    let changed = record(Kind::Changeset, "added", "/a", Verdict::Noted);
    check(vec![call("fs.open", "/a"), changed], &[(Use::Of(Write), "/a")]);
    let both = with(call("fs.open", "/a"), "access", "both");
    check(vec![both], &[(Use::Of(Read), "/a"), (Use::Of(Write), "/a")]);
}

#[test]
fn folders_that_were_made_or_removed_along() {
    let change = |action: &str, path: &str| Record {
        plugin: None,
        ..record(Kind::Changeset, action, path, Verdict::Noted)
    };
    let made = vec![
        call("fs.mkdir", "/w/a/b"),
        change("folder-added", "/w/a"),
        change("folder-added", "/w/a/b"),
        change("folder-added", "/elsewhere"),
    ];
    check(made, &[(Use::Of(Write), "/w/a"), (Use::Of(Write), "/w/a/b")]);
    let removed = vec![
        call("fs.remove", "/w/a"),
        change("folder-removed", "/w/a"),
        change("deleted", "/w/a/x"),
        change("deleted", "/w/ax"),
    ];
    check(removed, &[(Use::Of(Write), "/w/a"), (Use::Of(Write), "/w/a/x")]);
}

#[test]
fn refusals() {
    check(vec![denied("filesystem.read", "/a")], &[(Use::Of(Read), "/a")]);
    check(vec![with(denied("filesystem.read", "/a"), "call", "fs.list")], &[(Use::Look, "/a")]);
    check(vec![denied("syscall", "mount x")], &[]);
    let secrets = Use::Of(Permission::Secrets);
    check(vec![denied("secrets", "deploy-key")], &[(secrets, "deploy-key")]);
    check(vec![call("secret.use", "deploy-key")], &[(secrets, "deploy-key")]);
    // It has the secret, and may not send it there: no entry would change that.
    check(vec![denied("secrets", "GET stranger.example/x")], &[]);
    let both = seen([call("fs.read", "/a"), denied("filesystem.read", "/a")]);
    let (_, observed) = both.objects(Use::Of(Read)).next().unwrap();
    assert_eq!((observed.allowed, observed.denied, observed.first), (1, 1, 0));
    assert_eq!(observed.actions, ["fs.read", "filesystem.read"]);
}

#[test]
fn native_programs() {
    let calls = vec![
        system_call("execve", "/usr/bin/sh [sh /plugin/main.sh]"),
        system_call("openat", "/etc/ld.so.cache"),
        system_call("openat", "/lib/x86_64-linux-gnu/libc.so.6"),
        system_call("openat", "/plugin/main.sh"),
        system_call("openat", "/workspace/."),
        system_call("openat", "/workspace/a.txt"),
        system_call("openat", "/workspace/missing (absent)"),
        system_call("openat", "/workspace/out (absent) to write"),
        system_call("openat", "/workspace/both to read and write"),
        system_call("openat", "/tmp/own to write"),
        system_call("openat", "/workspace/../etc/passwd"),
        system_call("renameat2", "/workspace/x to /workspace/y (absent)"),
        system_call("connect", "127.0.0.1:3128"),
        system_call("execve", "/usr/bin/wc [wc -l]"),
        system_call("execve", "/usr/local/bin/none (absent) [none]"),
        system_call("execve", "/opt/tools/x [x]"),
        system_call("execve", "/plugin/helper [helper]"),
    ];
    check(
        calls.clone(),
        &[
            (Use::Of(Read), "/workspace/a.txt"),
            (Use::Of(Read), "/workspace/both"),
            (Use::Of(Write), "/workspace/both"),
            (Use::Of(Write), "/workspace/out"),
            (Use::Of(Write), "/workspace/x"),
            (Use::Of(Write), "/workspace/y"),
            (Use::Of(Process), "/opt/tools/x"),
            (Use::Of(Process), "wc"),
            (Use::Look, "/workspace"),
        ],
    );
    let shown = |path: &str| system_call("openat", path);
    check(given::LOOKED_UP.iter().chain(&given::FOLDERS).map(|path| shown(path)).collect(), &[]);
    check(vec![shown("/etc/pki/tls/certs/ca-bundle.crt"), shown(given::HOSTS)], &[]);
    let on_the_way = vec![system_call("openat", "/data/a"), system_call("openat", "/data/a/b")];
    check(on_the_way, &[(Use::Of(Read), "/data/a/b"), (Use::Look, "/data/a")]);
    let seen = seen(calls);
    assert!(seen.traces_files() && seen.is_native());
    assert_eq!(seen.others().count(), 1, "the path with `..`");
}

#[test]
fn what_a_native_program_looked_for_in_vain() {
    let looked = |path: &str| system_call("openat", &format!("{path} (absent)"));
    let calls = ["/workspace/a", "/usr/lib/none.so", "/tmp/x", "/data/b", "/workspace/a"];
    let seen = seen(calls.map(looked));
    assert_eq!(seen.missing().collect::<Vec<_>>(), ["/data/b", "/workspace/a"]);
    assert!(seen.traces_files());
}

#[test]
fn whether_a_run_was_learned_from() {
    let consent = |answer: &str, plugin: Option<&str>| Record {
        plugin: plugin.map(str::to_owned),
        ..record(Kind::Consent, answer, "x", Verdict::Noted)
    };
    let check = |record: Record, expect: bool| {
        assert_eq!(seen([record.clone()]).is_learned_from(), expect, "{record:?}");
    };
    check(consent("learning", None), true);
    check(consent("learning", Some("notes")), true);
    check(consent("learning", Some("other")), false);
    check(consent("once", Some("notes")), false);
    assert!(!seen([consent("learning", None)]).is_seen(), "nothing of it");
    assert!(seen([call("fs.read", "/a")]).is_seen());
}

#[test]
fn another_plugin_is_none_of_ours() {
    let other = Record { plugin: Some("other".to_owned()), ..call("fs.read", "/a") };
    let nobody = Record { plugin: None, ..call("fs.read", "/a") };
    check(vec![other, nobody], &[]);
}

#[test]
fn several_plugins_are_looked_at_in_one_pass() {
    let of = |plugin: Option<&str>, record: Record| Record {
        plugin: plugin.map(str::to_owned),
        ..record
    };
    let made = record(Kind::Changeset, "folder-added", "/w/a", Verdict::Noted);
    let records = [
        of(Some("one"), call("fs.read", "/a")),
        of(Some("two"), call("fs.mkdir", "/w/a/b")),
        of(Some("other"), call("fs.read", "/other")),
        of(None, made),
    ];
    let together = Observations::of_each(&records, ["one", "two"]);
    assert_eq!(together.keys().collect::<Vec<_>>(), ["one", "two"]);
    let objects = |seen: &Observations, of| -> Vec<String> {
        seen.objects(of).map(|(object, _)| object.to_owned()).collect()
    };
    for (name, seen) in &together {
        let alone = Observations::of(&records, name);
        for of in [Use::Of(Read), Use::Of(Write)] {
            assert_eq!(objects(seen, of), objects(&alone, of), "{name}");
        }
    }
    assert_eq!(objects(&together["one"], Use::Of(Read)), ["/a"]);
    assert_eq!(objects(&together["two"], Use::Of(Write)), ["/w/a", "/w/a/b"]);
}

#[test]
fn only_so_many_objects_are_kept_and_the_rest_is_counted() {
    let more = 10;
    let paths = (0..MAX_OBJECTS + more).map(|number| format!("/data/f{number}x"));
    let records: Vec<Record> = paths.map(|path| call("fs.read", &path)).collect();
    let again = records.clone();
    let seen = seen(records.into_iter().chain(again));
    assert_eq!(seen.objects(Use::Of(Read)).count(), MAX_OBJECTS);
    assert_eq!(seen.not_kept(Use::Of(Read)), 2 * u64::try_from(more).unwrap());
    assert!(seen.objects(Use::Of(Read)).all(|(_, observed)| observed.count() == 2));
}
