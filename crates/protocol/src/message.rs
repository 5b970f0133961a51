//! One line, read as a JSON-RPC 2.0 message.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::RpcError;
use crate::{limits, strict};

/// The identifier of a request: a whole number or a short string.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Id {
    /// A number, as Aether itself uses.
    Number(u64),
    /// A string of at most [`limits::ID_BYTES`].
    Text(String),
}

/// A message that arrived. Parameters and results stay raw: the method decides how to read them.
#[derive(Debug)]
pub enum Message<'a> {
    /// Wants an answer.
    Request {
        /// To be repeated in the answer.
        id: Id,
        /// What to do.
        method: &'a str,
        /// JSON text of the parameters; `{}` when left out.
        params: &'a str,
    },
    /// Wants none.
    Notification {
        /// What happened.
        method: &'a str,
        /// JSON text of the parameters; `{}` when left out.
        params: &'a str,
    },
    /// The answer to a request.
    Response {
        /// The request's identifier.
        id: Id,
        /// JSON text of the result, or the error.
        outcome: Result<&'a str, RpcError>,
    },
}

/// Why a line is not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The bytes are not UTF-8.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// Too deep, not JSON, a duplicate or unknown member.
    #[error("{0}")]
    Json(#[from] strict::Refused),
    /// JSON-RPC batches are refused: they defeat per-message limits.
    #[error("batches are not accepted")]
    Batch,
    /// Not a request, notification or response of JSON-RPC 2.0.
    #[error("not a JSON-RPC 2.0 message: {0}")]
    Envelope(&'static str),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    jsonrpc: &'a str,
    id: Option<Id>,
    #[serde(borrow)]
    method: Option<&'a str>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// Keeps `"result": null` apart from no result at all.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

impl<'a> Message<'a> {
    /// Reads one line: UTF-8, depth, envelope, in this order. The frame cap was the reader's.
    ///
    /// # Errors
    /// [`Malformed`] with the first thing wrong.
    pub fn parse(line: &'a [u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(line).map_err(|_| Malformed::NotUtf8)?;
        strict::check_depth(line)?;
        if text.trim_start().starts_with('[') {
            return Err(Malformed::Batch);
        }
        let envelope: Envelope<'a> =
            serde_json::from_str(text).map_err(|error| strict::Refused::Json(error.to_string()))?;
        envelope.classify()
    }
}

impl<'a> Envelope<'a> {
    fn classify(self) -> Result<Message<'a>, Malformed> {
        if self.jsonrpc != "2.0" {
            return Err(Malformed::Envelope("`jsonrpc` is not \"2.0\""));
        }
        if let Some(Id::Text(id)) = &self.id
            && id.len() > limits::ID_BYTES
        {
            return Err(Malformed::Envelope("the `id` is too long"));
        }
        match self {
            Self { id, method: Some(method), params, result: None, error: None, .. } => {
                if method.is_empty() || method.len() > limits::METHOD_BYTES {
                    return Err(Malformed::Envelope("the `method` is empty or too long"));
                }
                let params = params.map_or("{}", RawValue::get);
                Ok(match id {
                    Some(id) => Message::Request { id, method, params },
                    None => Message::Notification { method, params },
                })
            }
            Self {
                id: Some(id),
                method: None,
                params: None,
                result: Some(result),
                error: None,
                ..
            } => Ok(Message::Response { id, outcome: Ok(result.get()) }),
            Self {
                id: Some(id),
                method: None,
                params: None,
                result: None,
                error: Some(error),
                ..
            } => Ok(Message::Response { id, outcome: Err(strict::object(error.get())?) }),
            _ => Err(Malformed::Envelope("it is neither a request, a notification nor a response")),
        }
    }
}

#[derive(Serialize)]
struct Sent<'a, T: Serialize> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'a T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a RpcError>,
}

impl<'a, T: Serialize> Sent<'a, T> {
    const EMPTY: Self =
        Self { jsonrpc: "2.0", id: None, method: None, params: None, result: None, error: None };

