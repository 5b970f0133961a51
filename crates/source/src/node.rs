//! The tree both front ends produce.

use serde_json::Value as Json;

use crate::Span;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The range of the text the value was read from.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// The JSON data model.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A finite number.
    Number(Number),
    /// Text, without NUL.
    String(String),
    /// A list.
    Array(Vec<Node>),
    /// Keys and values in the order of the text; no key appears twice.
    Object(Vec<Entry>),
}

/// A number, with the text it was written as.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// The nearest double; always finite.
    pub value: f64,
    /// As written, for example `0x1F` or `1.50`.
    pub raw: String,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands, with its quotes.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// What kind of value this is, for messages: "a string", "a list", …
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        }
    }

    /// The entry of an object, if this is one and has it.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Object(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value a JSON pointer (RFC 6901) leads to.
    pub fn pointer(&self, pointer: &str) -> Option<&Node> {
        if pointer.is_empty() {
            return Some(self);
        }
        let steps = pointer.strip_prefix('/')?;
        steps.split('/').try_fold(self, |node, step| node.step(step))
    }

    fn step(&self, step: &str) -> Option<&Node> {
        match &self.value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            Value::Object(_) => {
                let key = step.replace("~1", "/").replace("~0", "~");
                self.get(&key).map(|entry| &entry.value)
            }
            _ => None,
        }
    }

    /// The same value without places.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Number(number) => number.to_json(),
            Value::String(text) => Json::String(text.clone()),
            Value::Array(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Object(entries) => Json::Object(
                entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect(),
            ),
        }
    }
}

impl Number {
    /// The whole number, if it is one that fits: written without point and exponent, or with them
    /// and still exact in a double (`1.0`, `1e3`).
    pub fn as_u64(&self) -> Option<u64> {
        /// Up to here every whole number is exact in a double.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        self.digits_u64().or_else(|| {
            let whole = self.value.fract() == 0.0 && (0.0..=EXACT).contains(&self.value);
            // The range check makes the conversion exact.
            whole.then_some(self.value as u64)
        })
    }

    fn digits_u64(&self) -> Option<u64> {
        let digits = self.raw.strip_prefix('+').unwrap_or(&self.raw);
        let (digits, radix) = match digits.split_at_checked(2) {
            Some(("0x", rest)) => (rest, 16),
            Some(("0o", rest)) => (rest, 8),
            _ => (digits, 10),
        };
        u64::from_str_radix(digits, radix).ok()
    }

    fn to_json(&self) -> Json {
        if let Some(whole) = self.digits_u64() {
            return whole.into();
        }
        match self.raw.parse::<i64>() {
            // As a whole number it would lose its sign.
            Ok(whole) if whole != 0 => whole.into(),
            // A number here is finite, so `Null` is never the answer.
            _ => serde_json::Number::from_f64(self.value).map_or(Json::Null, Json::Number),
        }
    }
}

/// Escapes a key for use as one step of a JSON pointer.
pub(crate) fn pointer_step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
