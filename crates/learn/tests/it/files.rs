//! From paths to patterns.

use aether_audit::{Kind, Verdict};
use aether_learn::{MAX_NOT_SUGGESTED, MAX_OBJECTS, Options, Peaks, suggest};
use aether_manifest::{MAX_ENTRIES, Permission};
use aether_path::PathPattern;
use aether_policy::sensitive;

use crate::support::{call, denied, entries, reading, record, seen, suggestion};

#[track_caller]
fn check(paths: &[&str], expect: &[&str]) {
    assert_eq!(reading(paths.iter().copied()), expect, "{paths:?}");
}

#[test]
fn a_path_is_asked_for_as_itself() {
    check(&["/workspace/a.txt"], &["./a.txt"]);
    check(&["/workspace"], &["/workspace"]);
    check(&["/workspaces/a"], &["/workspaces/a"]);
    check(&["/etc/hostname"], &["/etc/hostname"]);
    check(&["/workspace/a.txt", "/workspace/b.txt"], &["./a.txt", "./b.txt"]);
    check(&["/workspace/log.1"], &["./log.1"]);
    check(&["/opt/app-1.2.3/bin"], &["/opt/app-1.2.3/bin"]);
    check(&["/workspace/2026-11-29.log"], &["./2026-11-29.log"]);
    check(&["/workspace/3fa9c1e"], &["./3fa9c1e"]);
    check(&["/workspace/größe, 世界.txt"], &["./größe, 世界.txt"]);
}

#[test]
fn what_differs_in_a_version_date_or_number_becomes_one() {
    check(&["/workspace/log.1", "/workspace/log.2"], &["./log.*"]);
    check(&["/opt/app-1.2.3/bin", "/opt/app-1.10/bin"], &["/opt/app-*/bin"]);
    check(&["/opt/x/v1/a", "/opt/x/v2/a"], &["/opt/x/v*/a"]);
    check(&["/var/log/2026-11-29.log", "/var/log/2026-11-30.log"], &["/var/log/????-??-??.log"]);
    check(&["/workspace/in/1/a", "/workspace/in/2/a"], &["./in/*/a"]);
    check(&["/workspace/lib.so.6", "/workspace/lib.so.7"], &["./lib.so.*"]);
    check(&["/workspace/x-3fa9c1e.js", "/workspace/x-77aa0b1.js"], &["./x-*.js"]);
    let square = ["/data/in/1/1", "/data/in/1/2", "/data/in/2/1", "/data/in/2/2"];
    check(&square, &["/data/in/*/*"]);
    // What is the same in all of them stays.
    let builds = ["/workspace/app-1.2-build.7", "/workspace/app-1.2-build.8"];
    check(&builds, &["./app-1.2-build.*"]);
}

#[test]
fn what_differs_in_more_than_that_does_not() {
    check(&["/workspace/1/1", "/workspace/2/2"], &["./1/1", "./2/2"]);
    check(&["/workspace/a/log.1", "/workspace/b/log.2"], &["./a/log.1", "./b/log.2"]);
    check(&["/workspace/log.1", "/workspace/log.old"], &["./log.1", "./log.old"]);
    check(&["/workspace/log1", "/workspace/log2"], &["./log1", "./log2"]);
    check(&["/workspace/sha256.txt", "/workspace/sha512.txt"], &["./sha256.txt", "./sha512.txt"]);
    check(&["/workspace/a.1", "/workspace/b.1"], &["./a.1", "./b.1"]);
    check(&["/workspace/x.1", "/workspace/x.v1"], &["./x.1", "./x.v1"]);
}

#[test]
fn what_stands_alone_is_a_wildcard_at_once() {
    check(&["/workspace/obj/lib-3fa9c1e2b4d5a6f7.o"], &["./obj/lib-*.o"]);
    check(&["/workspace/cache/3fa9c1e2b4d5a6f7/out.js"], &["./cache/*/out.js"]);
    let uuid = "/data/x/b3a1f3f0-1c2d-4e5f-8a9b-0c1d2e3f4a5b.json";
    check(&[uuid], &["/data/x/*-*-*-*-*.json"]);
    check(&["/tmp/tmp.Xy12ZqAb"], &["/tmp/tmp.*"]);
    check(&["/tmp/tmpk3j2hx9q/out"], &["/tmp/tmp*/out"]);
    // Nothing would be left of the last name, or of all that is right below the root.
    check(&["/workspace/cache/3fa9c1e2b4d5a6f7"], &["./cache/3fa9c1e2b4d5a6f7"]);
    check(&["/data/3fa9c1e2b4d5a6f7/x"], &["/data/3fa9c1e2b4d5a6f7/x"]);
    // It takes two for that, and never right below the root.
    let two = ["/workspace/cache/3fa9c1e2b4d5a6f7", "/workspace/cache/77aa0b1c2d3e4f50"];
    check(&two, &["./cache/*"]);
    let top = ["/data/3fa9c1e2b4d5a6f7", "/data/77aa0b1c2d3e4f50"];
    check(&top, &top);
}

