//! String literals.

use super::cursor::{Cursor, Parsed};
use crate::Span;

/// NUL characters that are told of one source; each further one is no news.
const MAX_NULS: usize = 16;

/// Reads a string literal at its opening quote.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let start = cursor.at;
    cursor.eat(b'"');
    let mut text = String::new();
    loop {
        text.push_str(cursor.eat_while(|byte| byte >= b' ' && byte != b'"' && byte != b'\\'));
        match cursor.peek() {
            Some(b'"') => {
                cursor.at += 1;
                return Ok(text);
            }
            Some(b'\\') => text.push(escape(cursor)?),
            Some(b'\n' | b'\r') => return Err(unclosed(cursor, start, "on its line")),
            Some(byte) => {
                let message = format!("a control character in a string is written `\\u{byte:04x}`");
                return Err(cursor.error(cursor.here(), message));
            }
            None => return Err(unclosed(cursor, start, "before the end of the file")),
        }
    }
}

fn unclosed(cursor: &Cursor<'_>, start: usize, where_not: &str) -> Box<crate::Diagnostic> {
    let message = format!("the string is not closed {where_not}");
    cursor.advise(cursor.since(start), message, "end it with `\"`; a line break is written `\\n`")
}

fn escape(cursor: &mut Cursor<'_>) -> Parsed<char> {
    let start = cursor.at;
    cursor.eat(b'\\');
    let kind = cursor.peek();
    let character = match kind {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            cursor.at += 1;
            return unicode(cursor, start);
        }
        _ => {
            let span = Span::new(start, cursor.here().end);
            let help = "a backslash is written `\\\\`; escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX";
            return Err(cursor.advise(span, "not an escape JSON knows", help));
        }
    };
    cursor.at += 1;
    Ok(character)
}

/// After `\u`: four hexadecimal digits, and a second escape when they are the first half of a
/// surrogate pair.
fn unicode(cursor: &mut Cursor<'_>, start: usize) -> Parsed<char> {
    let first = four_digits(cursor, start)?;
    let code = match first {
        0xd800..=0xdbff => {
            let paired = cursor.eat(b'\\') && cursor.eat(b'u');
            let second = if paired { four_digits(cursor, start)? } else { 0 };
            match second {
                0xdc00..=0xdfff => 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00),
                _ => return Err(lone(cursor, start)),
            }
        }
        other => other,
    };
    match char::from_u32(code) {
        Some('\0') => {
            // An error, but none that keeps the rest from being looked at.
            if cursor.nuls.len() < MAX_NULS {
                cursor.nuls.push(cursor.since(start));
            }
            Ok(char::REPLACEMENT_CHARACTER)
        }
        Some(character) => Ok(character),
        None => Err(lone(cursor, start)),
    }
}

fn four_digits(cursor: &mut Cursor<'_>, start: usize) -> Parsed<u32> {
    let digits =
        cursor.rest().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
        Some(code) => {
            cursor.at += 4;
            Ok(code)
        }
        None => Err(cursor.error(cursor.since(start), "`\\u` needs four hexadecimal digits")),
    }
}

fn lone(cursor: &Cursor<'_>, start: usize) -> Box<crate::Diagnostic> {
    cursor.error(cursor.since(start), "half of a surrogate pair is not a character")
}
