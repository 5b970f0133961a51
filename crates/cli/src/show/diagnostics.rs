//! Problems in files, with the lines at fault.

use aether::source::{Diagnostic, Severity, printable};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::show::terminal::Terminal;

/// Longest line that is shown around a problem, in bytes: a minified file is one line.
const LINE_BYTES: usize = 2000;

/// Shows all problems, and how many there are when there are several.
pub(crate) fn show_all(terminal: &Terminal, problems: &[Diagnostic]) {
    for problem in problems {
        terminal.say(render(problem, terminal.colour, terminal.width));
    }
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    if errors > 1 {
        terminal.say(format_args!("{errors} errors"));
    }
}

/// One problem with its place, without colour if asked.
pub(crate) fn render(problem: &Diagnostic, colour: bool, width: usize) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let message = printable(&problem.message);
    let help = problem.help.as_deref().map(printable);
    let title = level.primary_title(message.as_ref()).id(problem.code);
    let shown = shown_text(problem);
    let mut group = match (&shown, problem.span) {
        (Some(text), Some(span)) => {
            let name = printable(problem.source.name()).into_owned();
            let end = span.end.max(span.start).min(text.len());
            let range = span.start.min(end)..end;
            let snippet = Snippet::source(text.as_str())
                .path(name)
                .annotation(AnnotationKind::Primary.span(range));
            title.element(snippet)
        }
        _ => {
            let place = problem.place().map_or_else(String::new, |place| format!(":{place}"));
            let origin = format!("{}{place}", printable(problem.source.name()));
            Group::with_title(title).element(annotate_snippets::Origin::path(origin))
        }
    };
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help.as_ref()));
    }
    renderer.term_width(width).render(&[group])
}

/// The file's text as far as it can be shown beside a problem: with control characters made
/// visible without moving anything, and not at all when the line is too long.
fn shown_text(problem: &Diagnostic) -> Option<String> {
    let place = problem.place()?;
    let line = problem.source.line(place.line)?;
    if line.len() > LINE_BYTES {
        return None;
    }
    let inert = |c: char| {
        let hidden = c.is_control() && c != '\n' && c != '\t';
        // One byte stays one byte, so that spans stay right.
        if hidden && c.len_utf8() == 1 { '?' } else { c }
    };
    let text: String = problem.source.text().chars().map(inert).collect();
    // What has more bytes and could reorder a line is rare enough to give up on the snippet.
    let safe = text.lines().all(|line| printable(line).len() == line.len());
    safe.then_some(text)
}
