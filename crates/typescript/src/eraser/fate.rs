//! What becomes of a statement.

use oxc_ast::ast::*;
use oxc_span::Span;

use super::construct::Construct;

/// What becomes of something that stands for itself.
pub(super) enum Fate {
    /// It stays, without the types in it.
    Kept,
    /// It is all type.
    Erased,
    /// It is neither, and the construct begins there.
    Refused(Construct, u32),
}

pub(super) fn of_statement(statement: &Statement<'_>) -> Fate {
    match statement {
        Statement::ImportDeclaration(it) => erased_if(it.import_kind.is_type()),
        Statement::ExportAllDeclaration(it) => erased_if(it.export_kind.is_type()),
        Statement::ExportNamedDeclaration(it) => erased_if(it.export_kind.is_type()),
        Statement::ExportFromDeclaration(it) => erased_if(it.export_kind.is_type()),
        Statement::ExportDeclaration(it) => of_declaration(&it.declaration),
        Statement::ExportDefaultDeclaration(it) => match &it.declaration {
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => Fate::Erased,
            ExportDefaultDeclarationKind::FunctionDeclaration(it) => of_function(it),
            _ => Fate::Kept,
        },
        Statement::TSNamespaceExportDeclaration(_) => Fate::Erased,
        Statement::TSExportAssignment(it) => {
            Fate::Refused(Construct::ExportAssignment, it.span.start)
        }
        _ => statement.as_declaration().map_or(Fate::Kept, of_declaration),
    }
}

fn of_declaration(declaration: &Declaration<'_>) -> Fate {
    match declaration {
        Declaration::VariableDeclaration(it) => erased_if(it.declare),
        Declaration::FunctionDeclaration(it) => of_function(it),
        Declaration::ClassDeclaration(it) => erased_if(it.declare),
        Declaration::TSTypeAliasDeclaration(_)
        | Declaration::TSInterfaceDeclaration(_)
        | Declaration::TSExternalModuleDeclaration(_)
        | Declaration::TSGlobalDeclaration(_) => Fate::Erased,
        Declaration::TSEnumDeclaration(it) => erased_or(it.declare, Construct::Enum, it.span),
        Declaration::TSNamespaceDeclaration(it) => of_namespace(it),
        Declaration::TSImportEqualsDeclaration(it) => {
            let construct = if it.module_reference.is_external() {
                Construct::ImportRequire
            } else {
                Construct::ImportAlias
            };
            erased_or(it.import_kind.is_type(), construct, it.span)
        }
    }
}

/// A function without a body says how another one can be called, or that one is elsewhere.
fn of_function(function: &Function<'_>) -> Fate {
    erased_if(function.declare || function.body.is_none())
}

fn of_namespace(namespace: &TSNamespaceDeclaration<'_>) -> Fate {
    if namespace.kind == TSNamespaceDeclarationKind::Module {
        return Fate::Refused(Construct::Module, namespace.span.start);
    }
    let erased = namespace.declare || has_only_types(namespace);
    erased_or(erased, Construct::Namespace, namespace.span)
}

/// Whether nothing is left of a namespace at run time. Namespaces in it are not looked into by a
/// call of its own, since they can be as deep as the text is long.
fn has_only_types(namespace: &TSNamespaceDeclaration<'_>) -> bool {
    let mut namespaces = vec![namespace];
    while let Some(namespace) = namespaces.pop() {
        let block = match &namespace.body {
            TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                namespaces.push(inner);
                continue;
            }
            TSNamespaceDeclarationBody::TSModuleBlock(block) => block,
        };
        for statement in &block.body {
            let declaration = match statement {
                Statement::ExportDeclaration(it) => Some(&it.declaration),
                _ => statement.as_declaration(),
            };
            match declaration {
                Some(
                    Declaration::TSTypeAliasDeclaration(_) | Declaration::TSInterfaceDeclaration(_),
                ) => {}
                Some(Declaration::TSNamespaceDeclaration(inner)) => {
                    if !inner.declare {
                        namespaces.push(inner);
                    }
                }
                _ => return false,
            }
        }
    }
    true
}

fn erased_if(erased: bool) -> Fate {
    if erased { Fate::Erased } else { Fate::Kept }
}

fn erased_or(erased: bool, construct: Construct, span: Span) -> Fate {
    if erased { Fate::Erased } else { Fate::Refused(construct, span.start) }
}

/// Whether a member of a class is all type.
pub(super) fn is_member_erased(member: &ClassElement<'_>) -> bool {
    match member {
        ClassElement::StaticBlock(_) => false,
        ClassElement::MethodDefinition(it) => it.r#type.is_abstract() || it.value.body.is_none(),
        ClassElement::PropertyDefinition(it) => {
            it.declare || it.r#type == PropertyDefinitionType::TSAbstractPropertyDefinition
        }
        ClassElement::AccessorProperty(it) => it.r#type.is_abstract(),
        ClassElement::TSIndexSignature(_) => true,
    }
}
