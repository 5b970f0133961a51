//! Typed walking: every problem at once, each in its place.

use aether_source::{Reader, Source, json, yaml};

const KEYS: &[&str] = &["name", "size", "on", "tags", "kind", "map"];

fn read(input: &str) -> Result<usize, Vec<String>> {
    let source = Source::new("f", input);
    let node =
        yaml(&source).map_err(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let reader = Reader::new(&source);
    let fields = reader.root(&node).fields(KEYS);
    let walked = fields.map(|fields| {
        let name = fields.require("name").and_then(|item| item.string());
        let size = fields.get("size").and_then(|item| item.whole());
        let on = fields.get("on").and_then(|item| item.boolean());
        let tags = fields.get("tags").and_then(|item| item.strings());
        let kind =
            fields.get("kind").and_then(|item| item.one_of(&[("folder", 1_u8), ("file", 2)]));
        let map = fields.get("map").and_then(|item| item.entries());
        usize::from(name.is_some())
            + usize::from(size.is_some())
            + usize::from(on.is_some())
            + tags.map_or(0, |tags| tags.len())
            + usize::from(kind.is_some())
            + map.map_or(0, |map| map.len())
    });
    match reader.finish(walked) {
        Ok((count, _)) => Ok(count),
        Err(all) => Err(all.iter().map(ToString::to_string).collect()),
    }
}

fn check(input: &str, expect: &[&str]) {
    match read(input) {
        Ok(_) => assert!(expect.is_empty(), "accepted: {input}"),
        Err(found) => assert_eq!(found, expect, "for {input:?}"),
    }
}

#[test]
fn a_good_file_has_no_problems() {
    let input = "name: x\nsize: 3\non: true\ntags: [a, b]\nkind: file\nmap: { a: 1, b: 2 }";
    assert_eq!(read(input), Ok(8));
}

#[test]
fn every_problem_is_reported_in_order() {
    check(
        "sise: 3\nsize: big\non: yes\ntags: [a, 1, [b]]\nkind: flie\nmap: 7",
        &[
            "f:1:1: error: unknown key `sise`\n  help: did you mean `size`?",
            "f:1:1: error: the key `name` is missing",
            "f:2:7: error: expected a whole number, found a string",
            "f:3:5: error: expected true or false, found a string\n  help: write `true`",
            "f:4:11: error: expected a string, found a number\n  help: put it in quotes: \"1\"",
            "f:4:14: error: expected a string, found a list",
            "f:5:7: error: `flie` is not one of `folder` or `file`\n  help: did you mean `file`?",
            "f:6:6: error: expected an object, found a number",
        ],
    );
}

#[test]
fn near_misses_get_advice() {
    check(
        "name:\nsize: '3'\ntags: a\nother: 1",
        &[
            "f:1:1: error: expected a string, found nothing\n  help: give a value or remove the key",
            "f:2:7: error: expected a whole number, found a string\n  help: write it without quotes",
            "f:3:7: error: expected a list of strings, found a string\n  help: write [\"a\"]",
            "f:4:1: error: unknown key `other`\n  help: known here: `name`, `size`, `on`, `tags`, `kind` or `map`",
        ],
    );
    check("name: x\nsize: 1.5", &["f:2:7: error: expected a whole number, found `1.5`"]);
    check("name: x\nsize: -1", &["f:2:7: error: expected a whole number, found `-1`"]);
    check("[name]", &["f:1:1: error: expected an object, found a list"]);
}

#[test]
fn pointers_and_nested_keys_name_the_place() {
    let source = Source::new("f", r#"{"a/b": {"c~d": [{"x": 1}]}}"#);
    let node = json(&source).unwrap();
    let reader = Reader::new(&source);
    let outer = reader.root(&node).entries().unwrap();
    let inner = outer[0].1.entries().unwrap();
    let list = inner[0].1.list().unwrap();
    assert_eq!(list[0].pointer(), "/a~1b/c~0d/0");
    assert_eq!(node.pointer(list[0].pointer()), Some(list[0].node()));
    assert!(list[0].fields(&["y"]).is_some());
    let problems = reader.finish(Some(())).unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "f:1:19: error: unknown key `x` in `a/b.c~d.0`\n  help: known here: `y`"
    );
}

#[test]
fn warnings_do_not_refuse() {
    let source = Source::new("f", "{}");
    let node = json(&source).unwrap();
    let reader = Reader::new(&source);
    reader.root(&node).warning("odd", "this is odd");
    let (value, warnings) = reader.finish(Some(1)).unwrap();
    assert_eq!((value, warnings.len()), (1, 1));
    assert_eq!(warnings[0].to_string(), "f:1:1: warning: this is odd");
    assert_eq!(reader.finish::<()>(None).unwrap_err()[0].code, "unreadable");
}

#[test]
fn untrusted_text_in_messages_is_escaped_and_short() {
    let input = format!("name: x\n\"a\\e[31m\\u202e{}\": 1", "y".repeat(500));
    let problems = read(&input).unwrap_err();
    assert!(problems[0].starts_with("f:2:1: error: unknown key `a\\u{1b}[31m\\u{202e}yyy"));
    assert!(problems[0].len() < 300, "{}", problems[0]);
}
