//! Lines for people.

use std::fmt::Write as _;

use crate::inert::acts_or_hides;
use crate::{Detail, Record};

/// A line like
///
/// ```text
/// 2026-03-01T12:00:00.000450Z #4 denied denied log-reader/1 fs.read /etc/shadow rule=a.json:6:15 count=3
/// ```
///
/// time, number, kind, verdict, plugin and cell, action, object; then the rule, the details and the
/// names of the fields that were cut. `-` stands for what is not there. A text of anything else than
/// letters, digits and ``_ . / : @ ~ + % , -`` is in quotes, with escapes.
pub fn plain(record: &Record) -> String {
    let mut line = String::with_capacity(160);
    word(&mut line, &record.time);
    // A `String` takes whatever is written to it.
    let _ = write!(line, " #{} {} {} ", record.seq, record.kind.as_str(), record.verdict.as_str());
    who(&mut line, record);
    line.push(' ');
    word(&mut line, &record.action);
    line.push(' ');
    word_or_dash(&mut line, record.object.as_deref());
    if let Some(rule) = &record.rule {
        line.push_str(" rule=");
        word(&mut line, rule);
    }
    for (key, value) in &record.detail {
        line.push(' ');
        word(&mut line, key);
        line.push('=');
        detail(&mut line, value);
    }
    for field in &record.truncated {
        line.push_str(" cut=");
        word(&mut line, field);
    }
    line
}

fn who(line: &mut String, record: &Record) {
    // A slash in a name would look like a cell.
    match record.plugin.as_deref() {
        Some(name) if name.contains('/') => quoted(line, name),
        name => word_or_dash(line, name),
    }
    if let Some(cell) = record.cell {
        let _ = write!(line, "/{cell}");
    }
}

fn word_or_dash(line: &mut String, text: Option<&str>) {
    match text {
        Some(text) => word(line, text),
        None => line.push('-'),
    }
}

fn detail(line: &mut String, value: &Detail) {
    match value {
        Detail::Text(text) => word(line, text),
        Detail::Integer(number) => line.push_str(&number.to_string()),
        Detail::Bool(truth) => line.push_str(if *truth { "true" } else { "false" }),
    }
}

/// The text, in quotes if anything about it could be taken for something else.
fn word(line: &mut String, text: &str) {
    let is_safe = |each: char| each.is_alphanumeric() || "_./:@~+%,-".contains(each);
    if !text.is_empty()
        && text != "-"
        && text.chars().all(|each| is_safe(each) && !acts_or_hides(each))
    {
        line.push_str(text);
    } else {
        quoted(line, text);
    }
}

fn quoted(line: &mut String, text: &str) {
    line.push('"');
    for each in text.chars() {
        match each {
            '"' | '\\' => line.extend(['\\', each]),
            each if each.is_control() || acts_or_hides(each) => {
                let _ = write!(line, "\\u{{{:x}}}", u32::from(each));
            }
            each => line.push(each),
        }
    }
    line.push('"');
}
