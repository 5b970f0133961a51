//! Reading a declared schema: what it may hold, and its shape.

use std::collections::BTreeMap;

use aether_source::{Diagnostic, Fields, Item, Node, Span, Value, did_you_mean, quoted};
use jsonschema::PatternOptions;
use serde_json::json;

use crate::limits::{MAX_DEPTH, MAX_PARTS, MAX_PATTERN, PATTERN_MEMORY};
use crate::nesting;
use crate::shape::{Index, Shape, Shapes};

/// The only version of JSON Schema that is understood.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Every keyword that a schema may have. JSON Schema ignores the others, so that a misspelt one
/// would allow everything; what is missing here looks elsewhere (`$id`, `$dynamicRef`) or at how
/// other keywords came out (`unevaluatedProperties`), which multiplies their cost.
const KEYWORDS: &[&str] = &[
    "$comment",
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "default",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "description",
    "else",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
];

/// The kinds of values.
const TYPES: [(&str, ()); 7] = [
    ("array", ()),
    ("boolean", ()),
    ("integer", ()),
    ("null", ()),
    ("number", ()),
    ("object", ()),
    ("string", ()),
];

/// A schema being read.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) shapes: Shapes,
    /// Patterns met so far, those of other schemas of the manifest included.
    pub(crate) patterns: usize,
    definitions: BTreeMap<String, Index>,
    /// References that are still to be followed: from where, to which definition, and the place.
    references: Vec<(Index, String, Span)>,
    full: bool,
}

impl Draft {
    /// Nothing yet, after schemas with so many patterns.
    pub(crate) fn after(patterns: usize) -> Self {
        Draft { patterns, ..Draft::default() }
    }

    /// Reads the whole of a schema, reporting everything that is wrong with it.
    pub(crate) fn read(&mut self, item: &Item<'_>) {
        self.schema(item, 0);
        for (from, name, span) in std::mem::take(&mut self.references) {
            let to = if name.is_empty() { Some(0) } else { self.definitions.get(&name).copied() };
            match to {
                Some(to) => self.shapes.all[from].here.push(to),
                None => self.no_such_definition(item, &name, span),
            }
        }
        nesting::check(&self.shapes, item);
    }

    fn no_such_definition(&self, item: &Item<'_>, name: &str, span: Span) {
        let message = format!("there is no definition {}", quoted(name));
        let problem = Diagnostic::error("bad-reference", item.reader().source(), span, message);
        let near = did_you_mean(name, self.definitions.keys().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `#/$defs/{near}`?"),
            None => "define it in `$defs`, at the top of the schema".to_owned(),
        };
        item.reader().report(problem.with_help(help));
    }

    /// Reads one schema and those within it.
    fn schema(&mut self, item: &Item<'_>, depth: usize) -> Option<Index> {
        if depth > MAX_DEPTH {
            item.error("too-deep", format!("schemas nest deeper than {MAX_DEPTH} levels"));
            return None;
        }
        let index = self.shapes.all.len();
        if index >= MAX_PARTS {
            if !std::mem::replace(&mut self.full, true) {
                item.error("too-many-values", format!("more than {MAX_PARTS} schemas in one"));
            }
            return None;
        }
        self.shapes.all.push(Shape { own: 1, ..Shape::default() });
        if let Value::Bool(_) = item.node().value {
            return Some(index);
        }
        if !matches!(item.node().value, Value::Object(_)) {
            return item.expected("a JSON Schema: an object, `true` or `false`");
        }
        let fields = item.fields(KEYWORDS)?;
        self.of_the_whole(&fields, depth);
        self.reference(&fields, index);
        self.own(&fields, index);
        self.same_value(&fields, index, depth);
        self.properties(&fields, index, depth);
        self.items(&fields, index, depth);
        Some(index)
    }

    /// `$schema` and `$defs`.
    fn of_the_whole(&mut self, fields: &Fields<'_>, depth: usize) {
        if let Some(item) = fields.get("$schema")
            && let Some(text) = item.string()
            && text.trim_end_matches('#') != DRAFT
        {
            let message = format!("{} is not the version of JSON Schema used here", quoted(text));
            item.error_with("bad-schema", message, format!("write \"{DRAFT}\", or leave it out"));
        }
        let Some(item) = fields.get("$defs") else { return };
        if depth > 0 {
            item.error_with(
                "bad-schema",
                "`$defs` stands within a schema",
                "write it at the top of the schema",
            );
            return;
        }
        for (key, item) in item.entries().unwrap_or_default() {
            if !is_definition(key.text) {
                let message = format!("{} cannot be the name of a definition", quoted(key.text));
                let source = item.reader().source();
                let problem = Diagnostic::error("bad-name", source, key.span, message);
                let help = "write 1 to 64 letters, digits, `.`, `_` and `-`";
                item.reader().report(problem.with_help(help));
            }
            if let Some(index) = self.schema(&item, depth + 1) {
                self.definitions.insert(key.text.to_owned(), index);
            }
        }
    }

