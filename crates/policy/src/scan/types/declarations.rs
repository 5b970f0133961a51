//! Statements that are all type, and what `import` and `export` have of types.

use super::eraser::Eraser;
use super::reader::Reader;
use crate::scan::token::Kind;

impl Eraser<'_> {
    /// The index behind the statement at `at`, if all of it is type.
    pub(super) fn declaration(&self, at: usize) -> Option<usize> {
        let read = &self.read;
        let end = match &*read.word(at) {
            "import" => read.type_import(at),
            "export" => match &*read.word(at + 1) {
                "type" => read.alias(at + 1).or_else(|| read.type_export(at + 1)),
                "default" => read.plain(at + 2),
                "as" if read.word(at + 2) == "namespace" => Some(at + 4),
                _ => read.plain(at + 1),
            },
            _ => read.plain(at),
        };
        end.map(|end| read.semicolon(end))
    }

    /// `import` or `export` at `at`, up to where code begins again.
    pub(super) fn clause(&mut self, at: usize) -> usize {
        let export = self.read.word(at) == "export";
        let begins = match self.read.kind(at + 1) {
            Kind::OpenBrace | Kind::Star => true,
            kind => !export && matches!(kind, Kind::Name | Kind::String),
        };
        let mut next = self.keep(at);
        if export && self.read.word(next) == "default" {
            next = self.keep(next);
        }
        if self.read.word(next) == "abstract" && self.read.word(next + 1) == "class" {
            return self.erase(next, next + 1);
        }
        match self.read.kind(next) {
            _ if !begins => next,
            Kind::String => self.keep(next),
            _ => self.names(next),
        }
    }

    /// The names of an `import` or `export` from `at` on, and the module that they come from.
    fn names(&mut self, mut at: usize) -> usize {
        loop {
            if self.read.word(at) == "from" && self.read.kind(at + 1) == Kind::String {
                let module = self.keep(at);
                return self.keep(module);
            }
            at = match self.read.kind(at) {
                Kind::Name if self.is_inline_type(at) => self.inline_type(at),
                Kind::Name | Kind::String | Kind::Comma | Kind::Star | Kind::OpenBrace => {
                    self.keep(at)
                }
                Kind::CloseBrace => {
                    let next = self.keep(at);
                    if self.read.word(next) != "from" {
                        return next;
                    }
                    next
                }
                _ => return at,
            };
        }
    }

    /// `type` before one name of a list.
    fn is_inline_type(&self, at: usize) -> bool {
        let leads = matches!(self.read.view.kind_before(at, 1), Kind::OpenBrace | Kind::Comma);
        let named = match self.read.kind(at + 1) {
            Kind::Name => self.read.word(at + 1) != "as",
            kind => kind == Kind::String,
        };
        leads && named && self.read.word(at) == "type"
    }

    /// Takes out such a name.
    fn inline_type(&mut self, at: usize) -> usize {
        let mut end = at;
        while matches!(self.read.kind(end), Kind::Name | Kind::String) {
            end += 1;
        }
        self.erase(at, end + usize::from(self.read.kind(end) == Kind::Comma))
    }
}

