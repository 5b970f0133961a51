//! What is more than a type.

use crate::problem::{Problem, ProblemKind};

/// A construct of TypeScript that has a meaning at run time, so that erasing it, or the types around
/// it, would make another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Construct {
    Enum,
    Namespace,
    Module,
    ParameterProperty,
    ImportRequire,
    ImportAlias,
    ExportAssignment,
    Assertion,
    Decorator,
    Power,
    /// Something that the parser has taken for a function type.
    NoArrow,
    /// Something that is a type in a comment only.
    DocumentationType,
}

impl Construct {
    pub(super) fn problem(self, source: &str, offset: usize) -> Problem {
        let kind = if self.is_mistake() { ProblemKind::Syntax } else { ProblemKind::Unsupported };
        Problem::new(kind, source, offset, self.message()).with_help(self.help())
    }

    /// Whether it is no TypeScript, though the parser has nothing against it.
    pub(super) fn is_mistake(self) -> bool {
        matches!(self, Self::NoArrow | Self::DocumentationType)
    }

    fn message(self) -> &'static str {
        match self {
            Self::Enum => "an `enum` is more than a type, and cannot be erased",
            Self::Namespace => {
                "a `namespace` with values is more than a type, and cannot be erased"
            }
            Self::Module => "`module` with a name is an old way to write `namespace`",
            Self::ParameterProperty => "a parameter property assigns a field, and cannot be erased",
            Self::ImportRequire => "`import … = require()` loads a module, and cannot be erased",
            Self::ImportAlias => "`import … =` defines a variable, and cannot be erased",
            Self::ExportAssignment => "`export =` is no export of a JavaScript module",
            Self::Assertion => "`<T>value` cannot be erased safely",
            Self::Decorator => "decorators are not part of JavaScript yet",
            Self::Power => "without the type, `**` would take other operands",
            Self::NoArrow => "what is before this is read as a type, which goes on with `=>`",
            Self::DocumentationType => "this is read as a type, and is one in comments only",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Enum => {
                "write `const Name = { A: 0, B: 1 } as const`, and \
                 `type Name = (typeof Name)[keyof typeof Name]`"
            }
            Self::Namespace => {
                "write a module of its own, an object, or `declare namespace` if the values are \
                 elsewhere"
            }
            Self::Module => "write `namespace`",
            Self::ParameterProperty => {
                "declare the field in the class, and assign it in the constructor"
            }
            Self::ImportRequire => {
                "write `import name from \"…\"` or `import * as name from \"…\"`"
            }
            Self::ImportAlias => "write `const`, or `type` if it names a type",
            Self::ExportAssignment => "write `export default`",
            Self::Assertion => "write `value as T`",
            Self::Decorator => "call the function: `const Name = decorate(class { … })`",
            Self::Power => "put the left operand into brackets",
            Self::NoArrow | Self::DocumentationType => {
                "if it is a comparison, put its operands into brackets"
            }
        }
    }
}
