//! JSON checked harder than `serde_json` does: depth, duplicate keys, number of keys, objects only.
//!
//! Duplicate keys are refused since two parsers may pick different ones (RFC 8259 section 4), and
//! "the string matched is the string used" must hold for every reader of a message.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::limits;

/// Why a text is not acceptable JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// More nesting than [`limits::DEPTH`].
    #[error("nested deeper than {} levels", limits::DEPTH)]
    TooDeep,
    /// Not JSON, a duplicate key, or too many keys; the text is `serde_json`'s.
    #[error("{0}")]
    Json(String),
}

/// Refuses text nested deeper than [`limits::DEPTH`], in one pass and without recursion.
///
/// Text that is not JSON may pass; the parser refuses it next.
///
/// # Errors
/// [`Refused::TooDeep`].
pub fn check_depth(text: &[u8]) -> Result<(), Refused> {
    let mut depth = 0usize;
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'[' | b'{' => {
                depth += 1;
                if depth > limits::DEPTH {
                    return Err(Refused::TooDeep);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => rest = behind_string(rest),
            _ => {}
        }
    }
    Ok(())
}

/// What follows a string that has begun. Strings may be megabytes: they are leapt over.
fn behind_string(mut rest: &[u8]) -> &[u8] {
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        let escaped = usize::from(rest[at] == b'\\');
        rest = rest.get(at + 1 + escaped..).unwrap_or_default();
        if escaped == 0 {
            return rest;
        }
    }
    &[]
}

/// Parses untyped JSON, refusing depth beyond [`limits::DEPTH`], duplicate keys, more than
/// [`limits::KEYS`] keys, and more than [`limits::VALUES`] values.
///
/// # Errors
/// [`Refused`] with the reason.
pub fn parse(text: &str) -> Result<Value, Refused> {
    check_depth(text.as_bytes())?;
    let mut counts = Counts::default();
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = Strict { counts: &mut counts }
        .deserialize(&mut parser)
        .and_then(|value| parser.end().map(|()| value));
    value.map_err(|error| Refused::Json(error.to_string()))
}

/// Typed members of an object. `serde` reads a list for a struct as well, member by member, which
/// says nothing of what each is and lets the names be checked by nobody.
///
/// # Errors
/// [`Refused::Json`].
pub fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Refused> {
    if !text.trim_start().starts_with('{') {
        return Err(Refused::Json("expected an object".to_owned()));
    }
    serde_json::from_str(text).map_err(|error| Refused::Json(error.to_string()))
}

/// Untyped members within a typed message, as strictly as [`parse`] reads them. The message's depth
/// was looked at before.
pub(crate) fn members<'de, D: Deserializer<'de>>(from: D) -> Result<Map<String, Value>, D::Error> {
    let mut counts = Counts::default();
    match from.deserialize_map(Strict { counts: &mut counts })? {
        Value::Object(members) => Ok(members),
        _ => Err(de::Error::custom("expected an object")),
    }
}

#[derive(Default)]
struct Counts {
    keys: usize,
    values: usize,
}

struct Strict<'a> {
    counts: &'a mut Counts,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.counts.values += 1;
        if self.counts.values > limits::VALUES {
            return Err(de::Error::custom(format!("more than {} values", limits::VALUES)));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Strict { counts: self.counts })? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            self.counts.keys += 1;
            if self.counts.keys > limits::KEYS {
                return Err(de::Error::custom(format!("more than {} keys", limits::KEYS)));
            }
            if object.contains_key(&key) {
                let shown: String = key.chars().take(60).collect();
                return Err(de::Error::custom(format!("duplicate key {shown:?}")));
            }
            let value = access.next_value_seed(Strict { counts: self.counts })?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Result<Value, &str>) {
        let got = parse(text);
        match (got, expect) {
            (Ok(got), Ok(expect)) => assert_eq!(got, expect),
            (Err(got), Err(expect)) => assert!(got.to_string().contains(expect), "{got}"),
            (got, expect) => panic!("{got:?} against {expect:?}"),
        }
    }

    #[test]
    fn refuses_what_two_parsers_could_read_differently() {
        check(r#"{"a":1,"a":2}"#, Err("duplicate key \"a\""));
        check(r#"{"a":1,"\u0061":2}"#, Err("duplicate key \"a\""));
        check(r#"{"x":{"a":1,"a":2}}"#, Err("duplicate key"));
        check("[1] x", Err("trailing"));
        check(
            r#"{"a":1,"b":[null,true,-1,1.5,"s"]}"#,
            Ok(serde_json::json!({"a":1,"b":[null,true,-1,1.5,"s"]})),
        );
    }

    #[test]
    fn depth_counts_brackets_outside_strings_only() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        check(&deep(limits::DEPTH), serde_json::from_str(&deep(limits::DEPTH)).map_err(|_| ""));
        check(&deep(limits::DEPTH + 1), Err("nested deeper"));
        let quoted = format!("\"{}\\\"{}\"", "[".repeat(500), "{".repeat(500));
        assert!(parse(&quoted).is_ok());
    }

    #[test]
    fn a_list_is_no_object() {
        #[derive(Debug, serde::Deserialize)]
        struct Named {
            #[serde(default, deserialize_with = "members")]
            members: Map<String, Value>,
        }
        let read = |text| object::<Named>(text).map(|named| named.members.len());
        assert_eq!(read(r#" {"members":{"a":1,"b":{"a":2}}}"#), Ok(2));
        assert_eq!(read("{}"), Ok(0));
        for text in [
            "[]",
            r#"[{"a":1}]"#,
            "null",
            r#"{"members":[]}"#,
            r#"{"members":null}"#,
            r#"{"members":{"a":1,"a":2}}"#,
            r#"{"members":{"x":{"a":1,"\u0061":2}}}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn key_floods_are_refused() {
        let keys: Vec<String> = (0..=limits::KEYS).map(|i| format!("\"{i}\":0")).collect();
        check(&format!("{{{}}}", keys.join(",")), Err("more than"));
    }

    #[test]
    fn value_floods_are_refused() {
        let zeroes = |count: usize| format!("[{}0]", "0,".repeat(count - 2));
        assert!(parse(&zeroes(limits::VALUES)).is_ok());
        check(&zeroes(limits::VALUES + 1), Err("more than"));
    }

    /// As it is read byte by byte.
    fn is_too_deep(text: &str) -> bool {
        let (mut depth, mut inside, mut escaped) = (0usize, false, false);
        for byte in text.bytes() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if inside => escaped = true,
                b'"' => inside = !inside,
                b'[' | b'{' if !inside => depth += 1,
                b']' | b'}' if !inside => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > limits::DEPTH {
                return true;
            }
        }
        false
    }

    proptest! {
        #[test]
        fn depth_is_the_same_in_leaps(
            text in r#"([\[{]{0,40}("|\\|\]|a){0,4}){0,6}"#,
        ) {
            prop_assert_eq!(check_depth(text.as_bytes()).is_err(), is_too_deep(&text), "{}", text);
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,200}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_serde_accepts_without_duplicates_is_read_the_same(
            keys in proptest::collection::hash_set("[a-z]{1,4}", 0..8), number in any::<f64>(),
        ) {
            let object: Map<String, Value> = keys.into_iter().map(|k| (k, Value::from(number))).collect();
            let text = Value::Object(object.clone()).to_string();
            prop_assert_eq!(parse(&text).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
        }
    }
}
