//! The walk that finds the types of a file.

use std::borrow::Cow;
use std::ops::Range;

use super::reader::Reader;
use crate::scan::context::Context;
use crate::scan::token::Kind;
use crate::scan::view::View;

/// A walk over the tokens. The context is told of those that stay, and so stands where it would stand
/// in the same program without types.
pub(super) struct Eraser<'a> {
    pub(super) read: Reader<'a>,
    pub(super) context: Context,
    /// What was taken out, in bytes.
    erased: Vec<Range<usize>>,
    /// Open lists of parameters: where each closes, and how many brackets are open in it.
    parameters: Vec<(usize, usize)>,
    /// A method's type parameters and parameters, which come next.
    pub(super) heading: Option<Heading>,
    /// At how many open brackets something was declared with `let` and its kin.
    declared: Vec<usize>,
    /// At how many open brackets a `case` waits for its `:`.
    case: Option<usize>,
    /// The first token of the statement.
    begun: usize,
    /// The last token that stayed.
    last: Option<usize>,
}

/// Where the parts of a method's heading begin.
#[derive(Clone, Copy)]
pub(super) struct Heading {
    pub(super) types: usize,
    pub(super) parameters: usize,
}

impl<'a> Eraser<'a> {
    pub(super) fn new(view: View<'a>) -> Self {
        Eraser {
            read: Reader::new(view),
            context: Context::new(),
            erased: Vec::new(),
            parameters: Vec::new(),
            heading: None,
            declared: Vec::new(),
            case: None,
            begun: 0,
            last: None,
        }
    }

    /// What is to be taken out, in bytes.
    pub(super) fn run(mut self) -> Vec<Range<usize>> {
        let mut at = 0;
        while at < self.read.view.len() {
            at = self.step(at).max(at + 1);
        }
        self.erased
    }

    /// Looks at one token; returns the index of the next one to look at.
    fn step(&mut self, at: usize) -> usize {
        let kind = self.read.kind(at);
        if self.context.at_key(self.read.newline(at)) && is_key(kind) {
            return self.member(at);
        }
        match kind {
            Kind::Name if !self.context.after_dot() => self.name(at),
            Kind::Less => self.less(at),
            Kind::Bang if self.context.has_operand() && !self.read.newline(at) => {
                self.erase(at, at + 1)
            }
            Kind::Question if self.is_optional(at) => self.erase(at, at + 1),
            Kind::Colon if self.is_annotation() => self.annotation(at),
            Kind::OpenParen => self.open_paren(at),
            Kind::CloseParen => self.close_paren(at),
            _ => self.keep(at),
        }
    }

    fn name(&mut self, at: usize) -> usize {
        let word = self.read.word(at);
        if self.begins_statement(at) {
            self.begun = at;
            if let Some(end) = self.declaration(at) {
                return self.erase(at, end);
            }
            match &*word {
                "import" | "export" => return self.clause(at),
                "abstract" if self.read.word(at + 1) == "class" => return self.erase(at, at + 1),
                "case" => self.case = Some(self.context.depth()),
                _ => {}
            }
        }
        let after_operand = self.context.has_operand();
        match &*word {
            "let" | "const" | "var" if self.declared.last() != Some(&self.context.depth()) => {
                self.declared.push(self.context.depth());
            }
            "as" | "satisfies" if after_operand && !self.read.newline(at) && !self.in_heading() => {
                if let Some(end) = self.read.type_end(at + 1) {
                    return self.erase(at, end);
                }
            }
            "implements" if after_operand && self.context.heads_class() => {
                return self.implements(at);
            }
            _ => {}
        }
        self.keep(at)
    }

    /// Whether a statement begins with the name at `at`. On a new line it does where the statement
    /// before could end.
    fn begins_statement(&mut self, at: usize) -> bool {
        let ended = self.read.newline(at)
            && self.context.has_operand()
            && self.context.in_block()
            && !self.in_heading()
            && !matches!(&*self.read.word(at), "in" | "instanceof");
        if ended {
            self.context.end_statement();
        }
        self.context.at_statement()
    }

