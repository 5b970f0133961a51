//! Lists of statements.

use oxc_ast::ast::*;
use oxc_ast_visit::Visit;
use oxc_span::{GetSpan, Span};

use super::fate::{self, Fate};
use super::{Eraser, Waiting};

/// How a statement begins that the line before it could go on with. A `<` begins type parameters, and
/// a `(` follows them.
const GOES_ON: &[char] = &['(', '[', '`', '+', '-', '/', '<'];

impl<'a> Eraser<'_, 'a> {
    /// The statements of a function or of the module.
    pub(super) fn body(&mut self, directives: &[Directive<'a>], statements: &[Statement<'a>]) {
        let before = directives.last().map(|directive| directive.span);
        self.list(before, statements, true);
    }

    pub(super) fn statements(&mut self, statements: &[Statement<'a>]) {
        self.list(None, statements, false);
    }

    /// Statements after something that stays. At the beginning of a body a string alone would be a
    /// directive, were what is before it erased without a trace.
    fn list(&mut self, before: Option<Span>, statements: &[Statement<'a>], beginning: bool) {
        let mut before = before;
        let mut directives = beginning;
        // Erased since then: where the first one begins.
        let mut erased = None;
        for statement in statements {
            match fate::of_statement(statement) {
                Fate::Refused(construct, at) => self.refuse(at, construct),
                Fate::Erased => {
                    self.erase_statement(statement);
                    erased.get_or_insert(statement.span().start);
                }
                Fate::Kept => {
                    self.later(Waiting::Statement(self.alloc(statement)));
                    if let Some(erased) = erased.take() {
                        let joins = before.is_some_and(|before| !self.is_terminated(before))
                            && self.rest(statement.span().start).starts_with(GOES_ON);
                        if joins || directives && is_string(statement) {
                            self.mark(erased, ';');
                        }
                    }
                    before = Some(statement.span());
                    directives = false;
                }
            }
        }
    }

    /// The statement of an `if` or a loop, in whose place there must be one.
    pub(super) fn only_statement(&mut self, statement: &Statement<'a>) {
        match fate::of_statement(statement) {
            Fate::Refused(construct, at) => self.refuse(at, construct),
            Fate::Kept => self.later(Waiting::Statement(self.alloc(statement))),
            Fate::Erased => {
                self.erase_statement(statement);
                self.mark(statement.span().start, ';');
            }
        }
    }
}

/// Whether it is nothing but a string.
fn is_string(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::ExpressionStatement(it) => matches!(it.expression, Expression::StringLiteral(_)),
        _ => false,
    }
}
