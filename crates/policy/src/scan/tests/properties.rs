//! What holds for every text.

use aether_source::Source;
use proptest::prelude::*;

use crate::scan::{Format, Scan, scan, scan_as};

fn scanned(text: &str) -> Scan {
    scan(&Source::new("a.js", text))
}

fn scanned_as_types(text: &str) -> Scan {
    scan_as(&Source::new("a.cts", text), Format::CommonJs)
}

/// Pieces of JavaScript and TypeScript in an order that no one would write.
fn soup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "import",
        "export",
        "from",
        "require",
        "eval",
        "Function",
        "constructor",
        "globalThis",
        "fetch",
        "process",
        "function",
        "class",
        "extends",
        "async",
        "await",
        "for",
        "of",
        "if",
        "return",
        "x",
        "\\u0065val",
        "#p",
        "1e5",
        ".5",
        "'s'",
        "\"s\"",
        "'\\",
        "`t`",
        "`${",
        "}",
        "{",
        "(",
        ")",
        "[",
        "]",
        "/",
        "/=",
        "//",
        "/*",
        "*/",
        "++",
        "=>",
        "=",
        "?",
        ":",
        "?.",
        ".",
        "...",
        ",",
        ";",
        "*",
        "\n",
        " ",
        "\u{2028}",
        "\u{feff}",
        "é",
        "\\",
        "\0",
        "interface ",
        "type ",
        "declare ",
        "namespace ",
        "abstract ",
        "implements ",
        " as ",
        " is ",
        "const ",
        "private ",
        "<",
        ">",
        "!",
        "|",
        "-",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..200).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_panics(text in any::<String>()) {
        scanned(&text);
        scanned_as_types(&text);
    }

    #[test]
    fn no_soup_panics_and_every_place_is_in_the_text(text in soup()) {
        let length = text.strip_prefix('\u{feff}').unwrap_or(&text).len();
        for found in [scanned(&text), scanned_as_types(&text)] {
            for span in found.diagnostics.iter().filter_map(|diagnostic| diagnostic.span) {
                prop_assert!(span.start <= span.end && span.end <= length, "{span:?} in {length}");
            }
        }
    }

    /// Code in front of a statement does not hide it, as long as that code is whole.
    #[test]
    fn code_behind_a_comment_or_literal_is_seen(literal in "[a-z'\"/*]{0,20}") {
        let quoted = literal.replace(['\'', '\\'], "");
        let comment = literal.replace('/', "");
        for before in [format!("x = '{quoted}';"), format!("/* {comment} */"), format!("// {literal}\n"), format!("x = `{literal}`;")] {
            let found = scanned(&format!("{before} eval(1)"));
            prop_assert!(found.uses.dynamic_code, "{before}");
        }
    }
}

/// Texts on which a scanner that looks back or ahead without bound takes the square of their
/// length: at half a megabyte that is minutes, and the test would not end.
#[test]
fn repetition_costs_no_more_than_its_length() {
    let pieces = [
        "import ",
        "import{",
        "import x from ",
        "export *",
        "export{",
        "import(",
        "require(",
        "/[",
        "=/[",
        "= /a",
        "/",
        "(",
        "[",
        "{",
        "`${",
        "${",
        "'",
        "\"",
        "`",
        "\\",
        "/*",
        "\\u",
        "\\u{",
        "#",
        "x.constructor",
        "['constructor']",
        "class ",
        "function ",
        "? ",
        "? : ",
        "=> ",
        "getPrototypeOf(",
        "globalThis[",
        "eval ",
        "}",
        ")",
        "\u{2028}",
        "_0xabc ",
        "\\x41",
        "a<",
        "<T>(",
        "a<b,",
        "a as ",
        "(x):",
        "? (x: T): A extends B ",
        "let x: (",
        "interface A ",
        "declare const a, ",
        "import type {",
        "class A { private ",
        "{ let a: ",
        "abstract ",
        "a:",
    ];
    for piece in pieces {
        let text = piece.repeat(512 * 1024 / piece.len());
        scanned(&text);
        scanned(&format!("'{text}"));
        scanned_as_types(&text);
    }
}
