//! Parameters and arrow functions.

use oxc_ast::ast::*;
use oxc_ast_visit::walk;
use oxc_span::GetSpan;

use super::Eraser;
use super::construct::Construct;

impl<'a> Eraser<'_, 'a> {
    pub(super) fn parameter(&mut self, it: &FormalParameter<'a>) {
        if it.accessibility.is_some() || it.readonly || it.r#override {
            self.refuse(it.span.start, Construct::ParameterProperty);
        }
        if it.optional {
            self.blank_next(it.pattern.span().end, '?');
        }
        walk::walk_formal_parameter(self, it);
    }

    /// No line may end between `async` and `(`, nor between `)` and `=>`, nor after `return` if
    /// something follows. Where lines of types remain there, the bracket moves beyond them.
    pub(super) fn arrow_function(&mut self, it: &ArrowFunctionExpression<'a>) {
        let brackets = it.params.span;
        if let Some(types) = &it.type_parameters
            && self.contains_line_end(types.span.start, brackets.start)
        {
            self.mark(types.span.start, '(');
            self.blank_from(brackets.start, brackets.start + 1);
        }
        if let Some(result) = &it.return_type
            && self.contains_line_end(brackets.end, result.span.end)
        {
            self.blank_from(brackets.end - 1, result.span.end);
            self.mark(self.last_character(result.span), ')');
        }
        walk::walk_arrow_function_expression(self, it);
    }

    /// The result of a function type begins with its arrow. The parser takes any token for one, and so
    /// comparisons for types: `a < (b = c) && d > (e)`.
    pub(super) fn arrow(&mut self, result: &TSTypeAnnotation<'a>) {
        if !self.rest(result.span.start).starts_with("=>") {
            self.refuse(result.span.start, Construct::NoArrow);
        }
    }

    /// Where the last character of a part of the text begins.
    fn last_character(&self, span: oxc_span::Span) -> u32 {
        let text = self.source.get(..span.end as usize).unwrap_or_default();
        let length = text.chars().next_back().map_or(0, char::len_utf8);
        (text.len() - length) as u32
    }
}