    /// Whether the heading of a declaration is open, in which the next word can be its name.
    fn in_heading(&self) -> bool {
        let declares = matches!(&*self.last_word(), "const" | "let" | "var");
        declares || self.context.heads_function() || self.context.heads_class()
    }

    fn implements(&mut self, at: usize) -> usize {
        let mut end = at;
        while let Some(next) = self.read.type_end(end + 1) {
            end = next;
            if self.read.kind(end) != Kind::Comma {
                return self.erase(at, end);
            }
        }
        self.keep(at)
    }

    /// `<`, which compares, or opens type parameters or arguments.
    fn less(&mut self, at: usize) -> usize {
        if let Some(heading) = self.heading
            && heading.types == at
        {
            return self.erase(at, heading.parameters);
        }
        let found = if self.declares_types() {
            self.read.parameters_end(at)
        } else if self.last_kind() == Kind::Less {
            // The second half of `<<`.
            None
        } else if !self.context.has_operand() || self.last_word() == "async" {
            let end = self.read.parameters_end(at);
            end.filter(|end| self.read.kind(*end) == Kind::OpenParen)
        } else {
            self.read.arguments_end(at).filter(|end| self.follows_arguments(*end))
        };
        match found {
            Some(end) => self.erase(at, end),
            None => self.keep(at),
        }
    }

    /// Whether the heading of a function or class is where its type parameters are.
    fn declares_types(&self) -> bool {
        let named = self.last.is_some_and(|last| {
            let before = last.checked_sub(1).map(|before| self.read.word(before));
            self.read.word(last) == "class" || before.as_deref() == Some("class")
        });
        self.context.heads_function() || (named && self.context.heads_class())
    }

    /// Whether what stands at `at` can follow type arguments: TypeScript's own rule, by which the
    /// other brackets compare.
    fn follows_arguments(&self, at: usize) -> bool {
        let newline = self.read.newline(at);
        match self.read.kind(at) {
            Kind::Less | Kind::Greater | Kind::Step => false,
            Kind::Other => !matches!(self.read.view.raw(at), "+" | "-"),
            Kind::Name => {
                let goes_on = ["as", "satisfies", "in", "instanceof", "of", "implements"];
                newline || goes_on.contains(&&*self.read.word(at))
            }
            Kind::OpenBrace => newline || self.context.heads_class(),
            Kind::String
            | Kind::Number
            | Kind::Regex
            | Kind::Private
            | Kind::OpenBracket
            | Kind::Bang => newline,
            _ => true,
        }
    }

    /// `?` behind a parameter or member: no operand follows.
    fn is_optional(&self, at: usize) -> bool {
        let member = self.heading.is_some_and(|heading| heading.types == at + 1);
        let next = self.read.kind(at + 1);
        member || matches!(next, Kind::Colon | Kind::Comma | Kind::CloseParen | Kind::Semicolon)
    }

    /// Whether a `:` here comes before a type: behind a parameter, a field, or a declared name. There
    /// it belongs to no `?`, label or `case`.
    fn is_annotation(&mut self) -> bool {
        if self.context.in_ternary() {
            return false;
        }
        let depth = self.context.depth();
        let parameters = self.parameters.last().map(|(_, depth)| *depth);
        if parameters == Some(depth) || self.context.in_class() {
            return true;
        }
        if self.case == Some(depth) {
            self.case = None;
            return false;
        }
        let label = self.last == Some(self.begun);
        !label && self.declared.last() == Some(&depth)
    }

    /// Forgets what was declared in brackets that are closed.
    fn leave(&mut self) {
        let depth = self.context.depth();
        while self.declared.last().is_some_and(|declared| *declared > depth) {
            self.declared.pop();
        }
    }

    fn annotation(&mut self, at: usize) -> usize {
        match self.read.type_end(at + 1) {
            Some(end) => self.erase(at, end),
            None => self.keep(at),
        }
    }

    fn open_paren(&mut self, at: usize) -> usize {
        let method = self.heading.is_some_and(|heading| heading.parameters == at);
        if let Some(close) = self.read.pair(at)
            && (method
                || self.context.heads_function()
                || self.last_word() == "catch"
                || self.is_arrow(at, close))
        {
            self.parameters.push((close, self.context.depth() + 1));
            let next = self.keep(at);
            return self.this(next);
        }
        self.keep(at)
    }

