//! The host's errors as plugins are told of them: with the codes that JavaScript has.

use aether_protocol::{Code, RpcError};
use serde_json::{Map, Value};

use crate::bindings::aether::plugin::types::{self, Error};
use crate::gate::{Gate, Refused};
use crate::state::State;

/// What an operation gives, or why not.
pub(crate) type Told<T> = wasmtime::Result<Result<T, Error>>;

/// Facts that a plugin is told.
const FACTS: &[&str] = &[
    "because",
    "called",
    "fix",
    "kind",
    "path",
    "permission",
    "plugin",
    "policy",
    "request",
    "resource",
    "retry_after_ms",
];

impl<G: Gate> types::Host for State<G> {}

/// What the host gave, its error for the plugin, or the end of the call.
pub(crate) fn told<T>(asked: Result<T, Refused>) -> Told<T> {
    match asked {
        Ok(value) => Ok(Ok(value)),
        Err(Refused::Error(error)) => Ok(Err(error_of(&error))),
        Err(Refused::Over(over)) => Err(over.into()),
    }
}

fn error_of(error: &RpcError) -> Error {
    let facts: Map<String, Value> = FACTS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), error.data.get(*name)?.clone())))
        .collect();
    let code = code(error);
    let message = match error.code {
        Code::Io if !error.message.starts_with(&code) => format!("{code}: {}", error.message),
        _ => error.message.clone(),
    };
    Error { code, message, facts: Value::Object(facts).to_string() }
}

fn code(error: &RpcError) -> String {
    match error.code {
        Code::Io => error.fact("code").unwrap_or("EIO"),
        Code::PermissionDenied => "ERR_ACCESS_DENIED",
        Code::Plugin => "ERR_PLUGIN",
        Code::MethodNotFound => "ERR_NOT_SUPPORTED",
        Code::InvalidParams => "ERR_INVALID_ARG_VALUE",
        Code::RateLimited => "ERR_RATE_LIMITED",
        Code::QuotaExceeded => "ERR_QUOTA_EXCEEDED",
        Code::CapabilityRequired => "ERR_CAPABILITY_REQUIRED",
        Code::Degraded => "ERR_DEGRADED",
        Code::OutsideWindow => "ERR_OUTSIDE_WINDOW",
        _ => "ERR_HOST",
    }
    .to_owned()
}

/// Told to a plugin that hands over more than may be taken.
pub(crate) fn too_large(what: &str) -> RpcError {
    RpcError::new(Code::QuotaExceeded, format!("{what} is larger than it may be"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_javascript() {
        let check = |error: RpcError, expect: &str| assert_eq!(error_of(&error).code, expect);
        check(RpcError::new(Code::PermissionDenied, "no"), "ERR_ACCESS_DENIED");
        check(RpcError::new(Code::Io, "no").with("code", "ENOENT"), "ENOENT");
        check(RpcError::new(Code::Io, "no"), "EIO");
        check(RpcError::new(Code::Other(-1), "no"), "ERR_HOST");
        let denied = RpcError::new(Code::PermissionDenied, "no").with("fix", "f").with("secret", 1);
        assert_eq!(error_of(&denied).facts, r#"{"fix":"f"}"#);
        let missing = RpcError::new(Code::Io, "/a: nothing here").with("code", "ENOENT");
        assert_eq!(error_of(&missing).message, "ENOENT: /a: nothing here");
    }
}
