//! Reading `inputs`.

use aether_source::{Diagnostic, Item, Key, quoted};
use serde_json::Value as Json;

use super::names::{NAME_RULE, is_name};
use super::short_text;
use crate::plan::MAX_INPUTS;
use crate::template::refuse_expression;
use crate::{Input, InputType};

const KEYS: &[&str] = &["type", "default", "description"];

/// Reads the inputs. One with a mistake in it is kept as far as possible, so that expressions that
/// use it are not reported too.
pub(super) fn read(item: &Item<'_>) -> Vec<Input> {
    let entries = item.entries().unwrap_or_default();
    if entries.len() > MAX_INPUTS {
        let message = format!("{} inputs are too many: at most {MAX_INPUTS}", entries.len());
        item.reader().error("too-many-entries", item.heading(), message);
    }
    entries.into_iter().take(MAX_INPUTS).map(|(key, item)| input(key, &item)).collect()
}

fn input(key: Key<'_>, item: &Item<'_>) -> Input {
    if !is_name(key.text) {
        let message = format!("{} cannot be the name of an input", quoted(key.text));
        let source = item.reader().source();
        let problem = Diagnostic::error("bad-name", source, key.span, message);
        item.reader().report(problem.with_help(NAME_RULE));
    }
    let mut input = Input {
        name: key.text.to_owned(),
        kind: InputType::String,
        value: None,
        is_set: false,
        description: None,
        span: key.span,
    };
    let Some(fields) = item.fields(KEYS) else { return input };
    let kind = fields.require("type").and_then(|item| item.one_of(&InputType::WORDS));
    if let Some(kind) = kind {
        input.kind = kind;
        input.value = fields.get("default").and_then(|item| default(&item, kind));
    }
    input.description = fields.get("description").and_then(|item| short_text(&item));
    input
}

fn default(item: &Item<'_>, kind: InputType) -> Option<Json> {
    match kind {
        InputType::Number => item.number().map(|_| item.node().to_json()),
        InputType::Boolean => item.boolean().map(Json::from),
        InputType::String => {
            let text = item.string()?;
            refuse_expression(item, text);
            Some(Json::from(text))
        }
        InputType::Folder | InputType::File => {
            super::host_path(item).map(|path| Json::from(path.value))
        }
    }
}
