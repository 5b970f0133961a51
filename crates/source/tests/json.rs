//! Strict JSON: what is read, and what is said about what is not.

use aether_source::{MAX_DEPTH, MAX_NODES, MAX_SOURCE, Source, json};

/// `expect` is the value as JSON, or every message as `line:column code`.
fn check(input: &str, expect: &str) {
    let source = Source::new("t.json", input);
    let found = match json(&source) {
        Ok(node) => node.to_json().to_string(),
        Err(all) => all
            .iter()
            .map(|d| match d.place() {
                Some(place) => format!("{place} {}", d.code),
                None => d.code.to_owned(),
            })
            .collect::<Vec<_>>()
            .join(", "),
    };
    assert_eq!(found, expect, "for {input:?}");
}

fn message(input: &str) -> String {
    let source = Source::new("t.json", input);
    json(&source).expect_err("must be refused").remove(0).to_string()
}

#[test]
fn values() {
    check("null", "null");
    check(" true ", "true");
    check("[]", "[]");
    check("{}", "{}");
    check("[1, -2, 3.5, 1e3, 0, -0]", "[1,-2,3.5,1000.0,0,-0.0]");
    check("18446744073709551615", "18446744073709551615");
    check("-9223372036854775808", "-9223372036854775808");
    check(r#"{"a":{"b":[{"c":"d"}]}}"#, r#"{"a":{"b":[{"c":"d"}]}}"#);
    check(r#""\"\\\/\b\f\n\r\t\u00e9\ud83e\udd80""#, r#""\"\\/\b\f\n\r\té🦀""#);
    check("\u{feff}{\r\n\"a\"\t:1}", r#"{"a":1}"#);
}

#[test]
fn spans_are_exact() {
    let source = Source::new("t.json", r#"{ "ключ" : [ "é", 12 ] }"#);
    let node = json(&source).unwrap();
    let entry = node.get("ключ").unwrap();
    assert_eq!(source.slice(node.span), source.text());
    assert_eq!(source.slice(entry.key_span), "\"ключ\"");
    assert_eq!(source.slice(entry.value.span), "[ \"é\", 12 ]");
    assert_eq!(source.slice(node.pointer("/ключ/0").unwrap().span), "\"é\"");
    assert_eq!(source.slice(node.pointer("/ключ/1").unwrap().span), "12");
    assert_eq!(source.place(node.pointer("/ключ/1").unwrap().span.start).to_string(), "1:19");
}

#[test]
fn what_is_not_json_is_refused_where_it_stands() {
    check("", "1:1 json-syntax");
    check("{", "1:2 json-syntax");
    check("[1,]", "1:3 json-syntax");
    check("{\"a\":1,}", "1:7 json-syntax");
    check("[1 2]", "1:4 json-syntax");
    check("{\"a\" 1}", "1:6 json-syntax");
    check("{a: 1}", "1:2 json-syntax");
    check("{'a': 1}", "1:2 json-syntax");
    check("[1] x", "1:5 json-syntax");
    check("// c\n1", "1:1 json-syntax");
    check("{\n  \"a\": 1, /* c */\n}", "2:11 json-syntax");
    check("NaN", "1:1 json-syntax");
    check("+1", "1:1 json-syntax");
    check("01", "1:1 json-syntax");
    check("1.", "1:1 json-syntax");
    check(".5", "1:1 json-syntax");
    check("1e", "1:1 json-syntax");
    check("0x10", "1:1 json-syntax");
    check("-", "1:1 json-syntax");
    check("\"a\nb\"", "1:1 json-syntax");
    check("\"a\tb\"", "1:3 json-syntax");
    check("\"\\x41\"", "1:2 json-syntax");
    check("\"\\u12\"", "1:2 json-syntax");
    check("\"\\ud800\"", "1:2 json-syntax");
    check("\"\\ud800\\u0041\"", "1:2 json-syntax");
    check("\"\\udc00\"", "1:2 json-syntax");
    check("\u{a0}1", "1:1 json-syntax");
    check("\u{b}1", "1:1 json-syntax");
    check("\"é", "1:1 json-syntax");
    check("\"\\", "1:2 json-syntax");
}

#[test]
fn what_is_dangerous_is_refused_by_name() {
    check("1e999", "1:1 number-range");
    check("\"a\0b\"", "1:3 nul-character");
    check("\"a\\u0000b\"", "1:3 nul-character");
    check("{\"a\":1,\"b\":{\"c\":1,\"c\":2},\n\"a\":3}", "1:19 duplicate-key, 2:1 duplicate-key");
    // The same key in another spelling.
    check("{\"a\":1,\"\\u0061\":2}", "1:8 duplicate-key");
}

#[test]
fn caps_hold() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(json(&Source::new("t", nested(MAX_DEPTH))).is_ok());
    check(&nested(MAX_DEPTH + 1), &format!("1:{} too-deep", MAX_DEPTH + 1));
    check(&"[".repeat(MAX_SOURCE), &format!("1:{} too-deep", MAX_DEPTH + 1));
    check(&"{\"a\":".repeat(100_000), &format!("1:{} too-deep", 5 * MAX_DEPTH + 1));
    check(&" ".repeat(MAX_SOURCE + 1), "source-too-large");
    let many = format!("[{}0]", "0,".repeat(MAX_NODES));
    check(&many, &format!("1:{} too-many-values", 2 * (MAX_NODES - 1) + 2));
}

#[test]
fn many_problems_are_counted_not_shown() {
    let input = format!("{{{}\"a\":0}}", "\"a\":0,".repeat(500));
    let problems = json(&Source::new("t", input)).unwrap_err();
    assert_eq!(problems.len(), 51);
    assert_eq!(problems.last().unwrap().to_string(), "t: note: 450 more problems are not shown");
}

#[test]
fn messages_say_what_to_do() {
    assert_eq!(
        message("{ \"a\": 1, }"),
        "t.json:1:9: error: a comma before `}` is not JSON\n  help: remove the comma"
    );
    assert_eq!(
        message("{ \"a\": True }"),
        "t.json:1:8: error: expected a value, found `True`\n  help: did you mean `true`?"
    );
    assert_eq!(message("[\u{1b}[31m]"), "t.json:1:2: error: expected a value, found `\\u{1b}`");
    assert_eq!(
        message("{\n  name: 1 }"),
        "t.json:2:3: error: the key `name` is not in double quotes\n  \
         help: put the key in double quotes"
    );
    assert_eq!(
        message("{\"a\": 1,\n \"a\": 2}"),
        "t.json:2:2: error: the key `a` appears twice\n  \
         help: it is first given at 1:2; remove one"
    );
    assert_eq!(
        message("{\"a\""),
        "t.json:1:5: error: expected `:` after a key, found the end of the file"
    );
}

#[test]
fn bytes_that_are_not_utf8_are_placed() {
    let error = Source::from_bytes("t.json", b"{\n \"\xc3\xa9\xff\": 1}".to_vec()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "t.json:2:4: error: not UTF-8 text: byte 0xff at offset 6\n  help: save the file as UTF-8"
    );
    let source = Source::from_bytes("t.json", b"\xef\xbb\xbf[]".to_vec()).unwrap();
    assert_eq!(source.text(), "[]");
    let error = Source::from_bytes("t.json", b"\xef\xbb\xbf\xff".to_vec()).unwrap_err();
    assert_eq!(error.place().unwrap().to_string(), "1:1");
    let error = Source::from_bytes("t.json", vec![b' '; MAX_SOURCE + 1]).unwrap_err();
    assert_eq!(error.code, "source-too-large");
}
