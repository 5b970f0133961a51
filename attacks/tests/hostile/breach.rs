//! What shows a breach whatever the plugin itself says of it.

use std::path::Path;

use aether::Event;
use aether::report::{self, RunRecord};

use super::expect::Outcome;
use super::sys;

/// Width for which the text report is made.
const WIDTH: usize = 100;

/// Neither the secret nor a path of the host is in anything that a plugin said.
pub(super) fn nothing_told(
    outcomes: &[&Outcome],
    events: &[Event],
    secret: &str,
    root: &Path,
) -> Result<(), String> {
    let root = sys::path_mark(root);
    let outcomes = outcomes.iter().filter(|outcome| !matches!(outcome, Outcome::Refused(_)));
    let said = outcomes.map(|outcome| format!("{outcome:?}"));
    let said = said.chain(events.iter().map(|event| format!("{event:?}")));
    for text in said {
        for (word, what) in [(secret, "the secret"), (&root, "a path of the host")] {
            if text.contains(word) {
                let beginning: String = text.chars().take(300).collect();
                return Err(format!("IT BITES: it knows {what}: {beginning}"));
            }
        }
    }
    Ok(())
}

/// No report holds a character that would steer a terminal or turn text around.
pub(super) fn reports_are_tame(record: &RunRecord) -> Result<(), String> {
    let reports = [
        ("text", report::text(record, WIDTH, false)),
        ("html", report::html(record)),
        ("json", report::json(record)),
        ("sarif", report::sarif(record)),
    ];
    for (name, text) in reports {
        if let Some(found) = text.chars().find(|c| steers(*c)) {
            return Err(format!("the {name} report holds the character {found:?}"));
        }
        if name == "html" && text.contains("<script>alert") {
            return Err("the html report holds the plugin's script".to_owned());
        }
    }
    Ok(())
}

/// Control characters but the line end, bidirectional controls, and what is not seen.
fn steers(c: char) -> bool {
    let plain = matches!(c, '\n' | '\t');
    let control = c.is_control() && !plain;
    let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    control || hidden
}
