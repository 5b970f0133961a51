//! A place in a text, and what can be read from there.

/// A place in a text. Copied to look ahead.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'s> {
    text: &'s str,
    at: usize,
}

/// How a piece of a template ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TemplateEnd {
    Closed,
    /// With `${`.
    Opened,
}

impl<'s> Cursor<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        Self { text, at: 0 }
    }

    /// Everything from here on.
    pub(super) fn rest(&self) -> &'s str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The byte here, and 0 at the end.
    pub(super) fn byte(&self) -> u8 {
        self.bytes().first().copied().unwrap_or_default()
    }

    pub(super) fn is_end(&self) -> bool {
        self.bytes().is_empty()
    }

    pub(super) fn bytes(&self) -> &'s [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Passes by so many bytes, all of them ASCII.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Passes by whitespace and comments.
    pub(super) fn blank(&mut self) {
        loop {
            match self.bytes() {
                [b'\t'..=b'\r' | b' ', ..] => self.at += 1,
                [b'/', b'/', ..] => self.until(|byte| matches!(byte, b'\n' | b'\r')),
                [b'/', b'*', ..] => self.comment(),
                [0x80..=0xff, ..] => match self.rest().chars().next() {
                    Some(space) if is_space(space) => self.at += space.len_utf8(),
                    _ => return,
                },
                _ => return,
            }
        }
    }

    /// Passes by a block comment; one that is not closed lasts to the end.
    fn comment(&mut self) {
        self.at += 2;
        loop {
            self.until(|byte| byte == b'*');
            match self.bytes() {
                [] => return,
                [_, b'/', ..] => return self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    fn until(&mut self, stop: impl Fn(u8) -> bool) {
        let bytes = self.bytes();
        self.at += bytes.iter().position(|byte| stop(*byte)).unwrap_or(bytes.len());
    }

    /// The run of characters here that names, keywords and numbers are made of.
    pub(super) fn word(&mut self) -> &'s str {
        let rest = self.rest();
        let end =
            rest.char_indices().find(|(_, c)| !is_word(*c)).map_or(rest.len(), |(end, _)| end);
        self.at += end;
        &rest[..end]
    }

    /// A name after whitespace, as far as it is written without escapes.
    pub(super) fn identifier(&mut self) -> Option<&'s str> {
        self.blank();
        let mut ahead = *self;
        let word = ahead.word();
        if word.is_empty()
            || word.starts_with(|c: char| c.is_ascii_digit())
            || word.contains(['\\', '#'])
        {
            return None;
        }
        *self = ahead;
        Some(word)
    }

    /// A string after whitespace, with its quotes.
    pub(super) fn string(&mut self) -> Option<&'s str> {
        self.blank();
        let mut ahead = *self;
        let quote = ahead.byte();
        if !matches!(quote, b'"' | b'\'') {
            return None;
        }
        ahead.at += 1;
        loop {
            ahead.until(|byte| byte == quote || matches!(byte, b'\\' | b'\n' | b'\r'));
            match ahead.bytes() {
                [b'\\', b'\r', b'\n', ..] => ahead.at += 3,
                [b'\\', _, ..] => ahead.at += 2,
                [end, ..] if *end == quote => break,
                _ => return None,
            }
        }
        ahead.at += 1;
        let string = self.text.get(self.at..ahead.at)?;
        *self = ahead;
        Some(string)
    }

    /// Passes by a piece of a template, from after its opening; `None` when it does not end.
    pub(super) fn template(&mut self) -> Option<TemplateEnd> {
        loop {
            self.until(|byte| matches!(byte, b'`' | b'$' | b'\\'));
            match self.bytes() {
                [b'`', ..] => {
                    self.at += 1;
                    return Some(TemplateEnd::Closed);
                }
                [b'$', b'{', ..] => {
                    self.at += 2;
                    return Some(TemplateEnd::Opened);
                }
                [b'$', ..] => self.at += 1,
                [_, _, ..] => self.at += 2,
                _ => return None,
            }
        }
    }

    /// Passes by a regular expression, from its first `/`; `None` when it does not end in its line.
    pub(super) fn regex(&mut self) -> Option<()> {
        self.at += 1;
        let mut class = false;
        loop {
            self.until(|byte| matches!(byte, b'/' | b'[' | b']' | b'\\' | b'\n' | b'\r'));
            match self.bytes() {
                [b'\\', _, ..] => self.at += 1,
                [b'[', ..] => class = true,
                [b']', ..] => class = false,
                [b'/', ..] if class => {}
                [b'/', ..] => break,
                _ => return None,
            }
            self.at += 1;
        }
        self.at += 1;
        self.word();
        Some(())
    }

    /// Passes by these tokens, which are separated by spaces; words have to be there as a whole.
    /// Stays somewhere on the way when one is not there.
    pub(super) fn all(&mut self, tokens: &str) -> Option<()> {
        tokens.split(' ').all(|token| self.token(token)).then_some(())
    }

    /// Passes by this token, and by whitespace before it in any case.
    pub(super) fn token(&mut self, token: &str) -> bool {
        self.blank();
        let mut ahead = *self;
        let there = if token.starts_with(is_word) {
            ahead.word() == token
        } else {
            ahead.at += token.len();
            self.rest().starts_with(token)
        };
        if there {
            *self = ahead;
        }
        there
    }
}