    /// `this` among the parameters at `at` says what it is, and is none itself.
    fn this(&mut self, at: usize) -> usize {
        if self.read.word(at) != "this" || self.read.kind(at + 1) != Kind::Colon {
            return at;
        }
        let Some(end) = self.read.type_end(at + 2) else { return at };
        self.erase(at, end + usize::from(self.read.kind(end) == Kind::Comma))
    }

    /// Whether the brackets at `at` and `close` have an arrow function's parameters.
    fn is_arrow(&self, at: usize, close: usize) -> bool {
        if self.context.has_operand() && self.last_word() != "async" {
            return false;
        }
        match self.read.kind(close + 1) {
            Kind::Arrow => true,
            // In `a ? (b) : c => d` the `:` is that of the `?`.
            Kind::Colon if !self.context.in_ternary() || self.begins_with_type(at + 1) => {
                let end = self.read.type_end(close + 2);
                end.is_some_and(|end| self.read.kind(end) == Kind::Arrow)
            }
            _ => false,
        }
    }

    /// Whether a parameter at `at` has a type.
    fn begins_with_type(&self, at: usize) -> bool {
        let name = at + usize::from(self.read.view.raw(at) == "...");
        let after = name + 1 + usize::from(self.read.kind(name + 1) == Kind::Question);
        self.read.kind(name) == Kind::Name && self.read.kind(after) == Kind::Colon
    }

    fn close_paren(&mut self, at: usize) -> usize {
        while self.parameters.last().is_some_and(|(close, _)| *close < at) {
            self.parameters.pop();
        }
        let ends = self.parameters.last().is_some_and(|(close, _)| *close == at);
        let next = self.keep(at);
        if !ends {
            return next;
        }
        self.parameters.pop();
        match self.read.kind(next) {
            Kind::Colon => self.annotation(next),
            _ => next,
        }
    }

    /// The last word that stayed, unless it was a member's.
    fn last_word(&self) -> Cow<'a, str> {
        let Some(last) = self.last else { return "".into() };
        let dotted = matches!(self.read.view.kind_before(last, 1), Kind::Dot | Kind::OptionalDot);
        if dotted { "".into() } else { self.read.word(last) }
    }

    fn last_kind(&self) -> Kind {
        self.last.map_or(Kind::End, |last| self.read.kind(last))
    }

    /// Takes out the tokens from `at` to before `end`, and returns `end`.
    pub(super) fn erase(&mut self, at: usize, end: usize) -> usize {
        if let Some(last) = end.checked_sub(1).filter(|last| *last >= at) {
            let span = self.read.view.span(at, last);
            self.erased.push(span.start..span.end);
        }
        end
    }

    /// Leaves the token at `at`, and returns the index of the next one.
    pub(super) fn keep(&mut self, at: usize) -> usize {
        let key = self.context.at_key(self.read.newline(at));
        self.keep_as(at, key)
    }

    /// Leaves a token that is a member's name or not.
    pub(super) fn keep_as(&mut self, at: usize, key: bool) -> usize {
        let token = self.read.view.token(at);
        match token.kind {
            Kind::Name => {
                let word = if token.is_escaped() { "" } else { self.read.view.raw(at) };
                self.context.name(word, key);
            }
            Kind::TemplatePart => {
                if !self.read.opens_template(at) {
                    self.context.close_template();
                }
                if self.read.view.raw(at).ends_with("${") {
                    self.context.open_template();
                } else {
                    self.context.literal();
                }
            }
            Kind::Private | Kind::Number | Kind::String | Kind::Template | Kind::Regex => {
                self.context.literal();
            }
            _ => self.context.punctuation(token),
        }
        self.leave();
        self.last = Some(at);
        at + 1
    }
}

/// Whether a member's name can begin so.
fn is_key(kind: Kind) -> bool {
    matches!(kind, Kind::Name | Kind::String | Kind::Number | Kind::Private | Kind::OpenBracket)
}