#[test]
fn the_first_name_and_homes_never_vary() {
    let stay = |paths: &[&str]| check(paths, paths);
    stay(&["/1/a", "/2/a"]);
    stay(&["/v1", "/v2"]);
    stay(&["/tmp.Xy12ZqAb/a"]);
    stay(&["/home/user.1/a", "/home/user.2/a"]);
    stay(&["/home/3fa9c1e2b4d5a6f7/a"]);
    stay(&["/Users/1/a", "/Users/2/a"]);
    stay(&["/data/1", "/data/2"]);
    check(&["/workspace/1", "/workspace/2"], &["./1", "./2"]);
    stay(&["/home/a/1", "/home/a/2"]);
    stay(&["/etc/1.conf", "/etc/2.conf"]);
    stay(&["/etc/20261129", "/etc/20261130"]);
    stay(&["/data/v1/x", "/data/v2/x"]);
    check(&["/workspace/1.txt", "/workspace/2.txt"], &["./*.txt"]);
    check(&["/data/log.1", "/data/log.2"], &["/data/log.*"]);
    check(&["/home/a/x/1", "/home/a/x/2"], &["/home/a/x/*"]);
}

#[test]
fn no_pattern_reaches_a_sensitive_place() {
    let stay = |paths: &[&str]| check(paths, paths);
    stay(&["/home/a/.ssh/1", "/home/a/.ssh/2"]);
    stay(&["/proc/1/stat", "/proc/2/stat"]);
    stay(&["/sys/x/1/a", "/sys/x/2/a"]);
    check(&["/workspace/1.pem", "/workspace/2.pem"], &["./1.pem", "./2.pem"]);
    stay(&["/home/a/.config/1", "/home/a/.config/2"]);
    check(&["/workspace/.env.1", "/workspace/.env.2"], &["./.env.1", "./.env.2"]);
}

fn reading_many(folders: &[(&str, usize)]) -> Vec<String> {
    let many = |(folder, count): &(&str, usize)| {
        let folder = (*folder).to_owned();
        (0..*count).map(move |number| format!("{folder}/file{number}x"))
    };
    let paths: Vec<String> = folders.iter().flat_map(many).collect();
    reading(paths.iter().map(String::as_str))
}

#[test]
fn a_folder_of_which_much_is_used_is_named_as_a_whole() {
    assert_eq!(reading_many(&[("/workspace/in", 8)]).len(), 8);
    assert_eq!(reading_many(&[("/workspace/in", 9)]), ["./in/*"]);
    assert_eq!(reading_many(&[("/var/lib/x", 9)]), ["/var/lib/x/*"]);
    assert_eq!(reading_many(&[("/workspace/in", 9), ("/workspace/in/a", 9)]).len(), 2);
    let below: Vec<String> = (0..9).map(|number| format!("/workspace/in/d{number}x")).collect();
    let mut deep: Vec<(&str, usize)> = below.iter().map(|folder| (folder.as_str(), 1)).collect();
    deep.push(("/workspace/in", 9));
    assert_eq!(reading_many(&deep), ["./in/"]);
}

#[test]
fn numbered_files_are_one_and_not_a_whole_folder() {
    let logs: Vec<String> = (0..50).map(|number| format!("/var/log/app/log.{number}")).collect();
    let logs = || logs.iter().map(String::as_str);
    assert_eq!(reading(logs()), ["/var/log/app/log.*"]);
    let more = logs().chain(["/var/log/app/log.x"]);
    assert_eq!(reading(more), ["/var/log/app/log.*"], "the wildcard covers the other one too");
}

#[test]
fn the_root_what_is_right_below_it_homes_and_the_workspace_are_never_whole() {
    for folder in [
        "",
        "/etc",
        "/tmp",
        "/data",
        "/home",
        "/home/a",
        "/Users/a",
        "/root",
        "/workspace",
        "/home/a/.ssh",
        "/etc/ssl",
        "/proc/x",
        "/home/a/.config",
        "/etc/cron.d",
    ] {
        let found = reading_many(&[(folder, 20)]);
        assert_eq!(found.len(), 20, "{folder}: {found:?}");
    }
}

