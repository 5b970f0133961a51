//! Types in expressions.

use oxc_ast::ast::*;
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};

use super::Eraser;
use super::construct::Construct;
use crate::text::gap;

impl<'a> Eraser<'_, 'a> {
    /// `expression as T` and `expression satisfies T`, spanning so far.
    pub(super) fn assertion(&mut self, expression: &Expression<'a>, span: Span) {
        let end = expression.span().end;
        self.blank_from(end, span.end);
        // The end of the type was the end of the statement: a type goes on in no such way.
        let next = gap(self.source, span.end as usize);
        let rest = self.source.get(next.end..).unwrap_or_default();
        if next.newline && rest.starts_with(['(', '[', '`']) {
            self.mark(end, ';');
        }
        self.visit_expression(expression);
    }

    /// A type on the left of `**` keeps it from taking the operand inside of what has the type.
    pub(super) fn binary(&mut self, it: &BinaryExpression<'a>) {
        if it.operator == BinaryOperator::Exponential
            && let Some(inner) = without_types(&it.left)
            && matches!(
                inner,
                Expression::UnaryExpression(_)
                    | Expression::AwaitExpression(_)
                    | Expression::BinaryExpression(_)
            )
        {
            self.refuse(it.span.start, Construct::Power);
        }
        walk::walk_binary_expression(self, it);
    }
}

/// What is left of an expression that has a type, without it.
fn without_types<'e, 'a>(expression: &'e Expression<'a>) -> Option<&'e Expression<'a>> {
    let mut inner = expression;
    loop {
        inner = match inner {
            Expression::TSAsExpression(it) => &it.expression,
            Expression::TSSatisfiesExpression(it) => &it.expression,
            Expression::TSNonNullExpression(it) => &it.expression,
            Expression::TSInstantiationExpression(it) => &it.expression,
            _ => return (!std::ptr::eq(inner, expression)).then_some(inner),
        };
    }
}
