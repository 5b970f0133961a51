//! Tokens with their text, for rules that look a few tokens ahead and back.

use std::borrow::Cow;

use aether_source::Span;

use super::text;
use super::token::{Kind, Token};

/// A file's tokens; looking past either end answers [`Kind::End`].
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl<'a> View<'a> {
    pub(crate) fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        View { text, tokens }
    }

    pub(crate) fn len(self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn token(self, at: usize) -> Token {
        self.tokens.get(at).copied().unwrap_or(Token::new(Kind::End))
    }

    pub(crate) fn kind(self, at: usize) -> Kind {
        self.token(at).kind
    }

    /// The kind of the token `back` places before `at`.
    pub(crate) fn kind_before(self, at: usize, back: usize) -> Kind {
        at.checked_sub(back).map_or(Kind::End, |at| self.kind(at))
    }

    /// The token at `at` as it is written.
    pub(crate) fn raw(self, at: usize) -> &'a str {
        let token = self.token(at);
        self.text.get(token.start as usize..token.end as usize).unwrap_or_default()
    }

    /// The identifier at `at`, with its escapes read; empty when there is none.
    pub(crate) fn word(self, at: usize) -> Cow<'a, str> {
        match self.kind(at) {
            Kind::Name => text::value(self.text, self.token(at)),
            _ => Cow::Borrowed(""),
        }
    }

    /// The identifier `back` places before `at`.
    pub(crate) fn word_before(self, at: usize, back: usize) -> Cow<'a, str> {
        at.checked_sub(back).map_or(Cow::Borrowed(""), |at| self.word(at))
    }

    /// The value of a string or of a template without substitutions.
    pub(crate) fn literal(self, at: usize) -> Option<Cow<'a, str>> {
        let token = self.token(at);
        matches!(token.kind, Kind::String | Kind::Template).then(|| text::value(self.text, token))
    }

    /// The range from the beginning of one token to the end of another.
    pub(crate) fn span(self, first: usize, last: usize) -> Span {
        Span::new(self.token(first).start as usize, self.token(last).end as usize)
    }

    /// A member access right behind the token at `at`: `.name`, `?.name`, `["name"]` or
    /// `?.["name"]`. Returns the member's name and the index of the access's last token.
    pub(crate) fn member(self, at: usize) -> Option<(Cow<'a, str>, usize)> {
        let optional = usize::from(
            self.kind(at + 1) == Kind::OptionalDot && self.kind(at + 2) == Kind::OpenBracket,
        );
        let first = at + 1 + optional;
        match self.kind(first) {
            Kind::Dot | Kind::OptionalDot if self.kind(first + 1) == Kind::Name => {
                Some((self.word(first + 1), first + 1))
            }
            Kind::OpenBracket if self.kind(first + 2) == Kind::CloseBracket => {
                Some((self.literal(first + 1)?, first + 2))
            }
            _ => None,
        }
    }
}
