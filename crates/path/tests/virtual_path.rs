//! What is a virtual path, and what is done with one.

use aether_path::{PathProblem, VirtualPath, WORKSPACE};
use proptest::prelude::*;

fn check_parse(typed: &str, expect: Result<&str, PathProblem>) {
    let got = VirtualPath::parse(typed);
    assert_eq!(got.as_ref().map(VirtualPath::as_str).map_err(|e| e.problem()), expect, "{typed:?}");
}

fn check_resolve(typed: &str, expect: Result<&str, PathProblem>) {
    let got = VirtualPath::resolve(&VirtualPath::workspace(), typed);
    assert_eq!(got.as_ref().map(VirtualPath::as_str).map_err(|e| e.problem()), expect, "{typed:?}");
}

fn path(text: &str) -> VirtualPath {
    VirtualPath::parse(text).expect(text)
}

#[test]
fn parse_takes_normal_form_only() {
    check_parse("/", Ok("/"));
    check_parse("/a", Ok("/a"));
    check_parse("/a/b.c/…", Ok("/a/b.c/…"));
    check_parse("/...", Ok("/..."));
    check_parse("/a b\n", Ok("/a b\n"));
    check_parse("", Err(PathProblem::Empty));
    check_parse("a", Err(PathProblem::NotAbsolute));
    check_parse("/a/", Err(PathProblem::EmptyName));
    check_parse("//a", Err(PathProblem::EmptyName));
    check_parse("//", Err(PathProblem::EmptyName));
    check_parse("/a/./b", Err(PathProblem::Dot));
    check_parse("/a/../b", Err(PathProblem::Parent));
    check_parse("/..", Err(PathProblem::Parent));
    check_parse("/a\0b", Err(PathProblem::Nul));
    check_parse(&format!("/{}", "x".repeat(255)), Ok(&format!("/{}", "x".repeat(255))));
    check_parse(&format!("/{}", "x".repeat(256)), Err(PathProblem::NameTooLong));
    check_parse(&format!("/{}", "é".repeat(128)), Err(PathProblem::NameTooLong));
    check_parse(&"/a".repeat(2048), Ok(&"/a".repeat(2048)));
    check_parse(&format!("{}b", "/a".repeat(2048)), Err(PathProblem::TooLong));
}

#[test]
fn resolve_reads_what_plugins_type() {
    check_resolve("x", Ok("/workspace/x"));
    check_resolve("./x", Ok("/workspace/x"));
    check_resolve(".//x/./y/", Ok("/workspace/x/y"));
    check_resolve(".", Ok("/workspace"));
    check_resolve("/", Ok("/"));
    check_resolve("//a//b", Ok("/a/b"));
    check_resolve("~", Ok("/workspace/~"));
    check_resolve("", Err(PathProblem::Empty));
    check_resolve("..", Err(PathProblem::Parent));
    check_resolve("x/../y", Err(PathProblem::Parent));
    check_resolve("/../etc", Err(PathProblem::Parent));
    check_resolve("x\0", Err(PathProblem::Nul));
    check_resolve(&"a/".repeat(4000), Err(PathProblem::TooLong));
    check_resolve(&"a/".repeat(2045), Err(PathProblem::TooLong));
}

#[test]
fn join_goes_below_only() {
    let check = |at: &str, below: &str, expect: Result<&str, PathProblem>| {
        let got = path(at).join(below);
        assert_eq!(
            got.as_ref().map(VirtualPath::as_str).map_err(|e| e.problem()),
            expect,
            "{at} + {below:?}"
        );
    };
    check("/", "a", Ok("/a"));
    check("/a", "b/c", Ok("/a/b/c"));
    check("/a", "", Err(PathProblem::Empty));
    check("/a", "/b", Err(PathProblem::NotRelative));
    check("/a", "..", Err(PathProblem::Parent));
    check("/a", ".", Err(PathProblem::Dot));
    check("/a", "b/", Err(PathProblem::EmptyName));
    check(&"/a".repeat(2048), "b", Err(PathProblem::TooLong));
}

#[test]
fn parts() {
    let p = path("/a/b/c");
    assert_eq!(p.components().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(p.parent(), Some(path("/a/b")));
    assert_eq!(p.file_name(), Some("c"));
    assert_eq!(path("/a").parent(), Some(VirtualPath::root()));
    assert_eq!(VirtualPath::root().parent(), None);
    assert_eq!(VirtualPath::root().file_name(), None);
    assert_eq!(VirtualPath::root().components().count(), 0);
    assert_eq!(VirtualPath::workspace().as_str(), WORKSPACE);
}

#[test]
fn prefixes_are_whole_components() {
    let check = |whole: &str, folder: &str, expect: Option<&str>| {
        assert_eq!(path(whole).strip_prefix(&path(folder)), expect, "{whole} - {folder}");
        assert_eq!(path(whole).starts_with(&path(folder)), expect.is_some());
    };
    check("/a/b", "/a", Some("b"));
    check("/a/b/c", "/a", Some("b/c"));
    check("/a", "/a", Some(""));
    check("/a", "/", Some("a"));
    check("/", "/", Some(""));
    check("/ab", "/a", None);
    check("/a", "/a/b", None);
}

#[test]
fn order_keeps_trees_together() {
    let mut paths: Vec<_> = ["/a-b", "/a/z", "/", "/a", "/b", "/a/b/c", "/a!"].map(path).into();
    paths.sort();
    let sorted: Vec<_> = paths.iter().map(VirtualPath::as_str).collect();
    assert_eq!(sorted, ["/", "/a", "/a/b/c", "/a/z", "/a!", "/a-b", "/b"]);
}

#[test]
fn errors_quote_little_and_escaped() {
    let error = VirtualPath::parse(&format!("\u{1b}[31m\u{202e}{}", "é".repeat(5000))).unwrap_err();
    let message = error.to_string();
    assert!(message.len() < 400 && message.ends_with("…` does not begin with `/`"), "{message}");
    assert!(!message.contains('\u{1b}') && !message.contains('\u{202e}'), "{message}");
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_taken_is_normal(text in "[/.a-c\0é*]{0,40}|\\PC{0,40}") {
        if let Ok(p) = VirtualPath::parse(&text) {
            prop_assert_eq!(p.as_str(), &text);
            prop_assert_eq!(VirtualPath::resolve(&VirtualPath::workspace(), &text), Ok(p));
        }
        if let Ok(p) = VirtualPath::resolve(&VirtualPath::workspace(), &text) {
            prop_assert_eq!(VirtualPath::parse(p.as_str()), Ok(p.clone()));
            prop_assert!(text.starts_with('/') || p.starts_with(&VirtualPath::workspace()));
            let rebuilt = p.components().try_fold(VirtualPath::root(), |at, name| at.join(name));
            prop_assert_eq!(rebuilt, Ok(p));
        }
        let _ = VirtualPath::root().join(&text);
    }
}
