//! The position in the text, and errors at it.

use crate::{Diagnostic, Source, Span, quoted};

/// Boxed, because it is passed through every level of the descent.
pub(super) type Parsed<T> = Result<T, Box<Diagnostic>>;

pub(super) struct Cursor<'a> {
    pub(super) source: &'a Source,
    text: &'a str,
    pub(super) at: usize,
    /// Where NUL characters were written as escapes.
    pub(super) nuls: Vec<Span>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Cursor { source, text: source.text(), at: 0, nuls: Vec::new() }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn peek_second(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at + 1).copied()
    }

    /// Takes the byte if it is next. Only for ASCII, so that `at` stays between characters.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub(super) fn eat_while(&mut self, accept: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&accept) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or("")
    }

    pub(super) fn skip_space(&mut self) {
        self.eat_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn since(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// The range of the next character.
    pub(super) fn here(&self) -> Span {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        Span::new(self.at, self.at + length)
    }

    /// What stands here, for "found …".
    pub(super) fn found(&self) -> String {
        match self.peek() {
            None => "the end of the file".to_owned(),
            Some(b'"') => "a string".to_owned(),
            Some(_) => {
                let word = self.word();
                if word.is_empty() {
                    let character = self.rest().chars().next().map(String::from);
                    quoted(&character.unwrap_or_default())
                } else {
                    quoted(word)
                }
            }
        }
    }

    /// The run of letters, digits and their like that begins here.
    pub(super) fn word(&self) -> &'a str {
        let rest = self.rest();
        let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '.' | '+');
        let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
        rest.get(..end).unwrap_or("")
    }

    pub(super) fn error(&self, span: Span, message: impl Into<String>) -> Box<Diagnostic> {
        Box::new(Diagnostic::error("json-syntax", self.source, span, message))
    }

    pub(super) fn advise(
        &self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Box<Diagnostic> {
        let diagnostic = Diagnostic::error("json-syntax", self.source, span, message);
        Box::new(diagnostic.with_help(help))
    }
}
