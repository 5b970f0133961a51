//! Reading a pipeline file.

mod inputs;
mod names;
mod steps;

use std::path::PathBuf;

use aether_manifest::Located;
use aether_source::{Diagnostic, Item, Reader, Source, quoted, yaml};

use crate::graph::{self, Circle};
use crate::template::{self, refuse_expression};
use crate::{Plan, Step};
use names::Scope;

const KEYS: &[&str] =
    &["name", "description", "inputs", "policy", "transaction", "steps", "output"];

/// Longest name and description, in characters.
const MAX_TEXT: usize = 500;

/// Longest host path, in bytes: Linux's `PATH_MAX`.
const MAX_HOST_PATH: usize = 4096;

/// Reads a pipeline, or says everything that is wrong with it at once. What is odd but not wrong is
/// in [`Plan::warnings`]. Whether folders and files exist is not looked at.
pub fn parse(source: Source) -> Result<Plan, Vec<Diagnostic>> {
    let node = yaml(&source)?;
    let reader = Reader::new(&source);
    let plan = read(&reader.root(&node));
    let (mut plan, warnings) = reader.finish(plan)?;
    plan.warnings = warnings;
    Ok(plan)
}

fn read(item: &Item<'_>) -> Option<Plan> {
    let fields = item.fields(KEYS)?;
    let name = fields.get("name").and_then(|item| name(&item));
    let description = fields.get("description").and_then(|item| short_text(&item));
    let inputs = fields.get("inputs").map(|item| inputs::read(&item)).unwrap_or_default();
    let policy = fields.get("policy").and_then(|item| host_path(&item));
    let transaction = fields.get("transaction").and_then(|item| item.boolean());
    let list = fields.require("steps").map(|item| steps::items(&item)).unwrap_or_default();
    let scope = Scope::new(inputs, &list);
    let found = steps::read(&list, &scope);
    let output = fields.get("output").map(|item| template::read(&item, &scope));
    let order = match graph::order(&found.needs) {
        Ok(order) => order,
        Err(circles) => {
            circles.iter().for_each(|circle| report_circle(item.reader(), circle, &scope));
            Vec::new()
        }
    };
    // A step that could not be read has been reported.
    let steps: Vec<Step> = found.steps.into_iter().collect::<Option<_>>()?;
    scope.warn_unused(item.reader());
    Some(Plan {
        source: item.reader().source().clone(),
        name,
        description,
        inputs: scope.inputs,
        policy,
        transaction: transaction.unwrap_or_default(),
        steps,
        order,
        output,
        warnings: Vec::new(),
        folder: PathBuf::new(),
    })
}

fn report_circle(reader: &Reader, circle: &Circle, scope: &Scope) {
    let mut names: Vec<String> =
        circle.steps.iter().map(|step| quoted(scope.step_name(*step))).collect();
    let message = match names.as_slice() {
        [only] => format!("step {only} needs itself"),
        _ => {
            names.extend(names.first().cloned());
            format!("steps wait for each other: {}", names.join(" needs "))
        }
    };
    let diagnostic = Diagnostic::error("cycle", reader.source(), circle.closing.span, message);
    reader.report(diagnostic.with_help("remove one of these needs"));
}

/// The pipeline's name, by which its runs are listed.
fn name(item: &Item<'_>) -> Option<String> {
    let text = short_text(item)?;
    if text.trim().is_empty() {
        let help = "write one, or remove the key: the file's name stands in for it";
        item.error_with("bad-name", "the name is empty", help);
        return None;
    }
    Some(text)
}

fn short_text(item: &Item<'_>) -> Option<String> {
    let text = item.string()?;
    if text.chars().count() > MAX_TEXT {
        item.error("too-long", format!("this has more than {MAX_TEXT} characters"));
        return None;
    }
    Some(text.to_owned())
}

/// A path on the host as written; it is joined to the pipeline's folder later.
fn host_path(item: &Item<'_>) -> Option<Located<String>> {
    let text = item.string()?;
    refuse_expression(item, text);
    if text.is_empty() {
        item.error("bad-path", "the path is empty");
        return None;
    }
    if text.len() > MAX_HOST_PATH {
        item.error("bad-path", format!("the path is longer than {MAX_HOST_PATH} bytes"));
        return None;
    }
    Some(Located::at(item, text.to_owned()))
}
