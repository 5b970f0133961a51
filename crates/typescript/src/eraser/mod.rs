//! Finds what a program has of types.

mod class;
mod construct;
mod expression;
mod fate;
mod function;
mod statement;

use oxc_allocator::ArenaVec;
use oxc_ast::ast::*;
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};

use crate::edits::Edits;
use crate::problem::Problem;
use crate::text::gap;
use construct::Construct;

/// What is to be erased of a program, or the first construct in it that cannot be.
pub(crate) fn edits(source: &str, program: &Program<'_>) -> Result<Edits, Problem> {
    let mut eraser = Eraser {
        source,
        edits: Edits::default(),
        refused: None,
        inside_type: false,
        waiting: Vec::new(),
    };
    eraser.visit_program(program);
    eraser.run();
    match eraser.refused {
        Some((at, construct)) => Err(construct.problem(source, at as usize)),
        None => Ok(eraser.edits),
    }
}

/// A walk through a program. It is never in the middle of more than one of those nodes that can
/// contain themselves: others wait, so that it needs the same stack for every program.
struct Eraser<'s, 'a> {
    source: &'s str,
    edits: Edits,
    /// The first construct that cannot be erased, and where it is.
    refused: Option<(u32, Construct)>,
    /// Whether all that it comes to is in something that is erased.
    inside_type: bool,
    waiting: Vec<(Waiting<'a>, bool)>,
}

/// A node to walk through later.
enum Waiting<'a> {
    Statement(&'a Statement<'a>),
    Expression(&'a Expression<'a>),
    Pattern(&'a BindingPattern<'a>),
    Target(&'a AssignmentTarget<'a>),
    Type(&'a TSType<'a>),
}

impl<'s, 'a> Eraser<'s, 'a> {
    fn run(&mut self) {
        while let Some((node, inside_type)) = self.waiting.pop() {
            self.inside_type = inside_type;
            match node {
                Waiting::Statement(it) => walk::walk_statement(self, it),
                Waiting::Expression(it) => walk::walk_expression(self, it),
                Waiting::Pattern(it) => walk::walk_binding_pattern(self, it),
                Waiting::Target(it) => walk::walk_assignment_target(self, it),
                Waiting::Type(it) => walk::walk_ts_type(self, it),
            }
        }
    }

    fn later(&mut self, node: Waiting<'a>) {
        self.waiting.push((node, self.inside_type));
    }

    /// Erases a whole statement. What is in it is only looked at.
    fn erase_statement(&mut self, statement: &Statement<'a>) {
        self.blank(statement.span());
        self.waiting.push((Waiting::Statement(self.alloc(statement)), true));
    }

    /// Erases a whole member of a class.
    fn erase_member(&mut self, member: &ClassElement<'a>) {
        self.blank(member.span());
        let inside_type = std::mem::replace(&mut self.inside_type, true);
        walk::walk_class_element(self, member);
        self.inside_type = inside_type;
    }

    fn refuse(&mut self, at: u32, construct: Construct) {
        if self.inside_type && !construct.is_mistake() {
            return;
        }
        if self.refused.is_none_or(|(first, _)| at < first) {
            self.refused = Some((at, construct));
        }
    }

    fn blank(&mut self, span: Span) {
        self.blank_from(span.start, span.end);
    }

    fn blank_from(&mut self, start: u32, end: u32) {
        if !self.inside_type {
            self.edits.blank(start, end);
        }
    }

    fn mark(&mut self, at: u32, character: char) {
        if !self.inside_type {
            self.edits.mark(at, character);
        }
    }

    /// Erases a character that is the next token from here, and tells where it is.
    fn blank_next(&mut self, from: u32, character: char) -> Option<u32> {
        let at = gap(self.source, from as usize).end as u32;
        let found = self.rest(at).starts_with(character);
        found.then(|| {
            self.blank_from(at, at + 1);
            at
        })
    }

    /// Erases a part of a list, and the comma after it.
    fn list_item(&mut self, span: Span) {
        let comma = self.blank_next(span.end, ',');
        self.blank_from(span.start, comma.map_or(span.end, |comma| comma + 1));
    }

    /// The text from here on.
    fn rest(&self, from: u32) -> &'s str {
        self.source.get(from as usize..).unwrap_or_default()
    }

    fn contains_line_end(&self, start: u32, end: u32) -> bool {
        let text = self.source.get(start as usize..end as usize);
        text.is_some_and(|text| text.contains(crate::text::ends_line))
    }

    /// Whether the last token of something that stays is a `;`.
    fn is_terminated(&self, span: Span) -> bool {
        self.source.as_bytes().get((span.end as usize).wrapping_sub(1)) == Some(&b';')
    }
}

impl<'a> Visit<'a> for Eraser<'_, 'a> {
    fn visit_program(&mut self, it: &Program<'a>) {
        self.body(&it.directives, &it.body);
    }

    fn visit_function_body(&mut self, it: &FunctionBody<'a>) {
        self.body(&it.directives, &it.statements);
    }

