//! The schemas of a plugin's methods.

use std::collections::BTreeMap;

use aether_source::{Diagnostic, Item, Node, Span, Value, quoted};

use crate::Located;
use crate::name::is_method;

/// Most methods a manifest may describe. Each may hold a schema, and all are listed to people.
pub const MAX_EXPORTS: usize = 256;

/// What a method takes and gives, each as JSON Schema.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Export {
    /// The schema of its input, as written, so that what is wrong with it can be shown in place.
    pub params: Option<Located<Node>>,
    /// The schema of its result.
    pub result: Option<Located<Node>>,
    /// Where the description of the method stands.
    pub span: Span,
}

const EXPORT_KEYS: &[&str] = &["params", "result"];

/// Reads `exports`. That the schemas are objects is checked here; that they are schemas is checked
/// where they are used.
pub(crate) fn read(item: &Item<'_>) -> BTreeMap<String, Export> {
    let entries = item.entries().unwrap_or_default();
    if entries.len() > MAX_EXPORTS {
        let message = format!("{} methods are too many: at most {MAX_EXPORTS}", entries.len());
        item.reader().error("too-many-entries", item.heading(), message);
    }
    let mut exports = BTreeMap::new();
    for (key, item) in entries.into_iter().take(MAX_EXPORTS) {
        if !is_method(key.text) {
            let message = format!("{} cannot be the name of a method", quoted(key.text));
            let source = item.reader().source();
            let problem = Diagnostic::error("bad-name", source, key.span, message);
            let help = "a method is an exported function: write its name";
            item.reader().report(problem.with_help(help));
        }
        let Some(fields) = item.fields(EXPORT_KEYS) else { continue };
        let schema = |key| fields.get(key).and_then(|item| schema(&item));
        let export =
            Export { params: schema("params"), result: schema("result"), span: item.span() };
        exports.insert(key.text.to_owned(), export);
    }
    exports
}

fn schema(item: &Item<'_>) -> Option<Located<Node>> {
    match &item.node().value {
        Value::Object(_) => Some(Located::at(item, item.node().clone())),
        _ => item.expected("a JSON Schema object"),
    }
}
