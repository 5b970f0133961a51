//! How a plugin's own code failed, and how that is told to the host.

use aether_protocol::v1::failure as kind;
use aether_protocol::{Code, RpcError, limits};
use serde_json::{Map, Value};

/// Longest fact about a failure, in bytes, the stack aside. Stops a plugin's exception from
/// filling the host's report.
const FACT_BYTES: usize = 1 << 10;

/// Longest stack text, in bytes.
const STACK_BYTES: usize = 8 << 10;

/// Facts that a failure may carry; anything else is dropped.
const FACTS: &[&str] = &[
    "name",
    "message",
    "stack",
    "code",
    "permission",
    "resource",
    "fix",
    "file",
    "line",
    "column",
    "source",
    "specifier",
    "referrer",
    "alternative",
];

/// A failed call or load.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    kind: &'static str,
    message: String,
    facts: Map<String, Value>,
}

impl Failure {
    /// A failure without facts.
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), facts: Map::new() }
    }

    /// A failure as the runtime reports it: `facts` is the JSON text of an object. No message means
    /// that the realm is too broken for one.
    pub(crate) fn reported(kind: &str, message: String, facts: &str) -> Self {
        let message = match message.is_empty() {
            true => "the failure cannot be described".to_owned(),
            false => message,
        };
        let facts: Map<String, Value> = serde_json::from_str(facts).unwrap_or_default();
        let facts = facts
            .into_iter()
            .filter_map(|(name, value)| Some((name.clone(), bound(&name, value)?)));
        Self { kind: known(kind), message, facts: facts.collect() }
    }

    /// The deadline passed.
    pub(crate) fn timeout(allowed_ms: u64) -> Self {
        Self::new(kind::TIMEOUT, format!("the deadline of {allowed_ms} ms passed"))
    }

    /// The heap limit was reached.
    pub(crate) fn memory(heap: u64) -> Self {
        let mib = heap / (1 << 20);
        Self::new(kind::MEMORY, format!("the heap limit of {mib} MiB was reached"))
    }

    /// The error to answer with.
    pub(crate) fn into_error(self) -> RpcError {
        let mut error = RpcError::new(Code::Plugin, self.message).with("kind", self.kind);
        error.data.extend(self.facts);
        error
    }
}

fn bound(name: &str, value: Value) -> Option<Value> {
    if !FACTS.contains(&name) {
        return None;
    }
    match value {
        Value::String(text) => {
            let most = if name == "stack" { STACK_BYTES } else { FACT_BYTES };
            Some(limits::cut(&text, most).into())
        }
        number @ Value::Number(_) => Some(number),
        _ => None,
    }
}

fn known(reported: &str) -> &'static str {
    const KINDS: &[&str] = &[
        kind::SYNTAX,
        kind::MODULE,
        kind::NO_METHOD,
        kind::NOT_JSON,
        kind::TIMEOUT,
        kind::CANCELLED,
        kind::NEVER_SETTLES,
    ];
    KINDS.iter().find(|known| **known == reported).unwrap_or(&kind::EXCEPTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_bounded_and_unknown_ones_dropped() {
        let facts = format!(
            r#"{{"stack":"{}","name":"{}","kind":"memory","line":3,"code":[1]}}"#,
            "s".repeat(20_000),
            "n".repeat(20_000)
        );
        let error = Failure::reported("made-up", "m".into(), &facts).into_error();
        assert_eq!(error.fact("kind"), Some("exception"));
        assert_eq!(error.fact("stack").map(str::len), Some(STACK_BYTES));
        assert_eq!(error.fact("name").map(str::len), Some(FACT_BYTES));
        assert_eq!(error.data.get("line"), Some(&3.into()));
        assert!(!error.data.contains_key("code"));
    }
}
