//! Members of classes and of object literals.

use super::eraser::{Eraser, Heading};
use crate::scan::token::Kind;

/// Words before a member that say something of its type.
const ABOUT_TYPES: &[&str] = &["public", "protected", "private", "readonly", "override"];

/// Words before a member that is all type.
const ALL_TYPE: &[&str] = &["abstract", "declare"];

/// Words before a member that stay.
const KEPT: &[&str] = &["static", "async", "get", "set", "accessor"];

impl Eraser<'_> {
    /// A member's name, or the words before it, at `at`.
    pub(super) fn member(&mut self, at: usize) -> usize {
        if !self.context.in_class() {
            self.heading = self.method(at);
            return self.keep(at);
        }
        let name = self.name_of_member(at);
        if let Some(end) = self.member_of_types(at, name) {
            return self.erase(at, end);
        }
        for word in at..name {
            if KEPT.contains(&&*self.read.word(word)) {
                self.keep_as(word, true);
            } else {
                self.erase(word, word + 1);
            }
        }
        self.heading = self.method(name);
        // The words before it may have begun the line.
        self.keep_as(name, self.read.kind(name) != Kind::OpenBrace)
    }

    /// The index of a member's name behind the words before it.
    fn name_of_member(&self, mut at: usize) -> usize {
        loop {
            let word = self.read.word(at);
            let next = self.read.kind(at + 1);
            let named = matches!(
                next,
                Kind::Name | Kind::String | Kind::Number | Kind::Private | Kind::OpenBracket
            );
            let leads = if KEPT.contains(&&*word) {
                named || next == Kind::Star || (next == Kind::OpenBrace && word == "static")
            } else {
                let known = ABOUT_TYPES.contains(&&*word) || ALL_TYPE.contains(&&*word);
                known && (named || next == Kind::Star) && !self.read.newline(at + 1)
            };
            if !leads {
                return at;
            }
            at += 1;
        }
    }

    /// The index behind a member that is all type; its first token is at `at`.
    fn member_of_types(&self, at: usize, name: usize) -> Option<usize> {
        let read = &self.read;
        let index = read.kind(name) == Kind::OpenBracket
            && read.kind(name + 1) == Kind::Name
            && read.kind(name + 2) == Kind::Colon;
        let declared = (at..name).any(|word| ALL_TYPE.contains(&&*read.word(word)));
        let end = match self.method(name) {
            // Without a body it says how another one can be called.
            Some(heading) => {
                let end = read.call(heading.parameters)?;
                (read.kind(end) != Kind::OpenBrace).then_some(end)?
            }
            None if index || declared => {
                let mut end = self.key_end(name)?;
                end += usize::from(matches!(read.kind(end), Kind::Question | Kind::Bang));
                if read.kind(end) == Kind::Colon { read.type_end(end + 1)? } else { end }
            }
            None => return None,
        };
        Some(read.semicolon(end))
    }

    /// The heading of the method whose name is at `at`, if it is one.
    fn method(&self, at: usize) -> Option<Heading> {
        let end = self.key_end(at)?;
        let optional = matches!(self.read.kind(end), Kind::Question);
        let types = end + usize::from(optional);
        let parameters = match self.read.kind(types) {
            Kind::Less => self.read.parameters_end(types)?,
            _ => types,
        };
        let found = self.read.kind(parameters) == Kind::OpenParen;
        found.then_some(Heading { types, parameters })
    }

    /// The index behind the name of a member at `at`.
    fn key_end(&self, at: usize) -> Option<usize> {
        match self.read.kind(at) {
            Kind::OpenBracket => Some(self.read.pair(at)? + 1),
            Kind::Name | Kind::String | Kind::Number | Kind::Private => Some(at + 1),
            _ => None,
        }
    }
}