    fn line(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

/// The line of a request, newline included.
///
/// # Errors
/// When `params` does not serialise to JSON.
pub fn request(
    id: &Id,
    method: &str,
    params: &impl Serialize,
) -> Result<Vec<u8>, serde_json::Error> {
    Sent { id: Some(id), method: Some(method), params: Some(params), ..Sent::EMPTY }.line()
}

/// The line of a notification, newline included.
///
/// # Errors
/// When `params` does not serialise to JSON.
pub fn notification(method: &str, params: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    Sent { method: Some(method), params: Some(params), ..Sent::EMPTY }.line()
}

/// The line of a successful answer, newline included.
///
/// # Errors
/// When `result` does not serialise to JSON.
pub fn response(id: &Id, result: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    Sent { id: Some(id), result: Some(result), ..Sent::EMPTY }.line()
}

/// The line of a failed answer, newline included.
///
/// # Errors
/// Never in practice: an [`RpcError`] always serialises.
pub fn failure(id: &Id, error: &RpcError) -> Result<Vec<u8>, serde_json::Error> {
    Sent::<()> { id: Some(id), error: Some(error), ..Sent::EMPTY }.line()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Code;

    #[track_caller]
    fn check(line: &str, expect: &str) {
        let got = match Message::parse(line.as_bytes()) {
            Ok(Message::Request { id, method, params }) => {
                format!("request {id:?} {method} {params}")
            }
            Ok(Message::Notification { method, params }) => {
                format!("notification {method} {params}")
            }
            Ok(Message::Response { id, outcome: Ok(result) }) => format!("result {id:?} {result}"),
            Ok(Message::Response { id, outcome: Err(error) }) => format!("error {id:?} {error}"),
            Err(error) => format!("malformed: {error}"),
        };
        assert!(got.contains(expect), "{line}\n  gave {got}\n  expected {expect}");
    }

    #[test]
    fn the_three_kinds() {
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"fs.read","params":{"path":"/x"}}"#,
            r#"request Number(1) fs.read {"path":"/x"}"#,
        );
        check(r#"{"jsonrpc":"2.0","id":"a","method":"m"}"#, r#"request Text("a") m {}"#);
        check(r#"{"jsonrpc":"2.0","method":"log.write","params":[]}"#, "notification log.write []");
        check(r#"{"jsonrpc":"2.0","id":1,"result":null}"#, "result Number(1) null");
        check(
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no"}}"#,
            "error Number(1) no",
        );
    }

    #[test]
    fn hostile_lines() {
        check(r#"[{"jsonrpc":"2.0","id":1,"method":"m"}]"#, "batches");
        check(r#"{"jsonrpc":"1.0","id":1,"method":"m"}"#, "not \"2.0\"");
        check(r#"{"jsonrpc":"2.0","id":1,"method":"m","method":"n"}"#, "duplicate field");
        check(r#"{"jsonrpc":"2.0","id":1,"method":"m","extra":1}"#, "unknown field");
        check(r#"{"jsonrpc":"2.0","id":1,"error":[-32000,"m"]}"#, "expected an object");
        check(r#"{"jsonrpc":"2.0","id":1,"error":null}"#, "neither");
        let twice = r#"{"code":-32000,"message":"m","data":{"kind":"a","kind":"b"}}"#;
        check(&format!(r#"{{"jsonrpc":"2.0","id":1,"error":{twice}}}"#), "duplicate key");
        check(r#"{"jsonrpc":"2.0","id":-1,"method":"m"}"#, "malformed");
        check(r#"{"jsonrpc":"2.0","id":1.5,"method":"m"}"#, "malformed");
        check(r#"{"jsonrpc":"2.0","id":1,"method":""}"#, "empty or too long");
        check(r#"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}"#, "neither");
        check(r#"{"jsonrpc":"2.0","result":1}"#, "neither");
        check("", "malformed");
        check(
            &format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{}1{}}}"#,
                "[".repeat(99),
                "]".repeat(99)
            ),
            "deeper",
        );
        assert!(matches!(Message::parse(b"{\"jsonrpc\":\"\xff\"}"), Err(Malformed::NotUtf8)));
    }

    #[test]
    fn what_is_sent_reads_back() {
        let id = Id::Number(7);
        let text = |line: Vec<u8>| String::from_utf8(line).unwrap();
        check(text(request(&id, "m", &[1]).unwrap()).trim_end(), "request Number(7) m [1]");
        check(text(notification("m", &[1]).unwrap()).trim_end(), "notification m [1]");
        check(text(response(&id, &()).unwrap()).trim_end(), "result Number(7) null");
        check(
            text(failure(&id, &RpcError::new(Code::Io, "x")).unwrap()).trim_end(),
            "error Number(7) x",
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(line in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Message::parse(&line);
        }

        #[test]
        fn near_messages_never_panic(line in r#"\{"jsonrpc":"2.0"(,"(id|method|params|result|error)":("m"|1|null|\{\}|\[\])){0,5}\}"#) {
            let _ = Message::parse(line.as_bytes());
        }
    }
}
