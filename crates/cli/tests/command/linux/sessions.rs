//! The sessions that the documents show, typed as they stand there.

use aether_docs_check::{Block, blocks, read, root};
use aether_testkit::compare;

use super::examples::copy;
use crate::Stage;

/// Where the documents have the repository.
const HERE: &str = "/home/ada/aether";

/// A stage whose working folder is a copy of one of the repository's.
fn stage(folder: &str) -> Stage {
    let stage = Stage::new();
    copy(&root().join(folder), &stage.path(""));
    stage
}

/// Types every session of a part of a document, one after the other.
#[track_caller]
fn check(folder: &str, document: &str, heading: &str) {
    let stage = stage(folder);
    let here = format!("{HERE}/{folder}");
    let text = read(document);
    let sessions: Vec<Block> = blocks(section(&text, heading))
        .into_iter()
        .filter(|block| block.language == "console")
        .collect();
    assert!(!sessions.is_empty(), "{document} has no session below {heading:?}");
    for session in sessions {
        for (line, expected) in typed(&session.text) {
            let expected = expected.replace(&here, "[WORK]");
            compare(&answer(&stage, line), &stage.redacted(&expected));
        }
    }
}

/// From a heading to the next one that is not below it.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let level = heading.split(' ').next().unwrap_or_default();
    let start = text.find(&format!("{heading}\n")).expect("the heading");
    let body = &text[start + heading.len()..];
    let higher = |line: &str| {
        line.split_once(' ').is_some_and(|(marks, _)| {
            !marks.is_empty() && marks.len() <= level.len() && marks.chars().all(|c| c == '#')
        })
    };
    let mut fenced = false;
    let mut end = 0;
    for line in body.split_inclusive('\n') {
        fenced ^= line.starts_with("```");
        if !fenced && higher(line) {
            break;
        }
        end += line.len();
    }
    &body[..end]
}

/// Each line that is typed, with what comes back.
fn typed(session: &str) -> Vec<(&str, String)> {
    let mut lines: Vec<(&str, String)> = Vec::new();
    for line in session.lines() {
        match (line.strip_prefix("$ "), lines.last_mut()) {
            (Some(line), _) => lines.push((line, String::new())),
            (None, Some((_, answer))) => *answer += &format!("{line}\n"),
            (None, None) => panic!("{line:?} stands before anything is typed"),
        }
    }
    lines
}

/// What a terminal would show.
fn answer(stage: &Stage, line: &str) -> String {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_aether"));
    let folder = program.parent().expect("its folder").display();
    let outer = std::env::var("PATH").unwrap_or_default();
    let typed = format!("exec 2>&1; {line}");
    let outcome =
        stage.command("sh").args(["-c", &typed]).env("PATH", format!("{folder}:{outer}")).run();
    outcome.no_panic();
    outcome.redacted(&outcome.stdout)
}

#[test]
fn running_any_command() {
    check("examples/docs", "docs/exec.md", "# Running any command");
}

#[test]
fn native_plugins() {
    check("examples/native", "docs/plugin-authors.md", "## Native plugins");
}

#[test]
fn any_program() {
    check("examples/docs", "README.md", "## Any program");
}

#[test]
fn the_doctor() {
    if Stage::new().run(&["doctor"]).code != Some(0) {
        return aether_testkit::skip("the_doctor", "not every protection can be had here");
    }
    check("examples/docs", "docs/linux.md", "# On Linux");
}