/// A plugin that wants `/etc/*` or more, and opens what it can think of.
#[test]
fn thousands_of_made_up_paths_provoke_nothing_wide() {
    let paths = (0..6000).map(|number| format!("/etc/{:x}", number * 7919));
    let found = suggestion(paths.map(|path| call("fs.read", &path)));
    assert_eq!(entries(&found, Permission::FilesystemRead).len(), MAX_ENTRIES);
    for line in &found.lines {
        assert!(!line.is_widened && line.entry.starts_with("/etc/"), "{line:?}");
        assert!(PathPattern::parse(&line.entry).unwrap().is_exact());
    }
    assert_eq!(found.incomplete.len(), 1);
    assert_eq!(found.incomplete[0].1, 6000 - u64::try_from(MAX_OBJECTS).unwrap());
    assert!(found.text().contains("Incomplete: of filesystem.read"));
}

#[test]
fn names_that_vary_in_every_way_take_no_long_time() {
    let paths = (0..4000).map(|number: u32| {
        let names = (0..40).map(|bit| format!("/{}", number >> (bit % 12) & 3));
        names.collect::<String>()
    });
    let begin = std::time::Instant::now();
    let found = suggestion(paths.map(|path| call("fs.read", &path)));
    println!("{:?}", begin.elapsed());
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
    assert!(!found.lines.is_empty());
}

#[test]
fn names_that_vary_alone_take_no_long_time() {
    let paths = (0..4096_u64).map(|number| {
        let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("/workspace/a/b/c/d/{}x/lib-{hash:016x}/{hash:016x}.o", number % 999)
    });
    let begin = std::time::Instant::now();
    let found = suggestion(paths.map(|path| call("fs.read", &path)));
    println!("{:?}", begin.elapsed());
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
    assert!(!found.lines.is_empty());
}

#[test]
fn names_that_are_patterns_are_no_patterns() {
    let check = |path: &str, expect: Option<&str>| {
        let found = suggestion([call("fs.read", path)]);
        let entry = entries(&found, Permission::FilesystemRead).first().copied();
        assert_eq!(entry, expect, "{path:?}");
        assert_eq!(found.not_suggested.len(), usize::from(expect.is_none()), "{path:?}");
    };
    check("/workspace/a*.txt", Some("./a?.txt"));
    check("/workspace/what?.txt", Some("./what?.txt"));
    check("/workspace/a[1].txt", Some("./a?1?.txt"));
    check("/workspace/line\nbreak", Some("./line?break"));
    check("/workspace/*", None);
    check("/workspace/**", None);
    check("/workspace/********", None);
    check("/workspace/????", None);
    check("/workspace/a{b}c!d", None);
    // As a pattern it would reach the real one.
    check("/etc/shad*w", None);
    check("/home/a/.s?h/config", None);
    check("/workspace/\u{fffd}bc", None);
    check(&format!("/workspace/{}", "a/".repeat(70).trim_end_matches('/')), None);
}

#[test]
fn paths_that_lead_up_are_not_asked_for() {
    let found = suggestion([
        call("fs.read", "/workspace/../etc/passwd"),
        call("fs.read", "relative"),
        denied("filesystem.exception", "./public/../secret"),
    ]);
    assert!(found.lines.is_empty(), "{:?}", found.lines);
    assert_eq!(found.not_suggested.len(), 3);
}

#[test]
fn what_may_be_cut_is_not_asked_for() {
    let long = format!("/workspace/{}", "ab/".repeat(167));
    let long = long.trim_end_matches('/');
    assert!(long.len() > 508);
    let found = suggestion([call("fs.read", long)]);
    assert!(found.lines.is_empty());
    assert!(found.not_suggested[0].why.contains("beginning"), "{found:?}");
}

