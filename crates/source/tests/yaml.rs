//! The YAML subset: what is read, and what is said about what is not.

use aether_source::{MAX_DEPTH, MAX_FLOW, MAX_SOURCE, Source, yaml};

/// `expect` is the value as JSON, or every message as `line:column code`.
fn check(input: &str, expect: &str) {
    let source = Source::new("t.yaml", input);
    let found = match yaml(&source) {
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

#[test]
fn values() {
    check("a: 1\nb: [x, 'y', \"z\\n\"]\n", r#"{"a":1,"b":["x","y","z\n"]}"#);
    check("- a\n- b: c\n  d: e\n-\n", r#"["a",{"b":"c","d":"e"},null]"#);
    check("a:\n- 1\n- 2\nb:\n  - 3\n", r#"{"a":[1,2],"b":[3]}"#);
    check(
        "text: |\n  one\n  two\nfold: >-\n  one\n  two\n",
        r#"{"text":"one\ntwo\n","fold":"one two"}"#,
    );
    check("{ a: 1, b: { c: [] } }", r#"{"a":1,"b":{"c":[]}}"#);
    check("---\na: 1\n...\n", r#"{"a":1}"#);
    check("# only\na: b # c\n", r#"{"a":"b"}"#);
    check("\u{feff}a: 1", r#"{"a":1}"#);
    check("a: 1\r\nb: 2\r\n", r#"{"a":1,"b":2}"#);
    check("/var/log: \"${{ inputs.logs }}\"", r#"{"/var/log":"${{ inputs.logs }}"}"#);
    check("w: ${{ inputs.logs }}", r#"{"w":"${{ inputs.logs }}"}"#);
    check("1: x\ntrue: y", r#"{"1":"x","true":"y"}"#);
    check("plain", "\"plain\"");
    check("a: 0x1F\nb: 0o17\nc: 1.5\nd: -3\ne: +4", r#"{"a":31,"b":15,"c":1.5,"d":-3,"e":4}"#);
}

#[test]
fn the_norway_problem() {
    check(
        "countries: [de, no, se]\nanswer: yes\nswitch: off\nreal: true",
        r#"{"countries":["de","no","se"],"answer":"yes","switch":"off","real":true}"#,
    );
    check(
        "time: 22:00\ndate: 2024-01-01\nversion: 1.2.3",
        r#"{"time":"22:00","date":"2024-01-01","version":"1.2.3"}"#,
    );
}

#[test]
fn spans_are_exact() {
    let text = "# é\nname: \"Größe\"   # 🦀\nlist:\n  - eins\n  - { zwei: drei vier  }\nnone:\nfold: >\n  a\n  b\n\nsingle: 'it''s'  # c\nplain: two words  # c\nescaped: \"a\\\"b\" # c\nend: x # c\n";
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        let source = Source::new("t.yaml", text);
        let node = yaml(&source).unwrap();
        let slice = |pointer: &str| source.slice(node.pointer(pointer).unwrap().span);
        assert_eq!(slice("/name"), "\"Größe\"");
        assert_eq!(slice("/list/0"), "eins");
        assert_eq!(slice("/list/1"), "{ zwei: drei vier  }");
        assert_eq!(slice("/list/1/zwei"), "drei vier");
        assert_eq!(slice("/none"), "none");
        assert_eq!(slice("/end"), "x");
        assert_eq!(slice("/single"), "'it''s'");
        assert_eq!(slice("/plain"), "two words");
        assert_eq!(slice("/escaped"), "\"a\\\"b\"");
        assert!(slice("/list").starts_with("- eins") && slice("/list").ends_with('}'));
        // Of a block scalar, its content.
        assert!(slice("/fold").starts_with('a') && slice("/fold").ends_with('b'));
        assert_eq!(source.slice(node.get("name").unwrap().key_span), "name");
        assert!(slice("").starts_with("name:") && slice("").ends_with("end: x"));
    }
}

#[test]
fn what_the_subset_leaves_out_is_refused_by_name() {
    check("a: &x 1\nb: *x\n", "1:4 yaml-anchor, 2:4 yaml-alias");
    check("a: *x\n", "1:4 yaml-alias");
    check("a: !!str 1\nb: !mine x\n", "1:4 yaml-tag, 2:4 yaml-tag");
    check("a: 1\n---\nb: 2\n", "2:1 yaml-documents");
    check("<<: { a: 1 }\n", "1:1 yaml-merge");
    check("? [a, b]\n: c\n", "1:3 yaml-key");
    check("[a]: b\n", "1:1 yaml-key");
    check("~: b\n", "1:1 yaml-key");
    check("a: 1\nb: 2\na: 3\nc: { d: 1, d: 2 }\n", "3:1 duplicate-key, 4:12 duplicate-key");
    check("'a': 1\na: 2\n", "2:1 duplicate-key");
    check("mode: 0644", "1:7 ambiguous-number");
    check("a: .inf\nb: 1e999", "1:4 number-range, 2:4 number-range");
    check("a: \"x\\0y\"", "1:4 nul-character");
    check("a: x\0y", "1:5 nul-character");
    check("", "empty");
    check("# nothing\n", "empty");
}

#[test]
fn syntax_errors_have_a_place_and_advice() {
    let message = |input: &str| {
        let source = Source::new("t.yaml", input);
        yaml(&source).expect_err("must be refused").remove(0).to_string()
    };
    for (input, place, help) in [
        ("a: b: c\n", "1:5", "needs quotes"),
        ("a:\n\tb: c\n", "2:", "spaces, not tabs"),
        ("w: { a: ${{ inputs.x }} }\n", "1:", "needs quotes"),
        ("a: 1\n b: 2\n", "2:", "quotes"),
        ("a: \"x\n", "1:4", "close the quote"),
        ("a: @x\n", "1:4", "needs quotes"),
    ] {
        let message = message(input);
        assert!(message.starts_with(&format!("t.yaml:{place}")), "{message}");
        assert!(message.contains(help), "{message}");
    }
}

#[test]
fn caps_hold() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(yaml(&Source::new("t", nested(MAX_DEPTH))).is_ok());
    check(&nested(MAX_DEPTH + 1), &format!("1:{} too-deep", MAX_DEPTH + 1));
    let code = |input: String| yaml(&Source::new("t", input)).expect_err("must be refused")[0].code;
    assert_eq!(code("[".repeat(MAX_FLOW)), "too-deep");
    assert_eq!(code("[".repeat(MAX_FLOW + 1)), "too-many-values");
    assert_eq!(code("{a: ".repeat(MAX_FLOW)), "too-deep");
    assert_eq!(code("- ".repeat(MAX_SOURCE / 2)), "too-deep");
    assert_eq!(code("? ".repeat(MAX_SOURCE / 2)), "yaml-key");
    let stairs: String = (0..1000).map(|depth| " ".repeat(depth) + "a:\n").collect();
    assert_eq!(code(stairs), "too-deep");
    assert_eq!(code(" ".repeat(MAX_SOURCE + 1)), "source-too-large");
    assert_eq!(code("- 0\n".repeat(MAX_SOURCE / 4)), "too-many-values");
}