    fn reference(&mut self, fields: &Fields<'_>, index: Index) {
        let Some(item) = fields.get("$ref") else { return };
        let Some(text) = item.string() else { return };
        let name = if text == "#" { Some("") } else { text.strip_prefix("#/$defs/") };
        match name.filter(|name| name.is_empty() == (text == "#")) {
            Some(name) if name.is_empty() || is_definition(name) => {
                self.references.push((index, name.to_owned(), item.span()));
            }
            _ => item.error_with(
                "bad-reference",
                format!("{} leads out of the schema's own definitions", quoted(text)),
                "write \"#/$defs/name\" for what stands in `$defs`, or \"#\" for the whole schema",
            ),
        }
    }

    /// What is compared with the value itself.
    fn own(&mut self, fields: &Fields<'_>, index: Index) {
        let lists = ["enum", "const", "required", "dependentRequired", "type"];
        let compared: u64 =
            lists.iter().filter_map(|key| fields.get(key)).map(|item| nodes(item.node())).sum();
        if let Some(item) = fields.get("type") {
            let list = matches!(item.node().value, Value::Array(_)).then(|| item.list()).flatten();
            let each = list.unwrap_or_else(|| vec![item]);
            for item in each {
                item.one_of(&TYPES);
            }
        }
        let unique =
            fields.get("uniqueItems").is_some_and(|item| item.node().value == Value::Bool(true));
        let pattern = fields.get("pattern");
        if let Some(item) = &pattern
            && let Some(text) = item.string()
        {
            self.pattern(item, item.span(), text);
        }
        let shape = &mut self.shapes.all[index];
        shape.own += compared;
        shape.unique = unique;
        shape.pattern = pattern.is_some();
    }

    fn pattern(&mut self, item: &Item<'_>, span: Span, text: &str) {
        self.patterns += 1;
        if text.len() > MAX_PATTERN {
            let message = format!("the pattern has {} bytes; at most {MAX_PATTERN}", text.len());
            item.reader().error("too-long", span, message);
            return;
        }
        let alone = json!({ "pattern": text });
        if jsonschema::options().with_pattern_options(patterns()).build(&alone).is_err() {
            let message = format!("the pattern {} cannot be used", quoted(text));
            let source = item.reader().source();
            let problem = Diagnostic::error("bad-pattern", source, span, message);
            let help = "write a regular expression without back references and look-around, \
                        and with small counts of repetition";
            item.reader().report(problem.with_help(help));
        }
    }

    /// Schemas about the same value.
    fn same_value(&mut self, fields: &Fields<'_>, index: Index, depth: usize) {
        for key in ["not", "if", "then", "else"] {
            if let Some(item) = fields.get(key) {
                let inner = self.schema(&item, depth + 1);
                self.shapes.all[index].here.extend(inner);
            }
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            let Some(item) = fields.get(key) else { continue };
            self.shapes.alternatives |= key != "allOf";
            for item in item.list().unwrap_or_default() {
                let inner = self.schema(&item, depth + 1);
                self.shapes.all[index].here.extend(inner);
            }
        }
        let dependent = fields.get("dependentSchemas");
        for (_, item) in dependent.and_then(|item| item.entries()).unwrap_or_default() {
            let inner = self.schema(&item, depth + 1);
            self.shapes.all[index].here.extend(inner);
        }
    }

    fn properties(&mut self, fields: &Fields<'_>, index: Index, depth: usize) {
        let properties = fields.get("properties").and_then(|item| item.entries());
        for (key, item) in properties.unwrap_or_default() {
            if let Some(inner) = self.schema(&item, depth + 1) {
                self.shapes.all[index].own += 1;
                self.shapes.all[index].properties.insert(key.text.to_owned(), inner);
            }
        }
        let by_pattern = fields.get("patternProperties").and_then(|item| item.entries());
        for (key, item) in by_pattern.unwrap_or_default() {
            self.pattern(&item, key.span, key.text);
            let inner = self.schema(&item, depth + 1);
            self.shapes.all[index].key_patterns += 1;
            self.shapes.all[index].any_property.extend(inner);
        }
        if let Some(item) = fields.get("additionalProperties") {
            let inner = self.schema(&item, depth + 1);
            self.shapes.all[index].any_property.extend(inner);
        }
        if let Some(item) = fields.get("propertyNames") {
            self.shapes.all[index].names = self.schema(&item, depth + 1);
        }
    }

    fn items(&mut self, fields: &Fields<'_>, index: Index, depth: usize) {
        for item in fields.get("prefixItems").and_then(|item| item.list()).unwrap_or_default() {
            let inner = self.schema(&item, depth + 1);
            self.shapes.all[index].prefix.extend(inner);
        }
        for key in ["items", "contains"] {
            if let Some(item) = fields.get(key) {
                let inner = self.schema(&item, depth + 1);
                self.shapes.all[index].any_item.extend(inner);
            }
        }
    }
}

/// The engine that takes linear time, with bounds on its memory.
pub(crate) fn patterns() -> PatternOptions<jsonschema::Regex> {
    PatternOptions::regex().size_limit(PATTERN_MEMORY).dfa_size_limit(PATTERN_MEMORY)
}

/// Nothing that a reference would have to escape.
fn is_definition(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(known)
}

fn nodes(node: &Node) -> u64 {
    match &node.value {
        Value::Array(items) => 1 + items.iter().map(nodes).sum::<u64>(),
        Value::Object(entries) => 1 + entries.iter().map(|entry| nodes(&entry.value)).sum::<u64>(),
        _ => 1,
    }
}
