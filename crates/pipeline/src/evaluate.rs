//! From templates to values, once what they use is known.

use std::borrow::Cow;

use aether_source::{Diagnostic, Source, Span, did_you_mean, quoted};
use serde_json::{Map, Value as Json};

use crate::expression::{Expression, Operand, PathStep};
use crate::template::{Form, Piece, Template};
use crate::{Input, Step};

/// Largest value a template may become, roughly in bytes (64 MiB). Results come from plugins, and a
/// template may use one very often.
pub const MAX_EVALUATED: usize = 64 << 20;

/// Most keys of a result that are compared with a misspelt one; a plugin may return a million.
const MAX_COMPARED: usize = 1000;

/// Why a template has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", quoted(.expression))]
pub struct EvaluateError {
    /// The expression as written.
    pub expression: String,
    /// Where it stands in the pipeline file.
    pub span: Span,
    /// What is wrong.
    pub problem: EvaluateProblem,
}

impl EvaluateError {
    /// The error as a diagnostic on the pipeline file.
    pub fn diagnostic(&self, source: &Source) -> Diagnostic {
        let diagnostic = Diagnostic::error("no-value", source, self.span, self.to_string());
        match &self.problem {
            EvaluateProblem::NoKey { near: Some(near), .. } => {
                diagnostic.with_help(format!("did you mean {}?", quoted(near)))
            }
            _ => diagnostic,
        }
    }
}

/// The ways in which an expression fails to have a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateProblem {
    /// An object without the key.
    #[error("the result has no {}", quoted(.key))]
    NoKey {
        /// The key.
        key: String,
        /// A key it has that is spelt nearly so.
        near: Option<String>,
    },
    /// A list that is too short.
    #[error("the list has no position {index}, only {length} elements")]
    NoIndex {
        /// The position.
        index: usize,
        /// How many elements there are.
        length: usize,
    },
    /// A key into something that is no object.
    #[error("{} is asked of {found}, which has no keys", quoted(.key))]
    NotAnObject {
        /// The key.
        key: String,
        /// What it is instead.
        found: &'static str,
    },
    /// A position in something that is no list.
    #[error("position {index} is asked of {found}, which is not a list")]
    NotAList {
        /// The position.
        index: usize,
        /// What it is instead.
        found: &'static str,
    },
    /// An object or list inside a longer text.
    #[error("{found} cannot be part of a text; make the expression the whole value")]
    NotText {
        /// What it is.
        found: &'static str,
    },
    /// A step that has no result because it did not run to its end.
    #[error("step `{step}` {outcome}, so it has no result")]
    NoResult {
        /// The step.
        step: String,
        /// "failed", "was skipped" or "has not run".
        outcome: &'static str,
    },
    /// An input without a value.
    #[error("the input `{name}` has no value")]
    NoInput {
        /// The input.
        name: String,
    },
    /// More than [`MAX_EVALUATED`].
    #[error("the value becomes larger than {} MiB", MAX_EVALUATED >> 20)]
    TooLarge,
}

/// How a step ended, as expressions see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Settled<'a> {
    Ok(&'a Json),
    /// `tolerated` when what needs the step goes on all the same.
    Failed {
        tolerated: bool,
    },
    Skipped,
}

/// What expressions can see.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) source: &'a Source,
    pub(crate) inputs: &'a [Input],
    pub(crate) steps: &'a [Step],
    /// By index of the step; nothing for a step that has not ended.
    pub(crate) settled: &'a dyn Fn(usize) -> Option<Settled<'a>>,
}

/// The value of a template.
pub(crate) fn evaluate(template: &Template, scope: Scope<'_>) -> Result<Json, EvaluateError> {
    Evaluator { scope, budget: MAX_EVALUATED }.form(&template.form)
}

struct Evaluator<'a> {
    scope: Scope<'a>,
    /// What is left of [`MAX_EVALUATED`].
    budget: usize,
}