impl Reader<'_> {
    /// The index behind a declaration at `at` that is all type.
    fn plain(&self, at: usize) -> Option<usize> {
        match &*self.word(at) {
            "interface" if self.is_named(at) => self.block(at),
            "type" => self.alias(at),
            "declare" if self.is_named(at) => self.ambient(at + 1),
            "function" => self.overload(at),
            "async" if self.word(at + 1) == "function" => self.overload(at + 1),
            _ => None,
        }
    }

    /// A function without a body, which says how another one can be called.
    fn overload(&self, at: usize) -> Option<usize> {
        self.signature(at).filter(|end| self.kind(*end) != Kind::OpenBrace)
    }

    /// What `declare` says is elsewhere.
    fn ambient(&self, at: usize) -> Option<usize> {
        match &*self.word(at) {
            "function" => self.ambient_function(at),
            "async" if self.word(at + 1) == "function" => self.ambient_function(at + 1),
            "module"
                if self.kind(at + 1) == Kind::String && self.kind(at + 2) != Kind::OpenBrace =>
            {
                Some(at + 2)
            }
            "const" if self.word(at + 1) == "enum" => self.block(at),
            "abstract" | "class" | "enum" | "global" | "interface" | "module" | "namespace" => {
                self.block(at)
            }
            "const" | "let" | "var" => self.variables(at),
            "type" => self.alias(at),
            _ => None,
        }
    }

    fn ambient_function(&self, at: usize) -> Option<usize> {
        let end = self.signature(at)?;
        if self.kind(end) == Kind::OpenBrace { Some(self.pair(end)? + 1) } else { Some(end) }
    }

    /// `function name<T>(…): T` at `at`.
    fn signature(&self, at: usize) -> Option<usize> {
        let mut end = at + 1;
        end += usize::from(self.kind(end) == Kind::Star);
        end += usize::from(self.kind(end) == Kind::Name);
        if self.kind(end) == Kind::Less {
            end = self.parameters_end(end)?;
        }
        self.call(end)
    }

    /// `(…): T` at `at`.
    pub(super) fn call(&self, at: usize) -> Option<usize> {
        if self.kind(at) != Kind::OpenParen {
            return None;
        }
        let end = self.pair(at)? + 1;
        if self.kind(end) == Kind::Colon { self.type_end(end + 1) } else { Some(end) }
    }

    /// `type name<T> = …` at `at`.
    fn alias(&self, at: usize) -> Option<usize> {
        if !self.is_named(at) {
            return None;
        }
        let mut end = at + 2;
        if self.kind(end) == Kind::Less {
            end = self.parameters_end(end)?;
        }
        if self.kind(end) == Kind::Assign { self.type_end(end + 1) } else { None }
    }

    /// Whatever ends with the next braces that are no part of a list of types.
    fn block(&self, at: usize) -> Option<usize> {
        let mut end = at + 1;
        loop {
            self.pay()?;
            match self.kind(end) {
                Kind::OpenBrace => return Some(self.pair(end)? + 1),
                Kind::Less => end = self.parameters_end(end)?,
                Kind::Name | Kind::String | Kind::Dot | Kind::Comma => end += 1,
                _ => return None,
            }
        }
    }

    /// `const a: T, b: T` at `at`.
    fn variables(&self, at: usize) -> Option<usize> {
        let mut end = at;
        loop {
            end = match self.kind(end + 1) {
                Kind::Name => end + 2,
                Kind::OpenBrace | Kind::OpenBracket => self.pair(end + 1)? + 1,
                _ => return None,
            };
            if self.kind(end) == Kind::Colon {
                end = self.type_end(end + 1)?;
            }
            // A constant's value, which is a literal.
            if self.kind(end) == Kind::Assign {
                end = self.type_end(end + 1)?;
            }
            if self.kind(end) != Kind::Comma {
                return Some(end);
            }
        }
    }

    /// `import type` at `at`.
    fn type_import(&self, at: usize) -> Option<usize> {
        let is_type = self.word(at + 1) == "type"
            && match self.kind(at + 2) {
                Kind::OpenBrace | Kind::Star => true,
                // `import type from "./a.js"` gives the name `type` to a value.
                Kind::Name => self.word(at + 2) != "from" || self.kind(at + 3) == Kind::Name,
                _ => false,
            };
        if is_type { self.source(at + 2) } else { None }
    }

    /// `type {…}` or `type *` at `at`, behind `export`.
    fn type_export(&self, at: usize) -> Option<usize> {
        match self.kind(at + 1) {
            Kind::OpenBrace => {
                let end = self.pair(at + 1)? + 1;
                if self.word(end) == "from" { self.source(end) } else { Some(end) }
            }
            Kind::Star => self.source(at + 1),
            _ => None,
        }
    }

    /// The names from `at` on, and the module that they come from.
    fn source(&self, at: usize) -> Option<usize> {
        let mut end = at;
        loop {
            self.pay()?;
            match self.kind(end) {
                Kind::Name if self.word(end) == "from" && self.kind(end + 1) == Kind::String => {
                    let end = end + 2;
                    let attributes =
                        self.word(end) == "with" && self.kind(end + 1) == Kind::OpenBrace;
                    return if attributes { Some(self.pair(end + 1)? + 1) } else { Some(end) };
                }
                // `import type A = require("a")`
                Kind::Name if self.word(end) == "require" => return self.call(end + 1),
                Kind::OpenBrace => end = self.pair(end)? + 1,
                Kind::Name | Kind::Comma | Kind::Star | Kind::Assign => end += 1,
                _ => return None,
            }
        }
    }

    /// Whether a name stands behind the word at `at`, on the same line.
    fn is_named(&self, at: usize) -> bool {
        self.kind(at + 1) == Kind::Name && !self.newline(at + 1)
    }
}
