//! Values of names and strings: the text with its escapes read.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

use super::token::{Kind, Token};

/// The name or string value a token stands for; empty for tokens that have none.
pub(crate) fn value<'a>(text: &'a str, token: Token) -> Cow<'a, str> {
    let raw = text.get(token.start as usize..token.end as usize).unwrap_or_default();
    let inner = match token.kind {
        Kind::Name | Kind::Private => raw,
        Kind::String | Kind::Template => unquoted(raw),
        _ => return Cow::Borrowed(""),
    };
    if token.is_escaped() { Cow::Owned(unescaped(inner)) } else { Cow::Borrowed(inner) }
}

/// Without the opening quote and, where the literal was closed, without the closing one.
fn unquoted(raw: &str) -> &str {
    let mut rest = raw.chars();
    let Some(quote) = rest.next() else { return raw };
    let body = rest.as_str();
    body.strip_suffix(quote).unwrap_or(body)
}

fn unescaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.chars().peekable();
    while let Some(character) = rest.next() {
        if character == '\\' { escape(&mut rest, &mut out) } else { out.push(character) }
    }
    out
}

fn escape(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let Some(kind) = rest.next() else { return };
    match kind {
        'n' => out.push('\n'),
        't' => out.push('\t'),
        'r' => out.push('\r'),
        'b' => out.push('\u{8}'),
        'f' => out.push('\u{c}'),
        'v' => out.push('\u{b}'),
        '0' if !rest.peek().is_some_and(char::is_ascii_digit) => out.push('\0'),
        '\r' => {
            rest.next_if_eq(&'\n');
        }
        '\n' | '\u{2028}' | '\u{2029}' => {}
        'x' => out.push(character(hex(rest, 2))),
        'u' => unicode(rest, out),
        other => out.push(other),
    }
}

fn unicode(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    if rest.next_if_eq(&'{').is_some() {
        let code = hex(rest, 8);
        while rest.next_if(char::is_ascii_hexdigit).is_some() {}
        rest.next_if_eq(&'}');
        return out.push(character(code));
    }
    let high = hex(rest, 4);
    if !(0xd800..0xdc00).contains(&high) {
        return out.push(character(high));
    }
    // A high surrogate: only `\uXXXX` right behind it can complete it.
    let mut ahead = rest.clone();
    let pair = (ahead.next(), ahead.next());
    let low = if pair == (Some('\\'), Some('u')) { hex(&mut ahead, 4) } else { 0 };
    if (0xdc00..0xe000).contains(&low) {
        *rest = ahead;
        out.push(character(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)));
    } else {
        out.push(char::REPLACEMENT_CHARACTER);
    }
}

fn hex(rest: &mut Peekable<Chars<'_>>, digits: usize) -> u32 {
    let mut code: u32 = 0;
    for _ in 0..digits {
        let Some(digit) = rest.next_if(char::is_ascii_hexdigit) else { break };
        code = code.wrapping_mul(16).wrapping_add(digit.to_digit(16).unwrap_or(0));
    }
    code
}

fn character(code: u32) -> char {
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}