impl Evaluator<'_> {
    /// Descends at most as deep as the file may nest.
    fn form(&mut self, form: &Form) -> Result<Json, EvaluateError> {
        match form {
            // At most the file's own size.
            Form::Literal(value) => Ok(value.clone()),
            Form::Value(expression) => self.value(expression),
            Form::Text(pieces) => self.text(pieces),
            Form::List(items) => items
                .iter()
                .map(|item| self.form(item))
                .collect::<Result<Vec<_>, _>>()
                .map(Json::from),
            Form::Object(entries) => {
                let mut object = Map::new();
                for (key, form) in entries {
                    object.insert(key.clone(), self.form(form)?);
                }
                Ok(Json::Object(object))
            }
        }
    }

    fn text(&mut self, pieces: &[Piece]) -> Result<Json, EvaluateError> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Value(expression) => match self.value(expression)? {
                    Json::String(part) => text.push_str(&part),
                    found @ (Json::Array(_) | Json::Object(_)) => {
                        let problem = EvaluateProblem::NotText { found: kind(&found) };
                        return Err(self.error(expression, problem));
                    }
                    scalar => text.push_str(&scalar.to_string()),
                },
            }
        }
        Ok(Json::String(text))
    }

    fn value(&mut self, expression: &Expression) -> Result<Json, EvaluateError> {
        let found = self.scope.find(&expression.operand);
        let value = found.map_err(|problem| self.error(expression, problem))?;
        let size = size(&value);
        if size > self.budget {
            return Err(self.error(expression, EvaluateProblem::TooLarge));
        }
        self.budget -= size;
        Ok(value.into_owned())
    }

    fn error(&self, expression: &Expression, problem: EvaluateProblem) -> EvaluateError {
        let written = self.scope.source.slice(expression.span);
        let inner = written.trim_start_matches("${{").trim_end_matches("}}").trim();
        EvaluateError { expression: inner.to_owned(), span: expression.span, problem }
    }
}

impl<'a> Scope<'a> {
    fn find(self, operand: &Operand) -> Result<Cow<'a, Json>, EvaluateProblem> {
        match operand {
            Operand::Literal(value) => Ok(Cow::Owned(value.clone())),
            Operand::Input(index) => {
                let input = self.inputs.get(*index);
                let value = input.and_then(|input| input.value.as_ref());
                value.map(Cow::Borrowed).ok_or_else(|| EvaluateProblem::NoInput {
                    name: input.map(|input| input.name.clone()).unwrap_or_default(),
                })
            }
            Operand::Result(step, path) => match (self.settled)(*step) {
                Some(Settled::Ok(value)) => walk(value, path).map(Cow::Borrowed),
                Some(Settled::Failed { tolerated: true }) => Ok(Cow::Owned(Json::Null)),
                Some(Settled::Failed { tolerated: false }) => Err(self.no_result(*step, "failed")),
                Some(Settled::Skipped) => Err(self.no_result(*step, "was skipped")),
                None => Err(self.no_result(*step, "has not run")),
            },
            Operand::Outcome(step) => {
                let word = match (self.settled)(*step) {
                    Some(Settled::Ok(_)) => "ok",
                    Some(Settled::Failed { .. }) => "failed",
                    Some(Settled::Skipped) => "skipped",
                    None => return Err(self.no_result(*step, "has not run")),
                };
                Ok(Cow::Owned(Json::from(word)))
            }
        }
    }

    fn no_result(self, step: usize, outcome: &'static str) -> EvaluateProblem {
        let step = self.steps.get(step).map(|step| step.id.clone()).unwrap_or_default();
        EvaluateProblem::NoResult { step, outcome }
    }
}

fn walk<'v>(value: &'v Json, path: &[PathStep]) -> Result<&'v Json, EvaluateProblem> {
    path.iter().try_fold(value, |value, step| match (step, value) {
        (PathStep::Key(key), Json::Object(object)) => object.get(key).ok_or_else(|| {
            let near = did_you_mean(key, object.keys().take(MAX_COMPARED).map(String::as_str));
            EvaluateProblem::NoKey { key: key.clone(), near: near.map(str::to_owned) }
        }),
        (PathStep::Index(index), Json::Array(items)) => {
            let missing = EvaluateProblem::NoIndex { index: *index, length: items.len() };
            items.get(*index).ok_or(missing)
        }
        (PathStep::Key(key), other) => {
            Err(EvaluateProblem::NotAnObject { key: key.clone(), found: kind(other) })
        }
        (PathStep::Index(index), other) => {
            Err(EvaluateProblem::NotAList { index: *index, found: kind(other) })
        }
    })
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "nothing",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// Roughly what a value takes in memory. Its depth is that of a result, which the protocol caps;
/// the walk keeps its own stack all the same.
fn size(value: &Json) -> usize {
    const NODE: usize = 32;
    let mut total = 0_usize;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        total = total.saturating_add(NODE);
        match value {
            Json::String(text) => total = total.saturating_add(text.len()),
            Json::Array(items) => open.extend(items),
            Json::Object(object) => {
                for (key, value) in object {
                    total = total.saturating_add(NODE + key.len());
                    open.push(value);
                }
            }
            _ => {}
        }
    }
    total
}
