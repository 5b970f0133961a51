//! A plugin's methods as tools.

use std::borrow::Cow;
use std::sync::Arc;

use aether::Plugin;
use aether::source::{printable, quoted};
use rmcp::model::{JsonObject, Tool};
use serde_json::{Map, Value, json};

/// The name of the one argument of a method that takes no object: the protocol knows named arguments
/// only.
const INPUT: &str = "input";

/// The tools that a client is told of.
pub(super) struct Tools(Vec<Entry>);

struct Entry {
    tool: Tool,
    /// The method's input is one argument, not all of them.
    wrapped: bool,
}

impl Tools {
    /// The methods that a plugin exports, with what its manifest says of each.
    pub(super) fn of(plugin: &Plugin, exports: &[String]) -> Self {
        Self(exports.iter().map(|method| entry(plugin, method)).collect())
    }

    pub(super) fn listed(&self) -> Vec<Tool> {
        self.0.iter().map(|entry| entry.tool.clone()).collect()
    }

    /// What a method is to be called with.
    pub(super) fn input(
        &self,
        method: &str,
        arguments: Option<JsonObject>,
    ) -> Result<Value, Unusable> {
        let entry = self.0.iter().find(|entry| entry.tool.name == method);
        let entry = entry.ok_or_else(|| Unusable::NoTool(self.no_tool(method)))?;
        let mut arguments = arguments.unwrap_or_default();
        if !entry.wrapped {
            return Ok(Value::Object(arguments));
        }
        let input = arguments.remove(INPUT);
        match (input, arguments.keys().next()) {
            (Some(input), None) => Ok(input),
            (_, Some(other)) => {
                let other = quoted(other);
                Err(Unusable::Arguments(format!("`{method}` takes `{INPUT}` alone, not {other}")))
            }
            (None, None) => Err(Unusable::Arguments(format!("`{method}` takes `{INPUT}`"))),
        }
    }

    fn no_tool(&self, method: &str) -> String {
        let names = self.0.iter().map(|entry| &*entry.tool.name);
        let near = aether::source::did_you_mean(method, names);
        let help = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
        format!("there is no tool {}{help}", quoted(method))
    }
}

/// Why a call is not made.
pub(super) enum Unusable {
    /// There is no such tool.
    NoTool(String),
    /// The arguments are not those of the tool.
    Arguments(String),
}

fn entry(plugin: &Plugin, method: &str) -> Entry {
    let export = plugin.manifest().exports.get(method);
    let schema = |which: Option<&aether::manifest::Located<aether::source::Node>>| match which?
        .value
        .to_json()
    {
        Value::Object(mut schema) => {
            escape_words(&mut schema);
            Some(schema)
        }
        _ => None,
    };
    let params = schema(export.and_then(|export| export.params.as_ref()));
    let result = schema(export.and_then(|export| export.result.as_ref()));
    let description = description(plugin, method, params.as_ref());
    let wrapped = params.as_ref().is_some_and(|params| !is_of_objects(params));
    let input = match params {
        None => Map::from_iter([("type".to_owned(), json!("object"))]),
        Some(params) if wrapped => within_arguments(params),
        Some(params) => params,
    };
    let tool =
        Tool::new_with_raw(method.to_owned(), Some(Cow::Owned(description)), Arc::new(input));
    let tool = match result.filter(is_of_objects) {
        Some(result) => tool.with_raw_output_schema(Arc::new(result)),
        None => tool,
    };
    Entry { tool, wrapped }
}

/// Escapes somebody else's words in a schema, since a client shows them to people, and what they do
/// not see is read by models too. What a value is held to stays as it is.
fn escape_words(schema: &mut JsonObject) {
    for (key, value) in schema {
        match key.as_str() {
            "title" | "description" | "$comment" | "default" | "examples" => escape_strings(value),
            "const" | "enum" | "required" => {}
            // The names in these are the plugin's.
            "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions" => {
                let schemas = value.as_object_mut().into_iter().flat_map(Map::values_mut);
                schemas.filter_map(Value::as_object_mut).for_each(escape_words);
            }
            _ => match value {
                Value::Object(inner) => escape_words(inner),
                Value::Array(all) => {
                    all.iter_mut().filter_map(Value::as_object_mut).for_each(escape_words);
                }
                _ => {}
            },
        }
    }
}

fn escape_strings(value: &mut Value) {
    match value {
        Value::String(text) => *text = printable(text).into_owned(),
        Value::Array(all) => all.iter_mut().for_each(escape_strings),
        Value::Object(all) => all.values_mut().for_each(escape_strings),
        _ => {}
    }
}

/// What is said of a method: by the schema of its input, whose words are escaped, or of the plugin.
fn description(plugin: &Plugin, method: &str, params: Option<&JsonObject>) -> String {
    let own = params.and_then(|params| params.get("description")?.as_str());
    if let Some(own) = own {
        return own.to_owned();
    }
    let name = &plugin.identity().name;
    let whole = plugin.manifest().description.as_deref();
    let whole = whole.map_or_else(String::new, |text| format!(": {}", printable(text)));
    format!("The method `{}` of the plugin `{}`{whole}", printable(method), printable(name))
}

fn is_of_objects(schema: &JsonObject) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
}

/// The schema as that of one argument. Its definitions move to the top, where references look for
/// them, and what meant the whole schema means the argument.
fn within_arguments(schema: JsonObject) -> JsonObject {
    let mut schema = Value::Object(schema);
    lead_to_argument(&mut schema);
    let mut outer = Map::from_iter([("type".to_owned(), json!("object"))]);
    for key in ["$schema", "$defs"] {
        if let Some(value) = schema.as_object_mut().and_then(|schema| schema.remove(key)) {
            outer.insert(key.to_owned(), value);
        }
    }
    outer.insert("properties".to_owned(), json!({ INPUT: schema }));
    outer.insert("required".to_owned(), json!([INPUT]));
    outer
}

/// Follows the keywords that hold schemas, so that no value that looks like a reference is taken for
/// one. Schemas nest no deeper than they may when a manifest is read.
fn lead_to_argument(schema: &mut Value) {
    let Value::Object(keywords) = schema else { return };
    for (keyword, value) in keywords {
        match keyword.as_str() {
            "$ref" if value == "#" => *value = json!(format!("#/properties/{INPUT}")),
            "additionalProperties"
            | "contains"
            | "else"
            | "if"
            | "items"
            | "not"
            | "propertyNames"
            | "then" => lead_to_argument(value),
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                value.as_array_mut().into_iter().flatten().for_each(lead_to_argument);
            }
            "$defs" | "dependentSchemas" | "patternProperties" | "properties" => {
                let all = value.as_object_mut().into_iter().flatten();
                all.for_each(|(_, schema)| lead_to_argument(schema));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_within_another_refers_to_the_same() {
        let schema = json!({
            "$defs": { "tree": { "anyOf": [{ "type": "integer" }, { "$ref": "#" }] } },
            "type": "array",
            "items": { "$ref": "#/$defs/tree" },
            "const": { "$ref": "#" },
        });
        let Value::Object(schema) = schema else { unreachable!() };
        let expect = json!({
            "$defs": { "tree": { "anyOf": [{ "type": "integer" }, { "$ref": "#/properties/input" }] } },
            "type": "object",
            "properties": { "input": {
                "type": "array", "items": { "$ref": "#/$defs/tree" }, "const": { "$ref": "#" },
            } },
            "required": ["input"],
        });
        assert_eq!(Value::Object(within_arguments(schema)), expect);
    }
}
