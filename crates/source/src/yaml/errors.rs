//! The parser's errors in the words of this project, with advice where the cause is known.

use saphyr_parser::ScanError;

use super::offsets::Offsets;
use crate::{Diagnostic, Source, Span, caps};

pub(super) fn syntax(source: &Source, offsets: &Offsets, error: &ScanError) -> Diagnostic {
    let at = offsets.byte(error.marker());
    let span = Span::at(at);
    let info = error.info();
    if info == "recursion limit exceeded" {
        return caps::too_deep(source, span);
    }
    if info.ends_with("unknown anchor") {
        return alias(source, span);
    }
    let diagnostic =
        Diagnostic::error("yaml-syntax", source, span, format!("not valid YAML: {info}"));
    match advice(info) {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}

pub(super) fn alias(source: &Source, span: Span) -> Diagnostic {
    let message = "aliases (`*name`) are not supported";
    Diagnostic::error("yaml-alias", source, span, message)
        .with_help("write the value out; text that begins with `*` needs quotes")
}

pub(super) fn anchor(source: &Source, span: Span) -> Diagnostic {
    let message = "anchors (`&name`) are not supported";
    Diagnostic::error("yaml-anchor", source, span, message)
        .with_help("remove it; text that begins with `&` needs quotes")
}

pub(super) fn tag(source: &Source, span: Span) -> Diagnostic {
    let message = "tags (`!name`) are not supported";
    Diagnostic::error("yaml-tag", source, span, message)
        .with_help("remove it; text that begins with `!` needs quotes")
}

pub(super) fn documents(source: &Source, span: Span) -> Diagnostic {
    let message = "a second document (`---`) is not supported";
    Diagnostic::error("yaml-documents", source, span, message)
        .with_help("put it into a file of its own")
}

pub(super) fn merge(source: &Source, span: Span) -> Diagnostic {
    let message = "merge keys (`<<`) are not supported";
    Diagnostic::error("yaml-merge", source, span, message).with_help("write the keys out")
}

pub(super) fn key(source: &Source, span: Span) -> Diagnostic {
    let message = "a key must be text";
    Diagnostic::error("yaml-key", source, span, message)
        .with_help("a value that begins with a bracket, `*`, `{` or `[` needs quotes")
}

/// By what the message holds, since the parser has no codes.
fn advice(info: &str) -> Option<&'static str> {
    let table = [
        ("tab", "indent with spaces, not tabs"),
        (
            "mapping values are not allowed",
            "text that holds `: ` needs quotes; else check the indentation",
        ),
        ("expected ',' or", "in brackets, text that holds `{`, `}`, `[`, `]` or `,` needs quotes"),
        (
            "simple key expect",
            "a key is followed by `: `; text over several lines needs quotes, `|` or `>`",
        ),
        (
            "did not find expected key",
            "check the indentation: keys of one mapping begin in one column",
        ),
        (
            "expected '-' indicator",
            "check the indentation: entries of one list begin in one column",
        ),
        ("unexpected character", "text that begins with `@`, `%` or a backtick needs quotes"),
        ("quoted scalar, found unexpected end", "close the quote"),
        ("escape", "in double quotes a backslash is written `\\\\`; or use single quotes"),
    ];
    table.iter().find(|(part, _)| info.contains(part)).map(|(_, help)| *help)
}