#[test]
fn what_was_denied_is_named_with_the_reason_and_asked_for_only_on_demand() {
    let records = || {
        [
            denied("filesystem.read", "/etc/shadow"),
            denied("filesystem.read", "/var/log/x"),
            denied("environment", "GITHUB_TOKEN"),
            denied("environment", "LANG"),
            denied("network.domains", "GET 169.254.169.254/latest"),
            denied("secrets", "deploy-key"),
        ]
    };
    let found = suggestion(records());
    assert!(found.lines.is_empty());
    assert_eq!(found.not_suggested.len(), 6);
    let why: Vec<&str> = found.not_suggested.iter().map(|left| left.why.as_str()).collect();
    assert!(why.contains(&"it was denied: it reaches the password hashes"), "{why:?}");
    assert!(why.contains(&"it was denied: its name is that of a secret"), "{why:?}");
    let options = Options { denied: true, ..Options::default() };
    let found = suggest(&seen(records()), &Peaks::default(), None, &options);
    let asked: Vec<&str> = found.lines.iter().map(|line| line.entry.as_str()).collect();
    assert_eq!(asked, ["deploy-key", "/var/log/x", "LANG"]);
    assert!(found.lines.iter().all(|line| line.why.ends_with("it was denied")));
}

#[test]
fn a_sensitive_place_that_was_allowed_is_asked_for_as_itself_and_at_the_top() {
    let found =
        suggestion([call("fs.read", "/workspace/a"), call("fs.read", "/home/a/.aws/credentials")]);
    let first = &found.lines[0];
    assert_eq!(first.entry, "/home/a/.aws/credentials");
    assert_eq!(first.risk.as_str(), "high");
    assert!(first.why.contains("cloud credentials"));
    let pattern = PathPattern::parse(&first.entry).unwrap();
    assert!(pattern.is_exact() && sensitive::reached(&pattern).is_some());
}

#[test]
fn what_a_listing_shows_and_nobody_reads_is_not_asked_for() {
    let walk = || {
        let looks = (0..20).map(|number| call("fs.stat", &format!("/var/log/app/f{number}x")));
        looks.chain([call("fs.list", "/var/log/app"), call("fs.read", "/var/log/app/f1x")])
    };
    let found = suggestion(walk());
    assert_eq!(entries(&found, Permission::FilesystemRead), ["/var/log/app/f1x"]);
    assert_eq!(found.not_suggested.len(), 1);
    assert_eq!(
        (found.not_suggested[0].what.as_str(), found.not_suggested[0].count),
        ("/var/log/app", 19)
    );
    let options = Options { looks: true, ..Options::default() };
    let found = suggest(&seen(walk()), &Peaks::default(), None, &options);
    assert_eq!(entries(&found, Permission::FilesystemRead).len(), 20, "no folder for looking");
    let by_name = suggestion([call("fs.stat", "/var/log/app/x"), call("fs.list", "/var/log")]);
    assert_eq!(entries(&by_name, Permission::FilesystemRead), ["/var/log/app/x"]);
    assert!(by_name.lines[0].why.ends_with("it was only looked at"));
}

/// What a native program may write is granted by file and by folder, never by a wildcard, and no
/// folder is granted by itself.
#[test]
fn native_programs_are_asked_for_what_they_can_be_granted() {
    let native = |calls: &[&str]| {
        let words = calls.iter().map(|call| (call.split(' ').next().unwrap_or_default(), call));
        suggestion(words.map(|(name, call)| record(Kind::SystemCall, name, call, Verdict::Noted)))
    };
    let found = native(&[
        "openat /workspace/.",
        "openat /workspace/log.1",
        "openat /workspace/log.2",
        "openat /workspace/out.1 (absent) to write",
        "openat /workspace/out.2 (absent) to write",
        "mkdir /workspace/made (absent)",
        "openat /workspace/made/a (absent) to write",
    ]);
    assert_eq!(entries(&found, Permission::FilesystemRead), ["./log.*"]);
    let written = entries(&found, Permission::FilesystemWrite);
    assert_eq!(written, ["./made/", "./out.1", "./out.2"]);
    let many: Vec<String> =
        (0..9).map(|n| format!("openat /var/x/{n} (absent) to write")).collect();
    let found = native(&many.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(entries(&found, Permission::FilesystemWrite), ["/var/x/"]);
    assert!(native(&["openat /workspace/."]).lines.is_empty());
    let untraced = native(&["execve /usr/bin/sh [sh]"]);
    assert!(untraced.text().contains("Not known: of filesystem.read"), "{}", untraced.text());
}

#[test]
fn what_is_grave_is_not_hidden_behind_much_else() {
    let much = (0..900).map(|number| denied("filesystem.read", &format!("/a/f{number}x")));
    let found = suggestion(much.chain([denied("filesystem.read", "/etc/shadow")]));
    assert_eq!(found.not_suggested[0].what, "/etc/shadow");
    assert_eq!(found.not_suggested.len(), MAX_NOT_SUGGESTED);
    assert_eq!(found.not_suggested_more, 901 - u64::try_from(MAX_NOT_SUGGESTED).unwrap());
}
