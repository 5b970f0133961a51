//! `true`, `false`, `null`, and advice on what people write instead of JSON.

use super::cursor::{Cursor, Parsed};
use crate::{Diagnostic, Span, Value, did_you_mean, quoted};

/// Reads one of the three words; anything else is an error with advice.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Parsed<Value> {
    let word = cursor.word();
    let value = match word {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        _ => return Err(not_a_value(cursor, word)),
    };
    cursor.at += word.len();
    Ok(value)
}

/// Comments are what people most often put where JSON has no room for them.
pub(super) fn refuse_comment(cursor: &Cursor<'_>) -> Parsed<()> {
    let comment = match (cursor.peek(), cursor.peek_second()) {
        (Some(b'/'), Some(b'/' | b'*')) => Span::new(cursor.at, cursor.at + 2),
        (Some(b'#'), _) => Span::new(cursor.at, cursor.at + 1),
        _ => return Ok(()),
    };
    Err(cursor.advise(comment, "JSON has no comments", "remove the comment"))
}

/// What is wrong when a key does not begin with a quote.
pub(super) fn not_a_key(cursor: &Cursor<'_>) -> Box<Diagnostic> {
    if let Err(comment) = refuse_comment(cursor) {
        return comment;
    }
    let word = cursor.word();
    if cursor.peek() == Some(b'\'') {
        return single_quote(cursor);
    }
    if word.is_empty() {
        let message = format!("expected a key in double quotes, found {}", cursor.found());
        return cursor.error(cursor.here(), message);
    }
    let span = Span::new(cursor.at, cursor.at + word.len());
    let message = format!("the key {} is not in double quotes", quoted(word));
    cursor.advise(span, message, "put the key in double quotes")
}

fn not_a_value(cursor: &Cursor<'_>, word: &str) -> Box<Diagnostic> {
    if let Err(comment) = refuse_comment(cursor) {
        return comment;
    }
    if cursor.peek() == Some(b'\'') {
        return single_quote(cursor);
    }
    let message = format!("expected a value, found {}", cursor.found());
    if word.is_empty() {
        return cursor.error(cursor.here(), message);
    }
    let span = Span::new(cursor.at, cursor.at + word.len());
    match did_you_mean(word, ["true", "false", "null"]) {
        Some(known) => cursor.advise(span, message, format!("did you mean `{known}`?")),
        None => cursor.advise(span, message, "put text in double quotes"),
    }
}

fn single_quote(cursor: &Cursor<'_>) -> Box<Diagnostic> {
    let message = "JSON strings are in double quotes";
    cursor.advise(cursor.here(), message, "write \" instead of '")
}
