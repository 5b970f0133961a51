//! Expressions: `${{ inputs.x }}`, `${{ steps.id.result.path.to[0] }}`, `${{ steps.id.outcome }}`
//! and literals. There is nothing else: no operators, no functions, no loops.

mod cursor;
mod parse;

use aether_source::Span;
use serde_json::Value as Json;

pub(crate) use parse::{Parsed, parse};

/// Longest expression, in bytes between its braces. Against files that hide much in one line.
pub const MAX_EXPRESSION: usize = 512;

/// Most steps of a path into a result. Results nest no deeper than messages may.
pub const MAX_PATH: usize = 32;

/// An expression whose names have been found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    pub(crate) operand: Operand,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Literal(Json),
    /// Index of the input.
    Input(usize),
    /// Index of the step, and the way into its result.
    Result(usize, Vec<PathStep>),
    /// Index of the step.
    Outcome(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PathStep {
    Key(String),
    Index(usize),
}

/// The names expressions may use, each with its index.
pub(crate) trait Names {
    fn input(&self, name: &str) -> Option<usize>;
    fn step(&self, name: &str) -> Option<usize>;
    fn near_input(&self, name: &str) -> Option<String>;
    fn near_step(&self, name: &str) -> Option<String>;
}
