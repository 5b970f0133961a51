use std::collections::HashSet;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::*;

#[test]
fn hostile_text_takes_time_in_proportion_to_its_size() {
    let keys = "Object.keys(a).forEach(function(k){if(k==='default'||k==='__esModule')return;";
    for piece in [
        "(",
        "{",
        "[",
        "`${",
        "`",
        "${",
        "/",
        "/[",
        "/ ",
        "a/",
        "(/[",
        "/*",
        "/**/",
        "//",
        "\\",
        "'",
        "\"",
        "'\\",
        "é",
        "\u{a0}",
        "a ",
        ".",
        "..",
        "=>",
        "++",
        "x`",
        "{}/",
        "if(a)/",
        "exports",
        "exports.",
        "exports[",
        "exports['",
        "exports.a",
        "exports/**/.",
        "module.exports={",
        "module.exports={a,",
        "module.exports={a:",
        "module.exports={...",
        "module.exports=require('a');",
        "module.exports=require(",
        "var a=require(",
        "var a=require('a');",
        "Object.defineProperty(exports,'a',",
        "Object.defineProperty(exports,'a',{get(){",
        "Object.defineProperty(exports,'a',{get(){return a",
        "__exportStar(require(",
        "class ",
        "class{",
        keys,
        "Object.keys(a).forEach(function(k){if(k!=='default'&&!Object.",
        "import(",
        "}",
        ")",
        "\n",
        "1.",
        "#",
    ] {
        let began = Instant::now();
        lex(&piece.repeat((1 << 20) / piece.len()));
        lex(&format!("var a=require('a');({}", piece.repeat((1 << 18) / piece.len())));
        // A build without optimization does some 10 MB in a second.
        assert!(began.elapsed() < Duration::from_secs(10), "{piece:?} took {:?}", began.elapsed());
    }
    assert_eq!(lex(&format!("exports.a=1;{}", " ".repeat(SOURCE_BYTES))), Lexed::default());
}

proptest! {
    #[test]
    fn any_text_has_names_or_none(text in ".{0,200}") {
        lex(&text);
    }

    #[test]
    fn any_pieces_of_a_program_have_names_or_none(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
    ) {
        let lexed = lex(&pieces.concat());
        for list in [lexed.exports, lexed.reexports] {
            let once: HashSet<&String> = list.iter().collect();
            prop_assert_eq!(once.len(), list.len());
        }
    }

    #[test]
    fn what_stands_before_in_balance_hides_nothing(before in prop::collection::vec(balanced(), 0..8)) {
        let text = format!("{};\nexports.last = 1", before.join(" ;\n"));
        let found = lex(&text).exports.contains(&"last".to_owned());
        prop_assert!(found, "{}", text);
    }
}

const PIECES: &[&str] = &[
    "exports",
    "module",
    ".",
    "[",
    "]",
    "'a'",
    "\"b\\x63\"",
    "=",
    "{",
    "}",
    "(",
    ")",
    "a",
    ",",
    ":",
    "...",
    "require",
    "Object",
    "defineProperty",
    "keys",
    "enumerable",
    "true",
    "value",
    "get",
    "function",
    "return",
    ";",
    "`",
    "${",
    "/",
    "*/",
    "/*",
    "\n",
    " ",
    "é",
    "\\",
    "if",
    "class",
    "import",
    "export",
    "var",
    "__exportStar",
    "\u{2028}",
    "_interopRequireWildcard",
    "=>",
    "++",
    "1.",
    "#",
    "forEach",
    "'",
    "\"",
];

/// Statements that are valid, as far as their brackets and literals go.
fn balanced() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("a / b / c".to_owned()),
        Just("x = /[/'\"`]\\/'/g.test(y)".to_owned()),
        Just("'it\\'s' + \"/*\"".to_owned()),
        Just("/* ' ` */ 1. / 2 // '".to_owned() + "\n"),
        Just("if (a) /'/.test(b)".to_owned()),
        Just("i++ / j".to_owned()),
        Just("a ? /'/ : b".to_owned()),
    ];
    leaf.prop_recursive(4, 30, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|text| format!("(() => {{ {text} }})()")),
            inner.clone().prop_map(|text| format!("`a${{ (() => {{ {text} }})() }} ' / `")),
            inner.clone().prop_map(|text| format!("function f() {{ {text} }}")),
            inner.clone().prop_map(|text| format!("if (a) {{ {text} }} else {{ {text} }}")),
            inner.prop_map(|text| format!("class A {{ b() {{ {text} }} }} /'/")),
        ]
    })
}
