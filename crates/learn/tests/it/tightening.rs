//! What is asked for and was not used.

use aether_audit::{Kind, Record, Verdict};
use aether_learn::{Excess, MAX_OBJECTS, Options, Tightening, tighten};
use aether_manifest::Permission;

use crate::support::{call, denied, manifest, record, seen};

fn tightened(permissions: &str, records: Vec<Record>) -> Tightening {
    let text = format!("{{\n\"permissions\": {{ {permissions} }} }}");
    tighten(&manifest(&text), &seen(records), &Options::default())
}

/// Each entry that is too much, and what would be enough, if anything is needed.
#[track_caller]
fn check(permissions: &str, records: Vec<Record>, expect: &[(&str, &[&str])]) {
    let found = tightened(permissions, records);
    let found: Vec<(&str, Vec<&str>)> = found
        .unused
        .iter()
        .map(|unused| match &unused.excess {
            Excess::Whole => (unused.entry.as_str(), Vec::new()),
            Excess::Beyond(entries) => {
                (unused.entry.as_str(), entries.iter().map(String::as_str).collect())
            }
        })
        .collect();
    let expect: Vec<(&str, Vec<&str>)> =
        expect.iter().map(|(entry, enough)| (*entry, enough.to_vec())).collect();
    assert_eq!(found, expect, "{permissions}");
}

#[test]
fn unused_entries() {
    check(r#""environment": ["LANG", "USER"]"#, vec![call("env.get", "LANG")], &[("USER", &[])]);
    check(
        r#""filesystem": { "read": ["./a", "./b"], "write": ["./a"] }"#,
        vec![call("fs.read", "/workspace/a")],
        &[("./b", &[]), ("./a", &[])],
    );
    check(r#""process": ["git"]"#, vec![], &[("git", &[])]);
    // Asking in vain is no use.
    check(r#""environment": ["LANG"]"#, vec![denied("environment", "LANG")], &[("LANG", &[])]);
    check("", vec![], &[]);
}

#[test]
fn looking_is_a_use_of_reading_or_else_of_writing() {
    let look = || vec![call("fs.stat", "/workspace/a")];
    check(r#""filesystem": { "read": ["./a"] }"#, look(), &[]);
    check(r#""filesystem": { "read": ["./a"], "write": ["./a"] }"#, look(), &[("./a", &[])]);
    check(r#""filesystem": { "write": ["./a"] }"#, look(), &[]);
}

#[test]
fn wide_entries() {
    check(
        r#""filesystem": { "read": ["/var/log/**"] }"#,
        vec![call("fs.read", "/var/log/app/x"), call("fs.read", "/var/log/app/y")],
        &[("/var/log/**", &["/var/log/app/x", "/var/log/app/y"])],
    );
    check(
        r#""filesystem": { "read": ["./in/"] }"#,
        (0..20).map(|n| call("fs.read", &format!("/workspace/in/f{n}x"))).collect(),
        &[("./in/", &["./in/*"])],
    );
    let text = vec![call("fs.read", "/workspace/a.txt")];
    check(r#""filesystem": { "read": ["./*.txt"] }"#, text, &[]);
    check(
        r#""network": { "domains": ["*.a.com", "b.com"] }"#,
        vec![call("network.request", "GET x.a.com/y"), call("network.request", "GET b.com/v1/z")],
        &[("*.a.com", &["GET x.a.com/y"]), ("b.com", &["GET b.com/v1/z"])],
    );
    let request = vec![call("network.request", "GET b.com/v1/z")];
    check(r#""network": { "domains": ["GET b.com/v1/z"] }"#, request, &[]);
    let event = vec![call("events.emit", "a.b")];
    check(r#""events": { "emit": ["a.*"] }"#, event, &[("a.*", &["a.b"])]);
    // More than anybody would list.
    let many = (0..12).map(|n| call("fs.read", &format!("/workspace/d{n}x/f")));
    check(r#""filesystem": { "read": ["./"] }"#, many.collect(), &[]);
}

#[test]
fn places_and_advice() {
    let found = tightened(r#""environment": ["LANG"]"#, vec![]);
    let unused = &found.unused[0];
    assert_eq!((unused.place.line, unused.place.column), (2, 34));
    assert_eq!(unused.permission, Permission::Environment);
    let text = found.text("m.json");
    assert!(text.starts_with("m.json:2:34: environment LANG\n"), "{text}");
}

#[test]
fn a_secret_that_no_request_carried_is_too_much() {
    let asked = r#""secrets": ["key", "other"]"#;
    let found = tightened(asked, vec![call("secret.use", "other")]);
    assert_eq!(found.unused.len(), 1);
    assert_eq!(found.unused[0].entry, "key");
}

#[test]
fn what_the_log_does_not_tell_is_not_judged() {
    let many = (0..=MAX_OBJECTS).map(|n| call("fs.read", &format!("/data/f{n}x")));
    let found = tightened(r#""filesystem": { "read": ["./a"] }"#, many.collect());
    assert!(found.unused.is_empty() && found.unknown.len() == 1);
}

#[test]
fn of_native_programs_only_what_is_on_record_is_judged() {
    let text = r#"{ "runtime": "native", "entry": ["sh"], "permissions":
        { "filesystem": { "read": ["./a"] }, "environment": ["A"], "process": ["git"],
          "secrets": ["key"] } }"#;
    let native = |records| tighten(&manifest(text), &seen(records), &Options::default());
    let found = native(vec![]);
    assert_eq!(found.unused.len(), 1, "only programs are on record: {found:?}");
    assert_eq!(found.unknown.len(), 3);
    let traced = record(Kind::SystemCall, "openat", "openat /usr/lib/x", Verdict::Noted);
    assert_eq!(native(vec![traced]).unknown.len(), 2);
}
