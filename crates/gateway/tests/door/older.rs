//! A version 0 that never was, to hold the conversions of real ones: some methods have other names
//! and shapes, one member is missing, and what is not there is told by another code.
//!
//! | version 0 | version 1 |
//! | --- | --- |
//! | `fs.get` `{file}` to `{data}` | `fs.read` `{path, offset, length}` to `{data, size}` |
//! | `fs.list` with links | `fs.list`; the links are left out with the fix [`NO_LINKS`] |
//! | `log.put` `{text}` | `log.write` `{level, message, fields}` |
//! | `invoke` `{name, args, ms}` to `{output}` | `call` `{method, input, deadline_ms}` |
//! | `abort` `{call}` | `cancel` `{id}` |
//! | `load` to `{methods}` | `load` to `{exports}` |
//! | code 404 | code -32002 whose `data.code` is `ENOENT` |
//! | code -1 of the cell | code -32000 with `data.kind` `exception` |

use std::borrow::Cow;

use aether_protocol::v1::method;
use aether_protocol::version::{Fix, Fixed, Form, Older, Told, Versions};
use aether_protocol::{Code, RpcError, strict};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

/// Leaves links out of listings.
pub(crate) const NO_LINKS: &str = "fs-list-links";

const FIXES: &[Fix] = &[Fix {
    id: NO_LINKS,
    module: "fs",
    what: "Links are left out of listings, since their names told where they lead.",
    versions: &[(0, false)],
}];

/// A host that serves version 0 too.
pub(crate) fn both() -> Versions {
    Versions::new(&[&Zero], FIXES)
}

/// The methods of the cell that are the same in both.
const SAME: &[&str] = &[
    method::CALL_PROGRESS,
    method::BUNDLE_READ,
    method::FS_LIST,
    method::FS_WRITE,
    method::ENV_LIST,
    method::KV_SET,
    method::KV_GET,
    method::COMMAND_RUN,
    method::TOKEN_REQUEST,
];

#[derive(Debug)]
struct Zero;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Get {
    file: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Put {
    text: String,
}

#[derive(Deserialize)]
struct Called<'a> {
    method: String,
    #[serde(borrow)]
    input: &'a RawValue,
    deadline_ms: u64,
}

#[derive(Serialize)]
struct Invoke<'a> {
    name: String,
    args: &'a RawValue,
    ms: u64,
}

impl Older for Zero {
    fn number(&self) -> u32 {
        0
    }

    fn asked<'a>(&self, name: &'a str, params: &'a str) -> Result<Form<'a>, RpcError> {
        let form = |method: &'static str, params: Value| Form {
            method: Cow::Borrowed(method),
            params: Cow::Owned(params.to_string()),
        };
        Ok(match name {
            "fs.get" => form(method::FS_READ, json!({ "path": typed::<Get>(params)?.file })),
            "log.put" => {
                let text = typed::<Put>(params)?.text;
                form(method::LOG_WRITE, json!({ "level": "info", "message": text }))
            }
            same if SAME.contains(&same) => {
                Form { method: Cow::Borrowed(same), params: Cow::Borrowed(params) }
            }
            other => {
                let text = format!("there is no method {other:?} in version 0");
                return Err(RpcError::new(Code::MethodNotFound, text));
            }
        })
    }

    fn result(
        &self,
        method: &str,
        result: Box<RawValue>,
        fixed: &Fixed,
    ) -> Result<Box<RawValue>, RpcError> {
        match method {
            method::FS_READ => changed(&result, |result| {
                result.remove("size");
            }),
            method::FS_LIST if fixed.has(NO_LINKS) => changed(&result, |result| {
                if let Some(Value::Array(entries)) = result.get_mut("entries") {
                    entries.retain(|entry| entry["kind"] != "symlink");
                }
            }),
            _ => Ok(result),
        }
    }

    fn error(&self, _: &str, mut error: RpcError) -> RpcError {
        if error.code == Code::Io && error.fact("code") == Some("ENOENT") {
            error.code = Code::Other(404);
            error.data.clear();
        }
        error
    }

    fn told(&self, method: &'static str, params: Box<RawValue>) -> Result<Told, RpcError> {
        Ok(match method {
            method::CALL => {
                let Called { method: name, input, deadline_ms: ms } = ours(&params)?;
                let params = to_raw_value(&Invoke { name, args: input, ms });
                Told { method: "invoke", params: params.map_err(|error| internal(&error))? }
            }
            method::CANCEL => {
                let id = ours::<Value>(&params)?["id"].clone();
                let params = to_raw_value(&json!({ "call": id }));
                Told { method: "abort", params: params.map_err(|error| internal(&error))? }
            }
            same => Told { method: same, params },
        })
    }

    fn answered<'a>(
        &self,
        method: &str,
        outcome: Result<&'a str, RpcError>,
    ) -> Result<Cow<'a, str>, RpcError> {
        match outcome {
            Ok(text) if method == method::LOAD => {
                let methods: Vec<String> = serde_json::from_value(typed::<Methods>(text)?.methods)
                    .map_err(|error| RpcError::new(Code::InvalidParams, error.to_string()))?;
                Ok(Cow::Owned(json!({ "exports": methods }).to_string()))
            }
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) if error.code == Code::Other(-1) => {
                Err(RpcError::new(Code::Plugin, error.message).with("kind", "exception"))
            }
            Err(error) => Err(error),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Methods {
    methods: Value,
}

fn typed<T: DeserializeOwned>(text: &str) -> Result<T, RpcError> {
    strict::object(text).map_err(|refused| RpcError::new(Code::InvalidParams, refused.to_string()))
}

/// What the host itself wrote.
fn ours<'a, T: Deserialize<'a>>(params: &'a RawValue) -> Result<T, RpcError> {
    serde_json::from_str(params.get()).map_err(|error| internal(&error))
}

fn changed(
    result: &RawValue,
    change: impl FnOnce(&mut serde_json::Map<String, Value>),
) -> Result<Box<RawValue>, RpcError> {
    let mut result = ours(result)?;
    change(&mut result);
    to_raw_value(&result).map_err(|error| internal(&error))
}

fn internal(error: &serde_json::Error) -> RpcError {
    RpcError::new(Code::Internal, error.to_string())
}
