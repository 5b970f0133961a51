//! Reading values with expressions.

use aether_source::{Diagnostic, Item, Node, Reader, Severity, Value, quoted};
use serde_json::Value as Json;

use super::locate::Locator;
use super::{Form, Piece, Template};
use crate::expression::{Expression, Names, Parsed, parse};

/// Reads any value, reporting what is wrong with its expressions.
pub(crate) fn read(item: &Item<'_>, names: &dyn Names) -> Template {
    Template { form: form(item.reader(), item.node(), names) }
}

/// Reports an expression in a value where none is evaluated.
pub(crate) fn refuse_expression(item: &Item<'_>, text: &str) {
    if text.contains("${{") {
        let help = "expressions work in `with`, `mounts` and `output`";
        item.error_with("expression-here", "an expression is not evaluated here", help);
    }
}

/// Descends at most as deep as the file may nest.
fn form(reader: &Reader, node: &Node, names: &dyn Names) -> Form {
    match &node.value {
        Value::String(text) => string(reader, node, text, names),
        Value::Array(items) => {
            let items: Vec<Form> = items.iter().map(|item| form(reader, item, names)).collect();
            match items.iter().map(Form::as_literal).collect::<Option<Vec<&Json>>>() {
                Some(values) => Form::Literal(values.into_iter().cloned().collect()),
                None => Form::List(items),
            }
        }
        Value::Object(entries) => {
            let mut forms = Vec::with_capacity(entries.len());
            for entry in entries {
                if entry.key.contains("${{") {
                    let message = "an expression in a key is not evaluated";
                    reader.error("expression-here", entry.key_span, message);
                }
                forms.push((entry.key.clone(), form(reader, &entry.value, names)));
            }
            if forms.iter().all(|(_, form)| form.as_literal().is_some()) {
                return Form::Literal(node.to_json());
            }
            Form::Object(forms)
        }
        _ => Form::Literal(node.to_json()),
    }
}

impl Form {
    fn as_literal(&self) -> Option<&Json> {
        match self {
            Form::Literal(value) => Some(value),
            _ => None,
        }
    }
}

fn string(reader: &Reader, node: &Node, text: &str, names: &dyn Names) -> Form {
    let mut locator = Locator::new(reader.source(), node.span);
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        let Parsed { operand, length } = parse(after, names);
        let (inside, remaining) = after.split_at_checked(length).unwrap_or((after, ""));
        let span = locator.next(&format!("${{{{{inside}"));
        match operand {
            Ok(operand) => pieces.push(Piece::Value(Expression { operand, span })),
            Err(error) => reader.report_with(Severity::Error, |source| {
                let help = error.advice(names);
                let diagnostic = Diagnostic::error(error.code, source, span, error.message);
                match help {
                    Some(help) => diagnostic.with_help(help),
                    None => diagnostic,
                }
            }),
        }
        rest = remaining;
    }
    if pieces.is_empty() {
        return Form::Literal(Json::from(text));
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    match pieces.as_mut_slice() {
        [Piece::Value(_)] => match pieces.pop() {
            Some(Piece::Value(expression)) => Form::Value(expression),
            _ => Form::Text(pieces),
        },
        _ => Form::Text(pieces),
    }
}

/// Reports, for a text that must not depend on what plugins return, each expression that does.
pub(crate) fn refuse_steps(
    reader: &Reader,
    template: &Template,
    step_name: impl Fn(usize) -> String,
) {
    for expression in template.expressions() {
        if let Some(step) = expression.step() {
            let name = quoted(&step_name(step));
            let message = format!("a mount cannot depend on what step {name} returns");
            let diagnostic =
                Diagnostic::error("mount-from-step", reader.source(), expression.span, message);
            reader.report(diagnostic.with_help(
                "a plugin would choose the host folder another plugin sees; use an input",
            ));
        }
    }
}