    fn visit_statements(&mut self, it: &ArenaVec<'a, Statement<'a>>) {
        self.statements(it);
    }

    fn visit_statement(&mut self, it: &Statement<'a>) {
        self.only_statement(it);
    }

    fn visit_expression(&mut self, it: &Expression<'a>) {
        self.later(Waiting::Expression(self.alloc(it)));
    }

    fn visit_binding_pattern(&mut self, it: &BindingPattern<'a>) {
        self.later(Waiting::Pattern(self.alloc(it)));
    }

    fn visit_assignment_target(&mut self, it: &AssignmentTarget<'a>) {
        self.later(Waiting::Target(self.alloc(it)));
    }

    fn visit_import_specifier(&mut self, it: &ImportSpecifier<'a>) {
        if it.import_kind.is_type() {
            self.list_item(it.span);
        }
    }

    fn visit_export_specifier(&mut self, it: &ExportSpecifier<'a>) {
        if it.export_kind.is_type() {
            self.list_item(it.span);
        }
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        if it.definite {
            self.blank_next(it.id.span().end, '!');
        }
        walk::walk_variable_declarator(self, it);
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        self.class(it);
    }

    fn visit_class_body(&mut self, it: &ClassBody<'a>) {
        self.members(it);
    }

    fn visit_method_definition(&mut self, it: &MethodDefinition<'a>) {
        self.method(it);
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        self.field(it);
    }

    fn visit_accessor_property(&mut self, it: &AccessorProperty<'a>) {
        self.accessor(it);
    }

    fn visit_decorator(&mut self, it: &Decorator<'a>) {
        self.refuse(it.span.start, Construct::Decorator);
    }

    fn visit_formal_parameter(&mut self, it: &FormalParameter<'a>) {
        self.parameter(it);
    }

    fn visit_ts_this_parameter(&mut self, it: &TSThisParameter<'a>) {
        self.list_item(it.span);
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        self.arrow_function(it);
    }

    fn visit_binary_expression(&mut self, it: &BinaryExpression<'a>) {
        self.binary(it);
    }

    fn visit_ts_as_expression(&mut self, it: &TSAsExpression<'a>) {
        self.assertion(&it.expression, it.span);
        self.visit_ts_type(&it.type_annotation);
    }

    fn visit_ts_satisfies_expression(&mut self, it: &TSSatisfiesExpression<'a>) {
        self.assertion(&it.expression, it.span);
        self.visit_ts_type(&it.type_annotation);
    }

    fn visit_ts_non_null_expression(&mut self, it: &TSNonNullExpression<'a>) {
        self.blank_next(it.expression.span().end, '!');
        self.visit_expression(&it.expression);
    }

    fn visit_ts_type_assertion(&mut self, it: &TSTypeAssertion<'a>) {
        self.refuse(it.span.start, Construct::Assertion);
    }

    fn visit_ts_type_annotation(&mut self, it: &TSTypeAnnotation<'a>) {
        self.blank(it.span);
        walk::walk_ts_type_annotation(self, it);
    }

    fn visit_ts_type_parameter_declaration(&mut self, it: &TSTypeParameterDeclaration<'a>) {
        self.blank(it.span);
        walk::walk_ts_type_parameter_declaration(self, it);
    }

    fn visit_ts_type_parameter_instantiation(&mut self, it: &TSTypeParameterInstantiation<'a>) {
        self.blank(it.span);
        walk::walk_ts_type_parameter_instantiation(self, it);
    }

    // What follows is in types only. They are looked at for what is none, and yet was taken for one.

    fn visit_ts_type(&mut self, it: &TSType<'a>) {
        self.waiting.push((Waiting::Type(self.alloc(it)), true));
    }

    fn visit_ts_function_type(&mut self, it: &TSFunctionType<'a>) {
        self.arrow(&it.return_type);
        walk::walk_ts_function_type(self, it);
    }

    fn visit_ts_constructor_type(&mut self, it: &TSConstructorType<'a>) {
        self.arrow(&it.return_type);
        walk::walk_ts_constructor_type(self, it);
    }

    fn visit_js_doc_nullable_type(&mut self, it: &JSDocNullableType<'a>) {
        self.refuse(it.span.start, Construct::DocumentationType);
    }

    fn visit_js_doc_non_nullable_type(&mut self, it: &JSDocNonNullableType<'a>) {
        self.refuse(it.span.start, Construct::DocumentationType);
    }

    fn visit_js_doc_unknown_type(&mut self, it: &JSDocUnknownType) {
        self.refuse(it.span.start, Construct::DocumentationType);
    }

    // Names, which contain one another without a limit, and nothing else.

    fn visit_ts_type_name(&mut self, _: &TSTypeName<'a>) {}

    fn visit_ts_import_type_qualifier(&mut self, _: &TSImportTypeQualifier<'a>) {}

    fn visit_ts_module_reference(&mut self, _: &TSModuleReference<'a>) {}
}
