//! Number literals.

use super::cursor::{Cursor, Parsed};
use crate::{Diagnostic, Number};

/// Reads a number at its first digit or minus sign.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Parsed<Number> {
    let start = cursor.at;
    let word = cursor.word();
    cursor.eat(b'-');
    let whole = cursor.eat_while(|byte| byte.is_ascii_digit());
    if whole.is_empty() {
        cursor.at = start;
        return Err(malformed(cursor, word, "a digit must follow the minus sign"));
    }
    if whole.len() > 1 && whole.starts_with('0') {
        cursor.at = start;
        return Err(malformed(cursor, word, "write it without leading zeros"));
    }
    if cursor.eat(b'.') {
        digits(cursor, start, word, "a digit must follow the point")?;
    }
    if cursor.eat(b'e') || cursor.eat(b'E') {
        let _sign = cursor.eat(b'+') || cursor.eat(b'-');
        digits(cursor, start, word, "a digit must follow the exponent sign")?;
    }
    if cursor.at < start + word.len() {
        cursor.at = start;
        return Err(malformed(cursor, word, "put text in double quotes"));
    }
    finite(cursor, start)
}

fn digits(cursor: &mut Cursor<'_>, start: usize, word: &str, help: &str) -> Parsed<()> {
    if cursor.eat_while(|byte| byte.is_ascii_digit()).is_empty() {
        cursor.at = start;
        return Err(malformed(cursor, word, help));
    }
    Ok(())
}

fn finite(cursor: &Cursor<'_>, start: usize) -> Parsed<Number> {
    let span = cursor.since(start);
    let raw = cursor.source.slice(span);
    match raw.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Number { value, raw: raw.to_owned() }),
        _ => {
            let message = "the number is too large";
            Err(Box::new(Diagnostic::error("number-range", cursor.source, span, message)))
        }
    }
}

/// The cursor stands at the beginning of `word`.
fn malformed(cursor: &Cursor<'_>, word: &str, help: &str) -> Box<Diagnostic> {
    let span = crate::Span::new(cursor.at, cursor.at + word.len());
    cursor.advise(span, format!("{} is not a number", crate::quoted(word)), help)
}
