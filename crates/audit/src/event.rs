//! What a caller hands to the log.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

use crate::{Kind, Verdict};

/// One thing that happened. The texts may come from a plugin: the log caps and escapes them.
/// Never put a secret, a request body or a query string into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// What it is about.
    pub kind: Kind,
    /// The plugin it concerns, by name.
    pub plugin: Option<&'a str>,
    /// The cell it concerns, by the number it has in this run.
    pub cell: Option<u32>,
    /// What was done or tried, e.g. `fs.read`.
    pub action: &'a str,
    /// What it was done to, e.g. a path as the plugin named it.
    pub object: Option<&'a str>,
    /// How it was judged.
    pub verdict: Verdict,
    /// The manifest or policy line that decided, e.g. `aether-policy.yaml:12:7`.
    pub rule: Option<&'a str>,
    /// What else is worth keeping.
    pub detail: BTreeMap<&'a str, Value<'a>>,
}

impl<'a> Event<'a> {
    /// An event with nothing but the three things every record has.
    pub fn new(kind: Kind, action: &'a str, verdict: Verdict) -> Event<'a> {
        Event {
            kind,
            plugin: None,
            cell: None,
            action,
            object: None,
            verdict,
            rule: None,
            detail: BTreeMap::new(),
        }
    }

    /// Names the plugin.
    pub fn plugin(mut self, name: &'a str) -> Self {
        self.plugin = Some(name);
        self
    }

    /// Names the cell.
    pub fn cell(mut self, cell: u32) -> Self {
        self.cell = Some(cell);
        self
    }

    /// Names the object.
    pub fn object(mut self, object: &'a str) -> Self {
        self.object = Some(object);
        self
    }

    /// Names the line that decided.
    pub fn rule(mut self, rule: &'a str) -> Self {
        self.rule = Some(rule);
        self
    }

    /// Adds one detail; a second one of the same key replaces the first.
    pub fn detail(mut self, key: &'a str, value: impl Into<Value<'a>>) -> Self {
        self.detail.insert(key, value.into());
        self
    }
}

/// A detail on its way into the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// A text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A truth value.
    Bool(bool),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Value::Integer(number.into())
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Value::Integer(number.into())
    }
}

impl From<u64> for Value<'_> {
    /// A number beyond `i64::MAX` becomes `i64::MAX`.
    fn from(number: u64) -> Self {
        Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value<'_> {
    /// A number beyond `i64::MAX` becomes `i64::MAX`.
    fn from(number: usize) -> Self {
        Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Bool(truth) => serializer.serialize_bool(*truth),
        }
    }
}

/// A detail as read from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A truth value.
    Bool(bool),
}

impl Detail {
    /// The number, if it is one.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Detail::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Detail::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The value alone, a text without quotes and without escapes.
impl fmt::Display for Detail {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Detail::Text(text) => out.write_str(text),
            Detail::Integer(number) => number.fmt(out),
            Detail::Bool(truth) => truth.fmt(out),
        }
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Detail::Text(text) => Value::Text(text).serialize(serializer),
            Detail::Integer(number) => Value::Integer(*number).serialize(serializer),
            Detail::Bool(truth) => Value::Bool(*truth).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Detail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DetailVisitor)
    }
}

/// By hand, because serde's untagged enums buffer, and would take a float for an integer.
struct DetailVisitor;

impl Visitor<'_> for DetailVisitor {
    type Value = Detail;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text, an integer or a truth value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Detail, E> {
        Ok(Detail::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Detail, E> {
        Ok(Detail::Text(text))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Detail, E> {
        Ok(Detail::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Detail, E> {
        i64::try_from(number).map(Detail::Integer).map_err(E::custom)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Detail, E> {
        Ok(Detail::Bool(truth))
    }
}
