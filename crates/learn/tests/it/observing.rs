//! What records are taken to tell.

use aether_audit::{Kind, Record, Verdict};
use aether_learn::{MAX_OBJECTS, Use};
use aether_manifest::Permission;
use aether_manifest::Permission::{
    Environment, FilesystemRead as Read, FilesystemWrite as Write, Process,
};

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
    let on_the_way = vec![system_call("openat", "/data/a"), system_call("openat", "/data/a/b")];
    check(on_the_way, &[(Use::Of(Read), "/data/a/b"), (Use::Look, "/data/a")]);
    let seen = seen(calls);
    assert!(seen.traces_files() && seen.is_native());
    assert_eq!(seen.others().count(), 1, "the path with `..`");
}

#[test]
fn another_plugin_is_none_of_ours() {
    let other = Record { plugin: Some("other".to_owned()), ..call("fs.read", "/a") };
    let nobody = Record { plugin: None, ..call("fs.read", "/a") };
    check(vec![other, nobody], &[]);
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
