//! Values with expressions in them.

mod locate;
mod parse;

use serde_json::Value as Json;

use crate::expression::{Expression, Operand};

pub(crate) use parse::{read, refuse_expression, refuse_steps};

/// A value in which strings may hold expressions.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub(crate) form: Form,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Form {
    /// Without expressions.
    Literal(Json),
    /// A string that is exactly one expression: gives the typed value.
    Value(Expression),
    /// A longer string: gives text.
    Text(Vec<Piece>),
    List(Vec<Form>),
    Object(Vec<(String, Form)>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    Text(String),
    Value(Expression),
}

impl Template {
    pub(crate) fn literal(value: Json) -> Self {
        Template { form: Form::Literal(value) }
    }

    /// The value, if it holds no expression.
    pub fn as_literal(&self) -> Option<&Json> {
        match &self.form {
            Form::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// The expressions in it, in order.
    pub(crate) fn expressions(&self) -> Vec<&Expression> {
        let mut found = Vec::new();
        self.form.collect(&mut found);
        found
    }
}

impl Form {
    fn collect<'a>(&'a self, found: &mut Vec<&'a Expression>) {
        match self {
            Form::Literal(_) => {}
            Form::Value(expression) => found.push(expression),
            Form::Text(pieces) => found.extend(pieces.iter().filter_map(|piece| match piece {
                Piece::Text(_) => None,
                Piece::Value(expression) => Some(expression),
            })),
            Form::List(items) => items.iter().for_each(|item| item.collect(found)),
            Form::Object(entries) => entries.iter().for_each(|(_, item)| item.collect(found)),
        }
    }
}

impl Expression {
    /// The step whose result or outcome it uses.
    pub(crate) fn step(&self) -> Option<usize> {
        match &self.operand {
            Operand::Result(step, _) | Operand::Outcome(step) => Some(*step),
            Operand::Literal(_) | Operand::Input(_) => None,
        }
    }
}
