//! What becomes of a line that a client sends: read strictly, before the protocol's library sees it.

use rmcp::ErrorData;
use rmcp::model::{
    ClientJsonRpcMessage, ClientRequest, ErrorCode, JsonRpcMessage, RequestId, ServerJsonRpcMessage,
};
use serde_json::{Map, Value};

use super::lines::MAX_LINE;

/// What a line asks for.
pub(super) enum Incoming {
    /// A request or notification for the protocol's library.
    Message(Box<ClientJsonRpcMessage>),
    /// Nothing that could be served: this is the answer.
    Refused(Box<ServerJsonRpcMessage>),
    /// Nothing to be done.
    Nothing,
}

/// The methods that are served here. Whatever else a client may call is not there.
const METHODS: [&str; 6] =
    ["initialize", "logging/setLevel", "ping", "server/discover", "tools/call", "tools/list"];

/// Reads a line.
pub(super) fn read(line: &[u8]) -> Incoming {
    let text = line.trim_ascii();
    if text.is_empty() {
        return Incoming::Nothing;
    }
    let value =
        std::str::from_utf8(text).map_err(|error| error.to_string()).and_then(aether::read_input);
    match value {
        Err(problem) => refuse(
            ErrorCode::PARSE_ERROR,
            format!("the line is not JSON that can be used: {problem}"),
            None,
        ),
        Ok(Value::Object(message)) => of_object(message),
        Ok(_) => invalid("a message is one JSON object in a line", None),
    }
}

/// The answer to a line that was not read.
pub(super) fn too_long() -> ServerJsonRpcMessage {
    let text = format!("the line is longer than {} MiB and was not read", MAX_LINE >> 20);
    JsonRpcMessage::error(ErrorData::invalid_request(text, None), None)
}

fn of_object(message: Map<String, Value>) -> Incoming {
    let id = message.get("id").map(|id| serde_json::from_value::<RequestId>(id.clone()));
    let id = match id {
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return invalid("`id` is neither a text nor a whole number", None),
        None => None,
    };
    let Some(method) = message.get("method") else {
        // Nothing is asked of a client, so that this answers nothing.
        if message.contains_key("result") || message.contains_key("error") {
            return Incoming::Nothing;
        }
        return invalid("a message has a `method`", id);
    };
    let Some(method) = method.as_str().map(str::to_owned) else {
        return invalid("`method` is no text", id);
    };
    if message.get("jsonrpc").is_none_or(|version| version != "2.0") {
        return invalid("`jsonrpc` is not \"2.0\"", id);
    }
    match serde_json::from_value::<ClientJsonRpcMessage>(Value::Object(message)) {
        Ok(JsonRpcMessage::Request(request))
            if matches!(request.request, ClientRequest::CustomRequest(_))
                || !METHODS.contains(&&*method) =>
        {
            unserved(&method, id)
        }
        Ok(message @ (JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_))) => {
            Incoming::Message(Box::new(message))
        }
        Ok(_) => Incoming::Nothing,
        Err(_) if id.is_none() => Incoming::Nothing,
        Err(_) => unserved(&method, id),
    }
}

/// Either there is no such method, or what came with it is not what it takes.
fn unserved(method: &str, id: Option<RequestId>) -> Incoming {
    let shown = aether::source::quoted(method);
    match METHODS.contains(&method) {
        true => {
            refuse(ErrorCode::INVALID_PARAMS, format!("`params` are not what {shown} takes"), id)
        }
        false => refuse(ErrorCode::METHOD_NOT_FOUND, format!("there is no method {shown}"), id),
    }
}

fn invalid(text: &str, id: Option<RequestId>) -> Incoming {
    refuse(ErrorCode::INVALID_REQUEST, text.to_owned(), id)
}

fn refuse(code: ErrorCode, text: String, id: Option<RequestId>) -> Incoming {
    Incoming::Refused(Box::new(JsonRpcMessage::error(ErrorData::new(code, text, None), id)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// `None` where the line is passed on or needs no answer, else the code and the identifier.
    fn refusal(line: &str) -> Option<(i64, Value)> {
        match read(line.as_bytes()) {
            Incoming::Refused(answer) => {
                let answer = serde_json::to_value(answer).expect("JSON");
                let code = answer["error"]["code"].as_i64().expect("a code");
                Some((code, answer.get("id").cloned().unwrap_or(Value::Null)))
            }
            Incoming::Message(_) | Incoming::Nothing => None,
        }
    }

    #[track_caller]
    fn check(line: &str, code: i64, id: Value) {
        assert_eq!(refusal(line), Some((code, id)), "{line}");
    }

    #[test]
    fn what_cannot_be_served_is_answered_with_its_identifier_where_it_has_one() {
        check("{", -32700, Value::Null);
        check("nonsense", -32700, Value::Null);
        check(r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"ping"}"#, -32700, Value::Null);
        check(&"[".repeat(200), -32700, Value::Null);
        check("[]", -32600, Value::Null);
        check("1", -32600, Value::Null);
        check("{}", -32600, Value::Null);
        check(r#"{"jsonrpc":"2.0","id":7}"#, -32600, json!(7));
        check(r#"{"jsonrpc":"1.0","id":7,"method":"ping"}"#, -32600, json!(7));
        check(r#"{"id":"a","method":"ping"}"#, -32600, json!("a"));
        check(r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600, Value::Null);
        check(r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600, Value::Null);
        check(r#"{"jsonrpc":"2.0","id":7,"method":4}"#, -32600, json!(7));
        check(r#"{"jsonrpc":"2.0","id":7,"method":"tools/cal"}"#, -32601, json!(7));
        check(r#"{"jsonrpc":"2.0","id":7,"method":"prompts/list"}"#, -32601, json!(7));
        check(r#"{"jsonrpc":"2.0","id":7,"method":"tools/call"}"#, -32602, json!(7));
        check(r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":[]}"#, -32602, json!(7));
        let list = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","arguments":[1]}}"#;
        check(list, -32602, json!(7));
        check(r#"{"jsonrpc":"2.0","id":7,"method":"initialize","params":{}}"#, -32602, json!(7));
    }

    #[test]
    fn what_can_be_served_is_passed_on() {
        for line in [
            r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":"x","method":"tools/list","params":{}}"#,
            r#" {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}} "#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        ] {
            assert!(matches!(read(line.as_bytes()), Incoming::Message(_)), "{line}");
        }
        for line in ["", " \r", r#"{"jsonrpc":"2.0","id":1,"result":{}}"#] {
            assert!(matches!(read(line.as_bytes()), Incoming::Nothing), "{line}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            read(&line);
        }

        #[test]
        fn arbitrary_members_never_panic(
            method in "(tools/(call|list)|initialize|notifications/[a-z]{1,9}|[a-z/]{0,9})",
            id in "(1|-1|1.5|null|\"a\"|\\{\\}|99999999999999999999)",
            params in "(null|1|\\[\\]|\\{\\}|\\{\"name\":(1|\"x\"),\"arguments\":(\\{\\}|\\[\\]|null)\\})",
        ) {
            read(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#).as_bytes());
            read(format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#).as_bytes());
        }
    }
}
