//! Stable error codes and the error object of a response.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::limits;

/// The stable meaning of an error on the wire. Numbers never change; new ones are added.
///
/// `-32768..=-32000` is reserved by JSON-RPC 2.0 (section 5.1); the server-defined part of it is
/// used for Aether's own meanings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// Not JSON, not UTF-8, too deep, or a duplicate key.
    Parse,
    /// JSON, but not a JSON-RPC 2.0 request.
    InvalidRequest,
    /// The method does not exist.
    MethodNotFound,
    /// The parameters do not fit the method.
    InvalidParams,
    /// A bug on the answering side.
    Internal,
    /// The plugin's own code failed; `data.kind` says how.
    Plugin,
    /// The grant does not allow it.
    PermissionDenied,
    /// The file system or store refused: `data.code` is an errno name such as `ENOENT`.
    Io,
    /// Too many calls; `data.retry_after_ms` says when to try again.
    RateLimited,
    /// A quota of the plugin is used up.
    QuotaExceeded,
    /// A token is needed; `data` describes the one to ask for.
    CapabilityRequired,
    /// The host is under pressure and sheds load.
    Degraded,
    /// The plugin's execution window is closed.
    OutsideWindow,
    /// No common version of the protocol or of an API module.
    UnsupportedVersion,
    /// A number this version does not know.
    Other(i32),
}

impl Code {
    /// Those that have a meaning, in the order of the documents.
    pub const ALL: [Self; 14] = [
        Self::Parse,
        Self::InvalidRequest,
        Self::MethodNotFound,
        Self::InvalidParams,
        Self::Internal,
        Self::Plugin,
        Self::PermissionDenied,
        Self::Io,
        Self::RateLimited,
        Self::QuotaExceeded,
        Self::CapabilityRequired,
        Self::Degraded,
        Self::OutsideWindow,
        Self::UnsupportedVersion,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Parse => -32700,
            Self::InvalidRequest => -32600,
            Self::MethodNotFound => -32601,
            Self::InvalidParams => -32602,
            Self::Internal => -32603,
            Self::Plugin => -32000,
            Self::PermissionDenied => -32001,
            Self::Io => -32002,
            Self::RateLimited => -32029,
            Self::QuotaExceeded => -32030,
            Self::CapabilityRequired => -32040,
            Self::Degraded => -32050,
            Self::OutsideWindow => -32060,
            Self::UnsupportedVersion => -32070,
            Self::Other(number) => number,
        }
    }

    /// The meaning of a number.
    #[must_use]
    pub const fn from_number(number: i32) -> Self {
        match number {
            -32700 => Self::Parse,
            -32600 => Self::InvalidRequest,
            -32601 => Self::MethodNotFound,
            -32602 => Self::InvalidParams,
            -32603 => Self::Internal,
            -32000 => Self::Plugin,
            -32001 => Self::PermissionDenied,
            -32002 => Self::Io,
            -32029 => Self::RateLimited,
            -32030 => Self::QuotaExceeded,
            -32040 => Self::CapabilityRequired,
            -32050 => Self::Degraded,
            -32060 => Self::OutsideWindow,
            -32070 => Self::UnsupportedVersion,
            other => Self::Other(other),
        }
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(self.number())
    }
}

impl JsonSchema for Code {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX })
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i32::deserialize(deserializer).map(Self::from_number)
    }
}

/// The error object of a response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{message}")]
#[serde(deny_unknown_fields)]
pub struct RpcError {
    /// What kind of failure.
    pub code: Code,
    /// One sentence for people. Untrusted when it comes from a cell.
    pub message: String,
    /// Machine-readable facts; the keys depend on the code.
    #[serde(
        default,
        deserialize_with = "crate::strict::members",
        skip_serializing_if = "Map::is_empty"
    )]
    pub data: Map<String, Value>,
}

impl RpcError {
    /// An error without facts; the message is cut to [`limits::ERROR_TEXT_BYTES`].
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let mut message = message.into();
        let end = limits::cut(&message, limits::ERROR_TEXT_BYTES).len();
        message.truncate(end);
        Self { code, message, data: Map::new() }
    }

    /// The same error with one more fact.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.data.insert(key.to_owned(), value.into());
        self
    }

    /// The same error with each text cut to [`limits::ERROR_TEXT_BYTES`]: one that somebody else made
    /// may have a megabyte of each.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        let bound = |text: &mut String| {
            text.truncate(limits::cut(text, limits::ERROR_TEXT_BYTES).len());
        };
        bound(&mut self.message);
        for fact in self.data.values_mut() {
            if let Value::String(text) = fact {
                bound(text);
            }
        }
        self
    }

    /// A fact that is a string.
    #[must_use]
    pub fn fact(&self, key: &str) -> Option<&str> {
        self.data.get(key).and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_the_wire() {
        let mut known = Vec::new();
        for number in -32768..=-31999 {
            let code = Code::from_number(number);
            assert_eq!(code.number(), number);
            if !matches!(code, Code::Other(_)) {
                known.push(code);
            }
        }
        assert_eq!(known.len(), Code::ALL.len());
        assert!(known.iter().all(|code| Code::ALL.contains(code)), "{known:?}");
    }

    #[test]
    fn a_long_message_is_cut_on_a_character_boundary() {
        let error = RpcError::new(Code::Plugin, "é".repeat(limits::ERROR_TEXT_BYTES));
        assert_eq!(error.message.len(), limits::ERROR_TEXT_BYTES);
        let odd = RpcError::new(Code::Plugin, format!("x{}", "é".repeat(limits::ERROR_TEXT_BYTES)));
        assert_eq!(odd.message.len(), limits::ERROR_TEXT_BYTES - 1);
        let long = "é".repeat(limits::ERROR_TEXT_BYTES);
        let made = RpcError { message: format!("x{long}"), ..odd }.with("stack", long).bounded();
        assert_eq!(made.message.len(), limits::ERROR_TEXT_BYTES - 1);
        assert_eq!(made.fact("stack").map(str::len), Some(limits::ERROR_TEXT_BYTES));
    }
}
