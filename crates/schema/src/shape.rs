//! A schema as far as it says which parts of it meet which parts of a value.

use std::collections::BTreeMap;

/// One schema, by its index in a [`Shapes`].
pub(crate) type Index = usize;

/// All schemas of one, the whole of it first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shapes {
    pub(crate) all: Vec<Shape>,
    /// Whether there are alternatives, which make a mismatch costly to explain.
    pub(crate) alternatives: bool,
}

/// What one schema costs, and where it leads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// Steps for any value: one, and one for each thing that it may be compared with.
    pub(crate) own: u64,
    /// Whether a pattern runs over a string.
    pub(crate) pattern: bool,
    /// Whether items are compared with each other.
    pub(crate) unique: bool,
    /// Patterns that run over each key.
    pub(crate) key_patterns: u64,
    /// About the same value: `allOf`, `anyOf`, `oneOf`, `not`, `if`, `then`, `else`,
    /// `dependentSchemas`, `$ref`.
    pub(crate) here: Vec<Index>,
    /// About the value of a key.
    pub(crate) properties: BTreeMap<String, Index>,
    /// About the value of any key: `patternProperties`, `additionalProperties`.
    pub(crate) any_property: Vec<Index>,
    /// About each key itself.
    pub(crate) names: Option<Index>,
    /// About the item of a place.
    pub(crate) prefix: Vec<Index>,
    /// About any item: `items`, `contains`.
    pub(crate) any_item: Vec<Index>,
}
