//! The position inside an expression.

use super::parse::ExpressionError;

pub(super) struct Cursor<'a> {
    text: &'a str,
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Cursor { text, at: 0 }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    pub(super) fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or("")
    }

    pub(super) fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// A name: letters, digits, `_` and `-`.
    pub(super) fn name(&mut self) -> &'a str {
        self.take_while(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    }

    /// A quoted text at its opening quote. `\` escapes the quote and itself.
    pub(super) fn quoted(&mut self) -> Result<String, ExpressionError> {
        let mut characters = self.rest().char_indices();
        let Some((_, quote)) = characters.next() else { return Ok(String::new()) };
        let mut text = String::new();
        while let Some((offset, character)) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some((_, escaped)) if escaped == quote || escaped == '\\' => text.push(escaped),
                    _ => return Err(ExpressionError::new("`\\` escapes a quote or itself only")),
                },
                _ if character == quote => {
                    self.at += offset + quote.len_utf8();
                    return Ok(text);
                }
                _ => text.push(character),
            }
        }
        Err(ExpressionError::new("a quote is not closed"))
    }
}
