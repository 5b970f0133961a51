//! Validation by the few keywords of JSON Schema that our schemas use. A full validator brings some
//! eighty crates with it; a keyword unknown here panics, so that nothing is silently not checked.

use regex_lite::Regex;
use serde_json::Value;

/// Whether the value is valid by the schema.
///
/// # Panics
/// When the schema has a keyword that is not known here.
#[must_use]
pub fn is_valid(schema: &Value, value: &Value) -> bool {
    Check { root: schema }.valid(schema, value)
}

struct Check<'a> {
    root: &'a Value,
}

impl Check<'_> {
    fn valid(&self, schema: &Value, value: &Value) -> bool {
        match schema {
            Value::Bool(answer) => *answer,
            Value::Object(keywords) => keywords
                .iter()
                .all(|(keyword, argument)| self.keyword(keyword, argument, schema, value)),
            other => panic!("not a schema: {other}"),
        }
    }

    fn keyword(&self, keyword: &str, argument: &Value, schema: &Value, value: &Value) -> bool {
        let number = || argument.as_f64().expect("a number");
        let size = || argument.as_u64().expect("a size") as usize;
        match keyword {
            "$schema" | "$defs" | "title" | "description" | "default" | "examples" => true,
            "$ref" => {
                let pointer = argument.as_str().unwrap().trim_start_matches('#');
                self.valid(self.root.pointer(pointer).expect("a definition"), value)
            }
            "type" => match argument {
                Value::String(name) => is_type(name, value),
                Value::Array(names) => {
                    names.iter().any(|name| is_type(name.as_str().unwrap(), value))
                }
                other => panic!("not a type: {other}"),
            },
            "const" => value == argument,
            "enum" => argument.as_array().unwrap().contains(value),
            "anyOf" => argument.as_array().unwrap().iter().any(|choice| self.valid(choice, value)),
            "oneOf" => {
                argument
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|choice| self.valid(choice, value))
                    .count()
                    == 1
            }
            "pattern" => value.as_str().is_none_or(|text| matches(argument, text)),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() >= size()),
            "maxLength" => value.as_str().is_none_or(|text| text.chars().count() <= size()),
            "minimum" => value.as_f64().is_none_or(|found| found >= number()),
            "maximum" => value.as_f64().is_none_or(|found| found <= number()),
            "minItems" => value.as_array().is_none_or(|items| items.len() >= size()),
            "maxItems" => value.as_array().is_none_or(|items| items.len() <= size()),
            "items" => value
                .as_array()
                .is_none_or(|items| items.iter().all(|item| self.valid(argument, item))),
            "maxProperties" => value.as_object().is_none_or(|object| object.len() <= size()),
            "required" => value.as_object().is_none_or(|object| {
                argument
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|key| object.contains_key(key.as_str().unwrap()))
            }),
            "properties" => value.as_object().is_none_or(|object| {
                let known = argument.as_object().unwrap();
                object.iter().all(|(key, value)| {
                    known.get(key).is_none_or(|schema| self.valid(schema, value))
                })
            }),
            "additionalProperties" => value.as_object().is_none_or(|object| {
                let known = schema.get("properties").and_then(Value::as_object);
                object
                    .iter()
                    .filter(|(key, _)| known.is_none_or(|known| !known.contains_key(*key)))
                    .all(|(_, value)| self.valid(argument, value))
            }),
            "propertyNames" => value.as_object().is_none_or(|object| {
                object.keys().all(|key| self.valid(argument, &Value::from(key.as_str())))
            }),
            other => panic!("the keyword {other} is not known here"),
        }
    }
}

fn matches(pattern: &Value, text: &str) -> bool {
    Regex::new(pattern.as_str().unwrap()).expect("a pattern").is_match(text)
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => panic!("not a type: {other}"),
    }
}