/// Whether a character can stand in a word. An escape (`\u0065xports`) and a private name are words
/// of their own, so that they are not taken for what they look like.
pub(super) fn is_word(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '$' | '\\' | '#' => true,
        c => !c.is_ascii() && !is_space(c),
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, step: impl Fn(&mut Cursor<'_>) -> bool, rest: &str) {
        let mut cursor = Cursor::new(text);
        let done = step(&mut cursor);
        assert_eq!((cursor.rest(), done), (rest, true), "{text}");
    }

    #[test]
    fn whitespace_and_comments_are_passed_by() {
        let blank = |cursor: &mut Cursor<'_>| {
            cursor.blank();
            true
        };
        check(" \t\r\n\u{a0}\u{feff}\u{2028}x", blank, "x");
        check("// a\n/* b * / */ /**/x", blank, "x");
        check("// a\rx", blank, "x");
        check("/*/ x", blank, "");
        check("//", blank, "");
        check("/x", blank, "/x");
        check("é", blank, "é");
    }

    #[test]
    fn strings_end_at_their_quote_and_in_their_line() {
        for (text, expect) in [
            (r#"  "a'b"x"#, Some(r#""a'b""#)),
            (r"'a\'b'x", Some(r"'a\'b'")),
            ("'a\\\r\nb'x", Some("'a\\\r\nb'")),
            ("'a\\é'", Some("'a\\é'")),
            ("'a\nb'", None),
            ("'a", None),
            ("'a\\", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(Cursor::new(text).string(), expect, "{text}");
        }
    }

    #[test]
    fn templates_end_or_open() {
        let end = |text| Cursor::new(text).template();
        assert!(end("a\\`$b`x") == Some(TemplateEnd::Closed));
        assert!(end("a{$${x") == Some(TemplateEnd::Opened));
        assert!(end("a\\${").is_none() && end("a\\").is_none() && end("$").is_none());
    }

    #[test]
    fn regular_expressions_end_in_their_line() {
        let regex = |cursor: &mut Cursor<'_>| cursor.regex().is_some();
        check("/a/gi.x", regex, ".x");
        check(r"/a\/b[/\]]c/ x", regex, " x");
        check("/[/] /[^/]]/ x", regex, "[^/]]/ x");
        for text in ["/a", "/a\n/", "/[a/", "/\\/", "/\\"] {
            assert!(Cursor::new(text).regex().is_none(), "{text}");
        }
    }

    #[test]
    fn tokens_are_words_or_what_begins_so() {
        let tokens =
            |tokens: &'static str| move |cursor: &mut Cursor<'_>| cursor.all(tokens).is_some();
        check("a /* . */ . b = c", tokens("a . b ="), " c");
        check("a===b", tokens("a === b"), "");
        for (text, tokens) in [("ab", "a"), ("a", "ab"), ("#a", "a"), ("a.b", "a b"), ("", "a")] {
            assert!(Cursor::new(text).all(tokens).is_none(), "{text}");
        }
    }

    #[test]
    fn names_are_not_numbers_nor_escaped() {
        let name = |text| Cursor::new(text).identifier();
        assert_eq!(name(" $a_1é-"), Some("$a_1é"));
        for text in ["1a", "\\u0061", "a\\u0061", "#a", "", "-"] {
            assert_eq!(name(text), None, "{text}");
        }
    }
}
