//! What stands in a request's body. It is read as strictly as what plugins send: no key twice, none
//! that is not known, nothing of another type.

use std::time::Duration;

use aether::source::{did_you_mean, quoted};
use serde_json::{Map, Value};

use crate::refusal::Refusal;

/// The longest name of a method. Stops a call from filling the audit log with one word.
const METHOD: usize = 256;

/// The longest path of a folder: as systems have it.
const FOLDER: usize = 4096;

/// A plugin's folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Folder(pub(crate) String);

/// A call of a method.
#[derive(Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) input: Value,
    /// The plugin's own limit where this is longer.
    pub(crate) timeout: Duration,
}

impl Folder {
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let mut members = members(body, &["folder"])?;
        let folder = text(&mut members, "folder", FOLDER)?;
        match folder.contains('\0') {
            true => Err(misfit("`folder` is no path")),
            false => Ok(Self(folder)),
        }
    }
}

impl Call {
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let mut members = members(body, &["method", "input", "timeout_ms"])?;
        let method = text(&mut members, "method", METHOD)?;
        let input = members.remove("input").unwrap_or_else(|| Value::Object(Map::new()));
        let timeout = match members.remove("timeout_ms") {
            None => Duration::MAX,
            Some(time) => match time.as_u64() {
                Some(time @ 1..) => Duration::from_millis(time),
                _ => return Err(misfit("`timeout_ms` is a whole number above 0")),
            },
        };
        Ok(Self { method, input, timeout })
    }
}

/// A body where there is nothing to say: none, or an empty object.
pub(crate) fn nothing(body: &[u8]) -> Result<(), Refusal> {
    if body.is_empty() { Ok(()) } else { members(body, &[]).map(drop) }
}

fn members(body: &[u8], known: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let text = std::str::from_utf8(body)
        .map_err(|error| Refusal::bad("no-json", format!("the body is not UTF-8: {error}")))?;
    let value = aether::read_input(text)
        .map_err(|error| Refusal::bad("no-json", format!("the body is not JSON: {error}")))?;
    let Value::Object(members) = value else { return Err(misfit("the body is no JSON object")) };
    match members.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(members),
        Some(key) => Err(unknown(key, known)),
    }
}

fn unknown(key: &str, known: &[&str]) -> Refusal {
    let refusal = misfit(format!("there is no field {}", quoted(key)));
    match (did_you_mean(key, known.iter().copied()), known) {
        (Some(near), _) => refusal.fix(format!("did you mean `{near}`?")),
        (None, []) => refusal.fix("send no body"),
        (None, known) => refusal.fix(format!("there are {}", known.join(", "))),
    }
}

fn text(members: &mut Map<String, Value>, key: &str, most: usize) -> Result<String, Refusal> {
    match members.remove(key) {
        Some(Value::String(text)) if !text.is_empty() && text.len() <= most => Ok(text),
        Some(Value::String(_)) => Err(misfit(format!("`{key}` has 1 to {most} bytes"))),
        Some(_) => Err(misfit(format!("`{key}` is a text"))),
        None => Err(misfit(format!("`{key}` is missing"))),
    }
}

fn misfit(message: impl Into<String>) -> Refusal {
    Refusal::bad("misfit", message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_is_read() {
        let call = Call::read(br#"{"method":"m","input":[1],"timeout_ms":5}"#).unwrap();
        let timeout = Duration::from_millis(5);
        assert_eq!(call, Call { method: "m".to_owned(), input: json!([1]), timeout });
        let call = Call::read(br#"{"method":"m"}"#).unwrap();
        assert_eq!((call.input, call.timeout), (json!({}), Duration::MAX));
        assert_eq!(nothing(b""), Ok(()));
        assert_eq!(nothing(b"{}"), Ok(()));
    }

    #[test]
    fn whatever_else_is_refused() {
        let check = |body: &str, words: &str| {
            let refusal = Call::read(body.as_bytes()).unwrap_err();
            let told = format!("{} {}", refusal.message, refusal.fix.unwrap_or_default());
            assert!(refusal.status == 400 && told.contains(words), "{body}: {told}");
        };
        check("", "not JSON");
        check("[]", "no JSON object");
        check(r#"{"method":"a","method":"b"}"#, "not JSON");
        check(r#"{"method":"a","inptu":1}"#, "did you mean `input`?");
        check(r#"{"method":1}"#, "is a text");
        check(r#"{"method":""}"#, "1 to 256");
        check(r#"{"input":1}"#, "missing");
        check(r#"{"method":"a","timeout_ms":0}"#, "above 0");
        check(r#"{"method":"a","timeout_ms":1.5}"#, "above 0");
        check(r#"{"method":"a","timeout_ms":-1}"#, "above 0");
        check(r#"{"method":"a"} x"#, "not JSON");
        check(&format!(r#"{{"method":"a","input":{}}}"#, "[".repeat(4000)), "not JSON");
        assert!(nothing(b"{\"a\":1}").is_err() && nothing(b"null").is_err());
        assert!(Folder::read(b"{\"folder\":\"a\\u0000b\"}").is_err());
        assert!(Call::read(b"{\"method\":\"\xff\"}").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            for refusal in [Call::read(&body).err(), Folder::read(&body).err(), nothing(&body).err()] {
                prop_assert!(refusal.is_none_or(|refusal| refusal.status == 400));
            }
        }

        #[test]
        fn what_is_written_is_read(method in "[a-z]{1,20}", number: i64, time in 1..u64::MAX) {
            let body = json!({ "method": method, "input": number, "timeout_ms": time }).to_string();
            let call = Call::read(body.as_bytes()).unwrap();
            let timeout = Duration::from_millis(time);
            prop_assert_eq!(call, Call { method, input: json!(number), timeout });
        }
    }
}
