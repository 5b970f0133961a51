//! Texts that are long, or large.

use aether_typescript::{Goal, MAX_SOURCE_BYTES, ProblemKind, erase};

/// What is long and not deep.
#[test]
fn long_chains_are_erased() {
    for (first, link) in [
        ("a", ".b"),
        ("a", "()"),
        ("a", "[0]"),
        ("a", "?.b"),
        ("a", "``"),
        ("a", " + a"),
        ("a", " && a"),
        ("a", " as B"),
        ("a", "!"),
        ("a", ", a"),
        ("type A = B", " | C"),
        ("type A = B", "[]"),
        ("type A = B", ".C"),
        ("a", ";a"),
        ("a", "\ntype A = B"),
        ("import a from 'a'", "\nimport { type a } from 'a'"),
        ("@", "a"),
    ] {
        let text = format!("{first}{}", link.repeat(30_000));
        let result = erase(&text, Goal::Module);
        assert!(result.is_ok() || first == "@", "{first}{link}: {result:?}");
    }
    let text = format!("x = [{}]", "(a ? b : c), (a < b), !c, d => e, ".repeat(3_000));
    assert!(erase(&text, Goal::Module).is_ok());
    let text = format!("if (a) {{ {} }}", "if (a) b; else if (c) {} else d;".repeat(3_000));
    assert!(erase(&text, Goal::Module).is_ok());
    let text = "let a: B<C> = (b) => c ? d : e\nif (a < b) f = !g\n".repeat(3_000);
    assert!(erase(&text, Goal::Module).is_ok());
    let text = format!(
        "interface A {{\n{}}}",
        "  a: (b: C) => Map<D, E[]>\n  f?: G extends H ? I : J\n".repeat(3_000)
    );
    assert!(erase(&text, Goal::Module).is_ok());
}

#[test]
fn what_is_too_large_is_refused() {
    let text = format!("{}a", " ".repeat(MAX_SOURCE_BYTES));
    let problem = erase(&text, Goal::Module).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Limit, "{problem}");
    assert!(erase(&text[1..], Goal::Module).is_ok());
}

#[test]
fn what_is_much_and_nothing_is_erased_or_refused() {
    for text in ["\n", "a;", "/*", "//", "𝒳", "\\", "\"", "`", ")", "#", "é"] {
        let _either = erase(&text.repeat(100_000), Goal::Module);
    }
}
