//! Names as they are written in a program, and lists of them.

use std::collections::HashSet;

/// Most names of one list. The largest collections of icons have about ten thousand.
const NAMES: usize = 1 << 15;

/// Longest name, in bytes.
const NAME_BYTES: usize = 1 << 10;

/// Names, each once, in order. What is too long or too much is left out.
#[derive(Default)]
pub(super) struct Names {
    pub(super) list: Vec<String>,
    seen: HashSet<String>,
}

impl Names {
    pub(super) fn add(&mut self, name: Option<String>) {
        let Some(name) = name.filter(|name| name.len() <= NAME_BYTES) else { return };
        if self.list.len() < NAMES && self.seen.insert(name.clone()) {
            self.list.push(name);
        }
    }
}

/// The name that a word or a string stands for; `None` for a string that is none, or that has half a
/// character.
pub(super) fn decoded(written: &str) -> Option<String> {
    let inside = written.strip_prefix(['"', '\'']).and_then(|rest| rest.strip_suffix(['"', '\'']));
    let Some(inside) = inside else { return Some(written.to_owned()) };
    let mut units = Vec::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => units.extend(escape(&mut chars)?),
            c => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        }
    }
    String::from_utf16(&units).ok()
}

/// What follows a backslash. Halves of a character come as such, for two may make one.
fn escape(chars: &mut std::str::Chars<'_>) -> Option<Vec<u16>> {
    let code = match chars.next()? {
        '\n' | '\u{2028}' | '\u{2029}' => return Some(Vec::new()),
        '\r' => {
            skip(chars, |c| c == '\n');
            return Some(Vec::new());
        }
        'b' => 8,
        't' => 9,
        'n' => 10,
        'v' => 11,
        'f' => 12,
        'r' => 13,
        'x' => hex(chars, 2)?,
        'u' if skip(chars, |c| c == '{').is_some() => braced(chars)?,
        'u' => hex(chars, 4)?,
        first @ '0'..='7' => octal(first, chars),
        c => u32::from(c),
    };
    match (u16::try_from(code), char::from_u32(code)) {
        (Ok(unit), _) => Some(vec![unit]),
        (Err(_), Some(c)) => Some(c.encode_utf16(&mut [0; 2]).to_vec()),
        (Err(_), None) => None,
    }
}

/// Passes by a character of this kind.
fn skip(chars: &mut std::str::Chars<'_>, kind: impl Fn(char) -> bool) -> Option<char> {
    let mut ahead = chars.clone();
    let c = ahead.next().filter(|c| kind(*c))?;
    *chars = ahead;
    Some(c)
}

fn hex(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    let mut code = 0;
    for _ in 0..digits {
        code = code * 16 + chars.next()?.to_digit(16)?;
    }
    Some(code)
}

/// The digits and the end of `\u{`.
fn braced(chars: &mut std::str::Chars<'_>) -> Option<u32> {
    let mut code = chars.next()?.to_digit(16)?;
    loop {
        match chars.next()? {
            '}' => return Some(code),
            digit => code = code * 16 + digit.to_digit(16)?,
        }
        if code > 0x10_FFFF {
            return None;
        }
    }
}

/// At most three digits, and at most 255.
fn octal(first: char, chars: &mut std::str::Chars<'_>) -> u32 {
    let mut code = first.to_digit(8).unwrap_or_default();
    for _ in 0..if first <= '3' { 2 } else { 1 } {
        match skip(chars, |c| c.is_digit(8)).and_then(|c| c.to_digit(8)) {
            Some(digit) => code = code * 8 + digit,
            None => break,
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, expect: Option<&str>) {
        assert_eq!(decoded(written).as_deref(), expect, "{written}");
    }

    #[test]
    fn words_and_plain_strings_are_names() {
        check("a", Some("a"));
        check("'a b'", Some("a b"));
        check("\"it's\"", Some("it's"));
        check("''", Some(""));
        check("'é😃'", Some("é😃"));
    }

    #[test]
    fn escapes_are_read() {
        check(r"'\n\t\b\f\v\r\'\\\q'", Some("\n\t\u{8}\u{c}\u{b}\r'\\q"));
        check(r"'\x41\u0042\u{43}\u{1F603}'", Some("ABC😃"));
        check(r"'\0\011\3z\377\400\8'", Some("\0\t\u{3}z\u{ff}\u{20}08"));
        check("'a\\\nb\\\r\nc\\\u{2028}d'", Some("abcd"));
        check(r"'\u{D83C}\u{DF10}'", Some("\u{1F310}"));
        check(r"'\uD83C\uDF10'", Some("\u{1F310}"));
    }

    #[test]
    fn what_is_no_text_is_no_name() {
        for written in [
            r"'\u{D83C}'",
            r"'\uDF10'",
            r"'\x4'",
            r"'\u12'",
            r"'\u{}'",
            r"'\u{110000}'",
            r"'\u{41'",
            r"'\uZZZZ'",
            r"'\u{fffffffffffffff}'",
        ] {
            check(written, None);
        }
    }

    #[test]
    fn names_are_kept_once_and_not_for_ever() {
        let mut names = Names::default();
        for name in ["b", "a", "b", ""] {
            names.add(Some(name.into()));
        }
        names.add(None);
        names.add(Some("x".repeat(NAME_BYTES + 1)));
        assert_eq!(names.list, ["b", "a", ""]);
        for name in 0..NAMES + 10 {
            names.add(Some(name.to_string()));
        }
        assert_eq!(names.list.len(), NAMES);
    }
}
