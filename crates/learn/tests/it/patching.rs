//! Suggestions written into manifests.

use aether_audit::Record;
use aether_learn::{Options, PatchError, Peaks, suggest};
use aether_source::Source;

use crate::support::{call, manifest, seen, suggestion};

fn patched(text: &str, records: Vec<Record>) -> String {
    let source = Source::new("aether-plugin.json", text);
    let read = manifest(text);
    let found = suggest(&seen(records), &Peaks::default(), Some(&read), &Options::default());
    found.patch(&source).unwrap()
}

#[track_caller]
fn check(text: &str, records: Vec<Record>, expect: &str) {
    assert_eq!(patched(text, records), expect);
}

#[test]
fn a_list_on_one_line_stays_there() {
    check(
        r#"{ "permissions": { "environment": ["LANG"] } }"#,
        vec![call("env.get", "USER"), call("env.get", "LANG")],
        r#"{ "permissions": { "environment": ["LANG", "USER"] } }"#,
    );
    check(
        r#"{"permissions":{"environment":[]}}"#,
        vec![call("env.get", "USER")],
        r#"{"permissions":{"environment":["USER"]}}"#,
    );
}

#[test]
fn what_is_broken_within_what_is_broken_is_deeper() {
    let paths = (0..4).map(|n| call("fs.read", &format!("/workspace/a-rather-long-name-{n}x")));
    check(
        r#"{ "permissions": { "filesystem": { "read": ["./x"] } } }"#,
        paths.chain([call("env.get", "A")]).collect(),
        r#"{ "permissions": {
  "filesystem": { "read": [
    "./x",
    "./a-rather-long-name-0x",
    "./a-rather-long-name-1x",
    "./a-rather-long-name-2x",
    "./a-rather-long-name-3x"
  ] },
  "environment": ["A"]
} }"#,
    );
}

#[test]
fn a_list_on_several_lines_grows_by_lines() {
    check(
        "{
    \"permissions\": {
        \"environment\": [
            \"LANG\"
        ]
    }
}
",
        vec![call("env.get", "A"), call("env.get", "B")],
        "{
    \"permissions\": {
        \"environment\": [
            \"LANG\",
            \"A\",
            \"B\"
        ]
    }
}
",
    );
}

#[test]
fn missing_keys_are_added_at_the_end_of_their_object() {
    check(
        "{
\t\"name\": \"notes\",
\t\"permissions\": {
\t\t\"environment\": [\"LANG\"]
\t},
\t\"api\": 1
}",
        vec![
            call("fs.read", "/workspace/a"),
            call("network.inbound", "80"),
            call("fs.write", "/workspace/b"),
        ],
        "{
\t\"name\": \"notes\",
\t\"permissions\": {
\t\t\"environment\": [\"LANG\"],
\t\t\"filesystem\": { \"read\": [\"./a\"], \"write\": [\"./b\"] },
\t\t\"network\": { \"inbound\": [80] }
\t},
\t\"api\": 1
}",
    );
    check(
        r#"{
  "permissions": { "filesystem": { "read": ["./x"] } }
}"#,
        vec![call("fs.write", "/workspace/b")],
        r#"{
  "permissions": { "filesystem": { "read": ["./x"], "write": ["./b"] } }
}"#,
    );
}

#[test]
fn a_line_that_grows_too_long_is_broken() {
    let records = (0..4).map(|n| call("fs.read", &format!("/workspace/a-rather-long-name-{n}x")));
    check(
        r#"{
  "permissions": { "filesystem": { "read": ["./x"] } }
}"#,
        records.collect(),
        r#"{
  "permissions": { "filesystem": { "read": [
    "./x",
    "./a-rather-long-name-0x",
    "./a-rather-long-name-1x",
    "./a-rather-long-name-2x",
    "./a-rather-long-name-3x"
  ] } }
}"#,
    );
}

#[test]
fn windows_line_breaks_stay() {
    let text = "{\r\n  \"permissions\": {\r\n    \"environment\": [\"A\"]\r\n  }\r\n}\r\n";
    let new = patched(text, vec![call("fs.read", "/workspace/a")]);
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count());
    assert!(new.contains("[\"A\"],\r\n    \"filesystem\": { \"read\": [\"./a\"] }\r\n  }"));
}

#[test]
fn every_line_of_the_author_stays() {
    let text = include_str!("../../../../examples/notes/aether-plugin.json");
    let records = vec![
        call("fs.read", "/var/log/x"),
        call("network.request", "GET a.com/x"),
        call("env.get", "HOME"),
    ];
    let new = patched(text, records);
    let changed = text.lines().filter(|line| !new.lines().any(|other| other == *line));
    let changed: Vec<&str> = changed.collect();
    assert_eq!(
        changed,
        [
            r#"    "filesystem": { "read": ["./notes/"], "write": ["./notes/"] },"#,
            r#"    "environment": ["LANG", "USER"]"#,
        ]
    );
    assert_eq!(new.lines().count(), text.lines().count() + 1);
}

#[test]
fn limits_are_replaced_or_added() {
    let text = r#"{ "permissions": {}, "resources": { "memory": "128MB" } }"#;
    let peaks = Peaks { memory: 20 << 20, processes: 2, ..Peaks::default() };
    let found = suggest(&seen([]), &peaks, Some(&manifest(text)), &Options::default());
    assert_eq!(
        found.patch(&Source::new("m", text)).unwrap(),
        r#"{ "permissions": {}, "resources": { "memory": "32MB", "processes": 3 } }"#
    );
}

#[test]
fn a_plugin_without_a_manifest_gets_the_smallest() {
    let found = suggestion([call("fs.read", "/workspace/a"), call("env.get", "LANG")]);
    assert_eq!(
        found.manifest().unwrap(),
        r#"{
  "name": "notes",
  "permissions": {
    "filesystem": { "read": ["./a"] },
    "environment": ["LANG"]
  }
}
"#
    );
    let nothing = suggestion([]);
    assert!(nothing.is_empty());
    let empty = "{\n  \"name\": \"notes\",\n  \"permissions\": {}\n}\n";
    assert_eq!(nothing.manifest().unwrap(), empty);
}

#[test]
fn what_is_asked_for_already_is_not_suggested() {
    let text = r#"{ "permissions": { "filesystem": { "read": ["./in/"] }, "process": ["wc"] } }"#;
    let records = vec![call("fs.read", "/workspace/in/a"), call("fs.list", "/workspace")];
    assert_eq!(patched(text, records), text);
}

#[test]
fn what_is_no_manifest_is_told() {
    let found = suggestion([call("fs.read", "/workspace/a")]);
    let patch = |text: &str| found.patch(&Source::new("m", text)).unwrap_err();
    assert!(matches!(patch("{"), PatchError::Unreadable(_)));
    assert!(matches!(patch("{ // no\n}"), PatchError::Unreadable(_)));
    assert!(matches!(patch("[]"), PatchError::Shape { .. }));
    assert!(matches!(patch(r#"{"permissions": []}"#), PatchError::Shape { .. }));
    let deep = patch(r#"{"permissions": {"filesystem": {"read": 1}}}"#);
    let PatchError::Shape { pointer, .. } = deep else { panic!("{deep}") };
    assert_eq!(pointer, "/permissions/filesystem/read");
    assert!(matches!(patch(r#"{"permissions": {}, "odd": 1}"#), PatchError::Invalid(_)));
}
