//! All messages of the latest version, as one JSON Schema.
//!
//! Made from the types that are read and written, so that it cannot say something else than they do.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::error::RpcError;
use crate::limits;
use crate::v1::{METHODS, Method, Side};
use crate::version::LATEST;

/// JSON Schema (draft 2020-12) of every line. Under `$defs` stand, beside the types, the messages of
/// each method: `fs.read` is the request, `fs.read.result` its answer; `error` is an answer that
/// says what failed.
#[must_use]
pub fn schema() -> Value {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let mut messages = Map::new();
    for method in METHODS {
        let params = (method.params)(&mut generator).to_value();
        messages.insert(method.name.to_owned(), asking(method, params));
        if let Some(result) = method.result {
            let result = result(&mut generator).to_value();
            messages.insert(format!("{}.result", method.name), answering(method, result));
        }
    }
    let error = RpcError::json_schema(&mut generator).to_value();
    messages.insert("error".to_owned(), failing(error));
    let all: Vec<Value> =
        messages.keys().map(|name| json!({ "$ref": format!("#/$defs/{name}") })).collect();
    messages.insert("id".to_owned(), id());
    messages.extend(generator.take_definitions(true));
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Aether plugin protocol, version {LATEST}"),
        "description": "One line of the conversation between a host and a plugin.",
        "anyOf": all,
        "$defs": messages,
    });
    tidy(&mut schema);
    schema
}

fn asking(method: &Method, params: Value) -> Value {
    let Method { name, from, result, .. } = method;
    let by = match from {
        Side::Host => "Said by the host.",
        Side::Cell => "Said by the plugin.",
    };
    let mut properties = Map::from_iter([("jsonrpc".to_owned(), json!({ "const": "2.0" }))]);
    let mut required = vec!["jsonrpc", "method"];
    if result.is_some() {
        properties.insert("id".to_owned(), json!({ "$ref": "#/$defs/id" }));
        required.push("id");
    }
    properties.insert("method".to_owned(), json!({ "const": name }));
    properties.insert("params".to_owned(), params);
    // What is left out counts as `{}`.
    if *from == Side::Host || !is_empty(&properties["params"]) {
        required.push("params");
    }
    json!({
        "description": by,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn is_empty(params: &Value) -> bool {
    params["$ref"] == "#/$defs/Empty"
}

fn answering(method: &Method, result: Value) -> Value {
    answer(&format!("The answer to `{}`.", method.name), "result", result)
}

fn failing(error: Value) -> Value {
    answer("The answer to a request that failed.", "error", error)
}

fn answer(description: &str, name: &str, value: Value) -> Value {
    json!({
        "description": description,
        "type": "object",
        "properties": { "jsonrpc": { "const": "2.0" }, "id": { "$ref": "#/$defs/id" }, name: value },
        "required": ["jsonrpc", "id", name],
        "additionalProperties": false,
    })
}

fn id() -> Value {
    json!({
        "description": "Names a request; its answer repeats it.",
        "anyOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "maxLength": limits::ID_BYTES },
        ],
    })
}

/// Takes out what stands for Rust and not for the wire: the widths of numbers, and of comments their
/// line breaks and links.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.get("format").is_some_and(Value::is_string) {
                object.remove("format");
            }
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = text.replace('\n', " ").replace("[`", "`").replace("`]", "`");
            }
            object.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}
